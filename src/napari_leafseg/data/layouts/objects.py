"""From one mask per object to one label image. Knows arrays only, no layout."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.core.instances import Mask


def cropped(pixels: NDArray[np.bool_]) -> Mask:
    """Keep only the box around a mask, (height, width) bool."""
    rows, columns = (np.flatnonzero(pixels.any(axis=axis)) for axis in (1, 0))
    if rows.size == 0:
        return Mask(0, 0, np.zeros((0, 0), bool))
    top, left = int(rows[0]), int(columns[0])
    return Mask(top, left, pixels[top : rows[-1] + 1, left : columns[-1] + 1].copy())


def paint_objects(shape: tuple[int, int], masks: Sequence[Mask]) -> NDArray[np.int32]:
    """Paint masks, which lie within the image, into a label image.

    Where objects overlap the smaller lies on top, so that none vanishes under a larger one.

    Returns
    -------
    int32 (height, width): the ids are 1, 2, ... in the order of the masks; an empty mask's
    id is missing.
    """
    labels = np.zeros(shape, np.int32)
    area = np.array([mask.pixels.sum() for mask in masks])
    for index in np.argsort(-area, kind="stable"):
        mask = masks[index]
        height, width = mask.pixels.shape
        labels[mask.top : mask.top + height, mask.left : mask.left + width][mask.pixels] = index + 1
    return labels
