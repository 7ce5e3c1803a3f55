"""What keeps light away: cast shadows, and the dark between and under crowded leaves. Must know no colour."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from napari_leafseg.data.rosette.filters import blurred, windows
from napari_leafseg.data.rosette.texture import Pixels, resized

# Stride of each round of the march, and the distances that it looks at, in pixels: near leaves cast
# crisp edges, far ones soft ones, which a coarse picture shows as well.
_ROUNDS = ((1, 1, 7), (2, 8, 23), (4, 24, 71), (8, 72, 264))
# Of what casts shadows: thickness, and height above what it shades (the blisters of a leaf shade nothing), in pixels of
# the reference photograph.
_SHEET, _LEAST = 1.5, 0.5


@dataclass(frozen=True)
class Lamp:
    """One lamp, far away.

    Attributes
    ----------
    towards
        Rows and columns of the step of length 1 towards it.
    rise
        How far a ray towards it climbs in such a step.
    wide
        Width of a penumbra over its distance from what casts it.
    """

    towards: tuple[float, float]
    rise: float
    wide: float


def cast(height: Pixels, lamp: Lamp, zoom: float) -> Pixels:
    """Find what leaves keep from a lamp, as if everything above the soil were a sheet with air below it.

    Parameters
    ----------
    height
        float32 (S, S), above the soil, in pixels.
    lamp
        Where light comes from.
    zoom
        Pixels per pixel of the reference photograph.

    Returns
    -------
    NDArray
        float32 (S, S): 0 in full light, 1 in the dark.
    """
    reach = float(height.max()) / lamp.rise
    dark = np.zeros((1, 1), np.float32)
    for stride, near, far in reversed(_ROUNDS):
        if near > reach:
            continue
        coarse = np.ascontiguousarray(height[stride // 2 :: stride, stride // 2 :: stride])
        last = min(far, int(reach) + 1)
        soft = _march(coarse, lamp, stride, range(near, last + stride, stride), zoom)
        soft = blurred(soft, 0.5 + lamp.wide * (near + last) / 2 / stride)
        # From coarse to fine: what is soft needs no fine picture.
        dark = soft + resized(dark, (coarse.shape[0], coarse.shape[1])) if dark.any() else soft
    return np.clip(dark, 0, 1) if dark.shape == height.shape else np.zeros_like(height)


def _march(height: Pixels, lamp: Lamp, stride: int, distances: Iterable[int], zoom: float) -> Pixels:
    """Follow the rays of every pixel through some distances, and find which meet a sheet (1) and which do not (0)."""
    shape = (height.shape[0], height.shape[1])
    found = np.zeros(shape, np.bool_)
    # What shades is taken for as thick as a ray climbs in a step, or thin leaves would slip between two; and to lie
    # about the ray, but at the first steps above it, or slopes would shade themselves.
    least = _LEAST * zoom - (stride - 1) / 2 * lamp.rise
    most = np.float32(least + max(stride * lamp.rise, _SHEET * zoom))
    for distance in distances:
        rows, columns = (round(part * distance / stride) for part in lamp.towards)
        here, there = windows(shape, rows, columns)
        above = height[there] - height[here]
        above -= np.float32(distance * lamp.rise)
        found[here] |= (above > np.float32(least)) & (above <= most)
    return found.astype(np.float32)


def crowding(height: Pixels, reach: float) -> Pixels:
    """Find what lies lower than what is around it, and so sees little of the sky.

    Parameters
    ----------
    height
        float32 (S, S), in pixels.
    reach
        How far around, in pixels.

    Returns
    -------
    NDArray
        float32 (S, S): 0 in the open, 1 deep down.
    """
    shape = (height.shape[0], height.shape[1])
    step = 4 if min(shape) >= 16 else 1
    below = resized(blurred(height[step // 2 :: step, step // 2 :: step], reach / step), shape) - height
    below *= np.float32(1.5 / max(reach, 1.0))
    return np.clip(below, 0, 1, out=below)
