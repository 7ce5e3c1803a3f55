"""COCO's two ways to write an object: polygons, and run lengths (a list, or packed as text).

Knows shapes and arrays only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from skimage.draw import polygon

from napari_leafseg.core.instances import Mask
from napari_leafseg.data.layouts.objects import cropped

# A triangle; less has no inside.
_SMALLEST = 6


def decode(segmentation: Any, shape: tuple[int, int]) -> Mask:
    """Turn one object's ``segmentation`` into its mask in an image of ``shape``.

    Raises
    ------
    ValueError, TypeError, LookupError
        If it is malformed or of another size.
    """
    if isinstance(segmentation, Mapping):
        return _run_lengths(segmentation, shape)
    if segmentation and not isinstance(segmentation[0], Sequence):
        segmentation = [segmentation]
    return _polygons(segmentation, shape)


def _polygons(polygons: Sequence[Sequence[float]], shape: tuple[int, int]) -> Mask:
    """Fill the union of polygons x1, y1, x2, y2, ..., whose pixel centres lie at halves."""
    rows, columns = [np.zeros(0, np.intp)], [np.zeros(0, np.intp)]
    for points in polygons:
        corners = np.asarray(points, np.float64)
        if corners.ndim != 1 or len(corners) % 2 or not np.isfinite(corners).all():
            raise ValueError("a polygon is not a list of x, y pairs")
        if len(corners) < _SMALLEST:
            continue
        inside = polygon(corners[1::2] - 0.5, corners[::2] - 0.5, shape)
        rows.append(inside[0])
        columns.append(inside[1])
    row, column = np.concatenate(rows), np.concatenate(columns)
    if row.size == 0:
        return Mask(0, 0, np.zeros((0, 0), bool))
    top, left = int(row.min()), int(column.min())
    pixels = np.zeros((int(row.max()) - top + 1, int(column.max()) - left + 1), bool)
    pixels[row - top, column - left] = True
    return Mask(top, left, pixels)


def _run_lengths(coded: Mapping[str, Any], shape: tuple[int, int]) -> Mask:
    """Lay out runs of background and object, in turn, down the columns."""
    if tuple(coded["size"]) != shape:
        raise ValueError(f"its size is {coded['size']}")
    counts = coded["counts"]
    runs = np.asarray(_unpacked(counts) if isinstance(counts, str) else counts, np.int64)
    if runs.ndim != 1 or (runs < 0).any() or runs.sum() != shape[0] * shape[1]:
        raise ValueError("its run lengths do not fill the image")
    values = np.arange(len(runs)) % 2 == 1
    return cropped(np.repeat(values, runs).reshape(shape, order="F"))


def _unpacked(text: str) -> list[int]:
    """Read packed run lengths: five bits a character, least first; from the fourth on, differences."""
    runs: list[int] = []
    value = shift = 0
    for character in text:
        code = ord(character) - 48
        if not 0 <= code < 64:
            raise ValueError(f"its run lengths hold the character {character!r}")
        value |= (code & 0x1F) << shift
        shift += 5
        if code & 0x20:
            continue
        if code & 0x10:
            value -= 1 << shift
        runs.append(value + runs[-2] if len(runs) > 2 else value)
        value = shift = 0
    return runs
