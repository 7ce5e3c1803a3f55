"""What keeps light away: cast shadows, and the dark between and under crowded leaves. Must know no colour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.data.rosette.filters import blurred, windows
from napari_leafseg.data.rosette.texture import Pixels, resized

# Stride of each round of the march, and the distances that it looks at, in pixels: near leaves cast
# crisp edges, far ones soft ones, which a coarse picture shows as well.
_ROUNDS = ((1, 1, 7), (2, 8, 23), (4, 24, 71), (8, 72, 264))
# Thickness of what casts shadows, in pixels of the reference photograph.
_SHEET = 1.5


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
    shape = (height.shape[0], height.shape[1])
    reach = float(height.max()) / lamp.rise
    dark = np.zeros(shape, np.float32)
    for stride, near, far in _ROUNDS:
        if near > reach:
            break
        coarse = np.ascontiguousarray(height[stride // 2 :: stride, stride // 2 :: stride])
        hits = _march(coarse, lamp, stride, (near, min(far, reach + stride)), _SHEET * zoom)
        soft = blurred(hits.astype(np.float32), 0.5 + lamp.wide * (near + min(far, reach)) / 2 / stride)
        dark += soft if stride == 1 else resized(soft, shape)
    np.clip(dark, 0, 1, out=dark)
    return dark


def _march(height: Pixels, lamp: Lamp, stride: int, reach: tuple[float, float], sheet: float) -> NDArray[np.bool_]:
    """Follow the rays of every pixel through some distances, and say which meet a sheet."""
    shape = (height.shape[0], height.shape[1])
    found = np.zeros(shape, np.bool_)
    half = np.float32(0.55 * stride * lamp.rise)
    for distance in range(int(reach[0]), int(reach[1]) + 1, stride):
        rows, columns = (round(part * distance / stride) for part in lamp.towards)
        here, there = windows(shape, rows, columns)
        above = height[there] - height[here]
        above -= np.float32(distance * lamp.rise)
        found[here] |= (above > -half) & (above < max(half, np.float32(sheet)))
    return found


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
    quarter = resized(height, (max(2, shape[0] // 4), max(2, shape[1] // 4)))
    below = resized(blurred(quarter, reach / 4), shape) - height
    below *= np.float32(1.5 / max(reach, 1.0))
    return np.clip(below, 0, 1, out=below)
