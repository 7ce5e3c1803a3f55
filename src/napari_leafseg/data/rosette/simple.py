"""A drawn rosette plant from above with its true leaves, for the demo and the tests.

A picture to try things on; no accuracy is claimed on it. Must know nothing of files.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_leafseg.core.instances import relabel

GOLDEN_ANGLE = np.deg2rad(137.508)
"""Between one leaf and the next, as most rosettes grow."""

_SOIL_DARK, _SOIL_LIGHT = np.array((0.13, 0.095, 0.07)), np.array((0.42, 0.33, 0.25))
_YOUNG, _OLD = np.array((0.48, 0.66, 0.27)), np.array((0.20, 0.43, 0.17))
_VEIN = np.array((0.66, 0.78, 0.48))


def draw_rosette(size: int = 512, leaves: int = 12, seed: int = 0) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """Draw one plant on soil: leaves on stalks at the golden angle, the oldest lowest.

    Parameters
    ----------
    size
        Height and width, in pixels.
    leaves
        How many leaves to draw; one that ends up wholly covered is not labelled.
    seed
        The same seed draws the same picture.

    Returns
    -------
    image
        uint8 (size, size, 3).
    labels
        int32 (size, size), ids 1..n, the oldest leaf first; stalks belong to their leaf.
    """
    rng = np.random.default_rng(seed)
    image = _soil(rng, size)
    labels = np.zeros((size, size), np.int32)
    turn = rng.uniform(0, 2 * np.pi)
    for index in range(leaves):
        leaf = _leaf(rng, size, index / max(leaves - 1, 1), turn + index * GOLDEN_ANGLE)
        cover = leaf.cover()
        window = image[leaf.window]
        _cast_shadow(window, cover, size)
        window += cover[:, :, np.newaxis] * (leaf.colour(rng) - window)
        labels[leaf.window][cover > 0.5] = index + 1
    noisy = ndimage.gaussian_filter(image, (0.6, 0.6, 0)) + rng.normal(0, 0.012, image.shape)
    return (np.clip(noisy, 0, 1) * 255).astype(np.uint8), relabel(labels)


@dataclass(frozen=True)
class _Leaf:
    """One leaf in its own frame, within the part of the picture that it touches.

    Attributes
    ----------
    window
        That part.
    along, across
        float, of the window's shape: distance from the plant's centre along the midrib and sideways
        from it, in pixels.
    stalk, blade
        Lengths in pixels.
    width
        Half the blade's greatest width, in pixels.
    age
        0 for the youngest, 1 for the oldest.
    """

    window: tuple[slice, slice]
    along: NDArray[np.float64]
    across: NDArray[np.float64]
    stalk: float
    blade: float
    width: float
    age: float

    @property
    def part(self) -> NDArray[np.float64]:
        """Place along the blade, 0 at its base and 1 at its tip."""
        return np.clip((self.along - self.stalk) / self.blade, 0, 1)

    def cover(self) -> NDArray[np.float64]:
        """How much of each pixel the leaf covers, 0 to 1."""
        half = self.width * np.sin(np.pi * self.part**0.85) ** 0.6
        on_stalk = (self.along > 0) & (self.part < 0.15)
        half = np.where(on_stalk, np.maximum(half, 0.09 * self.width + 0.7), half)
        # Outside, zero width would still leave a hairline of half covered pixels.
        half[(half < 0.01) | (self.along <= 0)] = -1
        return np.clip(half - np.abs(self.across) + 0.5, 0, 1)

    def colour(self, rng: np.random.Generator) -> NDArray[np.float64]:
        """RGB of every pixel, were the leaf everywhere."""
        base = _YOUNG + self.age * (_OLD - _YOUNG) + rng.normal(0, 0.02, 3)
        side = np.clip(self.across / self.width, -1, 1)
        # The two halves of a blade fold up from the midrib and catch the light differently.
        light = 1.0 + 0.10 * np.tanh(4 * side) - 0.22 * side**2 + 0.08 * np.sin(np.pi * self.part)
        rib = np.exp(-((self.across / (0.035 * self.width + 0.6)) ** 2)) * (1 - 0.7 * self.part)
        veins = np.sin(2 * np.pi * (6 * self.part - 1.6 * np.abs(side))) ** 16 * (1 - np.abs(side)) * 0.25
        mottle = 0.05 * _cloud(rng, self.along.shape, 10)
        vein = np.clip(np.where(self.along < self.stalk, 0.5, 0.75 * rib + veins), 0, 1)[:, :, np.newaxis]
        rgb: NDArray[np.float64] = (base * (light + mottle)[:, :, np.newaxis]) * (1 - vein) + _VEIN * vein
        return rgb


def _leaf(rng: np.random.Generator, size: int, youth: float, angle: float) -> _Leaf:
    reach = size * (0.47 - 0.37 * youth**1.3) * rng.uniform(0.88, 1.02)
    angle += rng.normal(0, 0.12)
    blade = reach * rng.uniform(0.58, 0.70)
    width = blade * rng.uniform(0.32, 0.40)
    window = _around(size, angle, reach, 1.2 * width + 0.03 * size)
    y, x = np.mgrid[window] - (size - 1) / 2
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    bend = rng.normal(0, 0.08) * along**2 / max(reach, 1)
    return _Leaf(window, along, across - bend, reach - blade, blade, width, 1 - youth)


def _around(size: int, angle: float, reach: float, margin: float) -> tuple[slice, slice]:
    """The box around a line from the centre, cut off at the picture's border."""
    middle = (size - 1) / 2
    tip = middle + reach * np.array((np.sin(angle), np.cos(angle)))
    low = np.clip(np.floor(np.minimum(tip, middle) - margin), 0, size).astype(int)
    high = np.clip(np.ceil(np.maximum(tip, middle) + margin) + 1, 0, size).astype(int)
    return slice(low[0], high[0]), slice(low[1], high[1])


def _cast_shadow(window: NDArray[np.float64], cover: NDArray[np.float64], size: int) -> None:
    """Darken what lies down and right of a leaf, and a little all around it."""
    shadow = ndimage.gaussian_filter(cover, 0.012 * size)
    step = max(1, round(0.012 * size))
    moved = np.zeros_like(shadow)
    moved[step:, step:] = shadow[:-step, :-step]
    window *= 1 - 0.5 * moved[:, :, np.newaxis]


def _soil(rng: np.random.Generator, size: int) -> NDArray[np.float64]:
    """Crumbs of all sizes, with some light grains."""
    shape = (size, size)
    crumbs = (_cloud(rng, shape, cells) / cells**0.3 for cells in (5, 14, 40, 90, 180))
    height = 0.42 + 0.16 * np.sum(list(crumbs), axis=0)
    grains = ndimage.gaussian_filter((rng.random(shape) < 0.002).astype(float), 0.9)
    tone = np.clip(height + 2.5 * grains, 0, 1.2)[:, :, np.newaxis]
    rgb: NDArray[np.float64] = _SOIL_DARK + tone * (_SOIL_LIGHT - _SOIL_DARK)
    return rgb


def _cloud(rng: np.random.Generator, shape: tuple[int, ...], cells: int) -> NDArray[np.float64]:
    """Smooth noise with about so many waves across its longer side, deviation about 1."""
    coarse = [min(side, max(2, 1 + round(2 * cells * side / max(shape)))) for side in shape]
    factors = [side / few for side, few in zip(shape, coarse, strict=True)]
    noise = ndimage.zoom(rng.normal(0, 1, coarse), factors, order=3, mode="reflect", grid_mode=True)
    cloud: NDArray[np.float64] = noise / max(float(noise.std()), 1e-9)
    return cloud
