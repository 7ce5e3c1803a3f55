"""A hand that traces a leaf in one stroke, and not to the pixel.

People who trace bring near what they trace: the leaf fills most of the canvas, and the hand is off by some pixels of
the screen, whatever these are in the image.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.measure import find_contours

Point = tuple[float, float]

EVERY = 6.0
"""Pixels of the screen between the corners of a traced line."""
STEADY = 30.0
"""Pixels of the screen along the line over which a hand that is off stays off."""
CANVAS, SHARE, NEAREST = 700, 0.7, 16.0
"""Pixels of the screen that the canvas is high; how much of it the leaf fills; and the most that is zoomed in."""


class Tracer:
    """Draws around masks.

    Parameters
    ----------
    noise
        How far the hand is off, up and down as left and right: standard deviation in pixels of the screen.
    seed
        Of its chance; every stroke is another.
    """

    def __init__(self, noise: float, seed: int = 0) -> None:
        self._noise, self._rng = noise, np.random.default_rng(seed)

    def around(self, mask: NDArray[np.bool_]) -> list[Point]:
        """A loop around the largest part of a mask: one stroke goes around one part."""
        line = max(find_contours(np.pad(mask, 1).astype(float), 0.5), key=_area)
        zoom = min(SHARE * CANVAS / float(np.ptp(line, axis=0).max()), NEAREST)
        corners = _spaced(line, EVERY / zoom) - 1
        moved: list[Point] = [tuple(point) for point in (corners + self._tremble(len(corners)) / zoom).tolist()]
        return moved

    def _tremble(self, count: int) -> NDArray[np.float64]:
        """Smooth along the loop, of the said deviation on average over many strokes."""
        # White noise blurred by a Gaussian of deviation s corners is left with a variance of 1 / (2 s sqrt(pi)), and is
        # correlated over twice that length.
        blur = STEADY / EVERY / 2
        white = self._rng.normal(size=(max(count, 64), 2))
        smooth = ndimage.gaussian_filter1d(white, blur, axis=0, mode="wrap")[:count]
        deviation: NDArray[np.float64] = self._noise * smooth * np.sqrt(2 * blur * np.sqrt(np.pi))
        return deviation


def _spaced(line: NDArray[np.float64], every: float) -> NDArray[np.float64]:
    """Corners of a closed line at equal steps, in pixels of the image."""
    along = np.append(0, np.cumsum(np.hypot(*np.diff(line, axis=0).T)))
    steps = np.arange(0, along[-1], min(every, along[-1] / 4))
    return np.stack([np.interp(steps, along, axis) for axis in line.T], axis=1)


def _area(line: NDArray[np.float64]) -> float:
    down, across = (line - line[0]).T
    return abs(float(np.sum(down[:-1] * across[1:] - down[1:] * across[:-1])))
