"""Blurs, shifts and slopes of single planes that are the same on every machine. Must know nothing of plants.

Written with slices: a compiler may fuse a filter's products and sums on one processor and not on another, and
JPEG makes grey levels out of last bits.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from napari_leafseg.data.rosette.texture import Pixels


def blurred(plane: Pixels, deviation: float) -> Pixels:
    """Blur one plane about as a Gaussian does.

    Three-tap filters with 1, 2, 4 ... pixels between their taps, whose variances add up. What lies at the
    border goes on beyond it.

    Parameters
    ----------
    plane
        float32 (rows, columns); is not changed.
    deviation
        In pixels; a new plane is returned even for 0.
    """
    out = plane.copy()
    for step, weight in _cascade(deviation * deviation):
        for axis in (0, 1):
            if step < plane.shape[axis]:
                out = _taps(out, weight, step, axis)
    return out


def _cascade(variance: float) -> Iterator[tuple[int, float]]:
    """Choose filters whose variances add up: the distance of the taps and their weight, at most a quarter."""
    step = 1
    while variance > 0:
        whole = step * step / 2
        yield step, 0.25 * min(1.0, variance / whole)
        variance -= whole
        if 2 * step * step <= variance:
            step *= 2


def _taps(plane: Pixels, weight: float, step: int, axis: int) -> Pixels:
    """Mix every pixel with the two that lie ``step`` away along an axis."""
    out = plane * np.float32(1 - 2 * weight)
    side = plane * np.float32(weight)
    here, side = (out, side) if axis == 0 else (out.T, side.T)
    here[step:] += side[:-step]
    here[:-step] += side[step:]
    here[:step] += side[:step]
    here[-step:] += side[-step:]
    return out


def windows(shape: tuple[int, int], rows: int, columns: int) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Name the pixels that have a neighbour so many rows and columns away, and those neighbours.

    Returns
    -------
    here, there
        Index of both, of one shape (empty where the picture is too small).
    """
    here, there = zip(*(_overlap(side, by) for side, by in zip(shape, (rows, columns), strict=True)), strict=True)
    return here, there


def _overlap(side: int, by: int) -> tuple[slice, slice]:
    length = max(0, side - abs(by))
    here, there = max(0, -by), max(0, by)
    return slice(here, here + length), slice(there, there + length)


def shifted(plane: Pixels, rows: int, columns: int) -> Pixels:
    """Bring to every pixel what lies so many rows and columns away; beyond the border, what is there itself."""
    out = plane.copy()
    here, there = windows((plane.shape[0], plane.shape[1]), rows, columns)
    out[here] = plane[there]
    return out


def slopes(height: Pixels, steepest: float = 1.0) -> tuple[Pixels, Pixels]:
    """Measure how steeply a surface rises along rows and along columns.

    What is steeper than ``steepest`` is the edge of one thing above another, not a surface, and gets 0.
    """
    down, right = np.zeros_like(height), np.zeros_like(height)
    np.subtract(height[2:], height[:-2], out=down[1:-1])
    np.subtract(height[:, 2:], height[:, :-2], out=right[:, 1:-1])
    down *= np.float32(0.5)
    right *= np.float32(0.5)
    surface = np.maximum(np.abs(down), np.abs(right)) <= np.float32(steepest)
    down *= surface
    right *= surface
    return down, right
