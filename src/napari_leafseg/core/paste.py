"""Bringing masks that lie in boxes to the pixels of the image, the same way for every method.

Many small masks are interpolated together, because one at a time would cost more in calls
than in arithmetic. Knows boxes and geometry; nothing of methods or torch.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.core.geometry import Geometry
from napari_leafseg.core.instances import Mask

_TOGETHER = 4_000_000
"""Most values interpolated at once; bounds the memory."""
_STEPS_PER_OCTAVE = 2
"""Boxes are interpolated together with others up to this part of an octave larger."""


def paste(
    masks: NDArray[np.floating],
    boxes: NDArray[np.floating],
    geometry: Geometry,
    threshold: float,
) -> list[Mask]:
    """Interpolate masks in their boxes and cut them at a threshold.

    Parameters
    ----------
    masks
        (n, rows, columns), each over the whole of its box.
    boxes
        (n, 4): top, left, bottom, right in network pixels; edges, not pixel centres.
    geometry
        The way back to the image.
    threshold
        In the values of ``masks``; a pixel belongs to the object above it.

    Returns
    -------
    One `Mask` per box, in image pixels, cut at the image's border; bilinear between the centres of the
    mask's cells, constant beyond the outermost ones.
    """
    places = _places(boxes, geometry)
    result: list[Mask] = [Mask(int(top), int(left), np.zeros((0, 0), bool)) for top, left in places.first]
    for group in _groups(places):
        inside = _interpolated(masks[group], places, group) > threshold
        for index, pixels in zip(group, inside, strict=True):
            height, width = places.size[index]
            top, left = places.first[index]
            result[index] = Mask(int(top), int(left), pixels[:height, :width])
    return result


class _Places:
    """Where boxes lie in the image: exact edges, and the pixels whose centres they hold."""

    def __init__(self, edges: NDArray[np.float64], first: NDArray[np.int64], size: NDArray[np.int64]) -> None:
        self.edges, self.first, self.size = edges, first, size


def _places(boxes: NDArray[np.floating], geometry: Geometry) -> _Places:
    down, across = geometry.scale
    edges = np.asarray(boxes, np.float64).reshape(-1, 4) / (down, across, down, across)
    height, width = geometry.image_shape
    # Pixel i has its centre at i + 0.5.
    first = np.clip(np.ceil(edges[:, :2] - 0.5), 0, (height, width)).astype(np.int64)
    last = np.clip(np.ceil(edges[:, 2:] - 0.5), 0, (height, width)).astype(np.int64)
    return _Places(edges, first, np.maximum(last - first, 0))


def _groups(places: _Places) -> Iterator[NDArray[np.intp]]:
    """Indices of boxes of like size, few enough at a time; empty boxes are in none."""
    longest = places.size.max(axis=1, initial=0)
    present = np.flatnonzero(places.size.min(axis=1, initial=1 << 30) > 0)
    bins = np.ceil(_STEPS_PER_OCTAVE * np.log2(np.maximum(longest[present], 8)))
    for size in np.unique(bins):
        alike = present[bins == size]
        most = max(1, int(_TOGETHER // longest[alike].max() ** 2))
        for start in range(0, len(alike), most):
            yield alike[start : start + most]


def _interpolated(masks: NDArray[np.floating], places: _Places, group: NDArray[np.intp]) -> NDArray[np.float32]:
    """Interpolate (m, rows, columns) to the largest size of the group: (m, height, width)."""
    edges, first = places.edges[group], places.first[group]
    height, width = places.size[group].max(axis=0)
    rows = _weights(edges[:, 0], edges[:, 2], first[:, 0], int(height), masks.shape[1])
    columns = _weights(edges[:, 1], edges[:, 3], first[:, 1], int(width), masks.shape[2])
    return rows @ masks.astype(np.float32, copy=False) @ columns.transpose(0, 2, 1)


def _weights(
    start: NDArray[np.float64], stop: NDArray[np.float64], first: NDArray[np.int64], pixels: int, cells: int
) -> NDArray[np.float32]:
    """How much each cell counts for each pixel along one axis: float32 (m, pixels, cells)."""
    centres = first[:, np.newaxis] + np.arange(pixels) + 0.5
    extent = np.maximum(stop - start, 1e-6)[:, np.newaxis]
    position = np.clip((centres - start[:, np.newaxis]) / extent * cells - 0.5, 0, cells - 1).astype(np.float32)
    distance = np.abs(position[:, :, np.newaxis] - np.arange(cells, dtype=np.float32))
    return np.maximum(1 - distance, 0, out=distance)
