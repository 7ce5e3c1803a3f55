"""Cutting an image into overlapping tiles, and merging their objects into one label image.

The same for every method. Knows label images only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from napari_leafseg.core.instances import Instances

SAME_OBJECT = 0.5
"""Two tiles' objects are one when they share this part of the smaller, inside the overlap."""


@dataclass(frozen=True)
class Window:
    """A rectangle of the image, in image pixels."""

    top: int
    left: int
    height: int
    width: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """For indexing (height, width, ...) arrays."""
        return slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)


def windows(shape: tuple[int, int], side: int, overlap: int) -> list[Window]:
    """Cover an image with tiles of equal size, in reading order.

    Parameters
    ----------
    shape
        Height and width of the image.
    side
        Largest side of a tile.
    overlap
        Least overlap of neighbours, below ``side``.
    """
    rows, columns = (_starts(length, min(side, length), overlap) for length in shape)
    height, width = min(side, shape[0]), min(side, shape[1])
    return [Window(top, left, height, width) for top in rows for left in columns]


def apart(places: Sequence[Window], gap: int = 0) -> tuple[Window, ...]:
    """Join rectangles less than ``gap`` pixels from each other to the one around them; in reading order."""
    result: list[Window] = []
    for place in places:
        joined = place
        while near := _near(joined, result, gap):
            result = [other for other in result if other not in near]
            joined = _hull([joined, *near])
        result.append(joined)
    return tuple(sorted(result, key=lambda window: (window.top, window.left)))


def _near(place: Window, others: Sequence[Window], gap: int) -> list[Window]:
    wide = Window(place.top - gap, place.left - gap, place.height + 2 * gap, place.width + 2 * gap)
    return [other for other in others if _neighbours([wide, other])]


def _hull(places: Sequence[Window]) -> Window:
    top, left = min(w.top for w in places), min(w.left for w in places)
    bottom, right = max(w.top + w.height for w in places), max(w.left + w.width for w in places)
    return Window(top, left, bottom - top, right - left)


def _starts(length: int, side: int, overlap: int) -> list[int]:
    if side >= length:
        return [0]
    count = -(-(length - overlap) // max(1, side - overlap))
    return [round(i * (length - side) / (count - 1)) for i in range(count)]


def merge(shape: tuple[int, int], parts: Sequence[tuple[Window, Instances]]) -> Instances:
    """Join the objects of overlapping tiles.

    Objects of two tiles that share at least `SAME_OBJECT` of the smaller one's pixels, both
    counted inside the overlap only, are one object. A pixel belongs to the tile in whose
    interior it lies deepest, because a network knows least at its border.

    Parameters
    ----------
    shape
        Height and width of the image.
    parts
        Each tile's place and its objects.
    """
    offsets = np.concatenate([[0], np.cumsum([found.count for _, found in parts])])
    group = _groups(parts, offsets)
    labels = np.zeros(shape, np.int32)
    depth = np.full(shape, -1, np.int32)
    for (window, found), offset in zip(parts, offsets[:-1], strict=True):
        own = _depth(window, shape)
        here = own > depth[window.slices]
        lookup = np.concatenate([[0], group[offset : offset + found.count]]).astype(np.int32)
        labels[window.slices][here] = lookup[found.labels][here]
        depth[window.slices][here] = own[here]
    return _joined(labels, group, [found for _, found in parts])


def _depth(window: Window, shape: tuple[int, int]) -> NDArray[np.int32]:
    """How far each pixel lies inside its tile; the image's own border is not a tile's border."""

    def along(start: int, length: int, whole: int) -> NDArray[np.int32]:
        index = np.arange(length, dtype=np.int32)
        before = index if start > 0 else np.full(length, whole, np.int32)
        after = index[::-1] if start + length < whole else np.full(length, whole, np.int32)
        return np.minimum(before, after)

    rows = along(window.top, window.height, shape[0])
    columns = along(window.left, window.width, shape[1])
    return np.minimum(rows[:, np.newaxis], columns[np.newaxis, :])


def _groups(parts: Sequence[tuple[Window, Instances]], offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number the merged objects 1..m; one entry per object of every tile."""
    total = int(offsets[-1])
    pairs = [
        pair
        for i, j in _neighbours([window for window, _ in parts])
        for pair in _same(parts[i], parts[j], int(offsets[i]), int(offsets[j]))
    ]
    first, second = (np.array(side, np.int64) for side in (zip(*pairs, strict=True) if pairs else ((), ())))
    graph = coo_array((np.ones(len(first)), (first, second)), shape=(total, total))
    return connected_components(graph, directed=False)[1].astype(np.int64) + 1 if total else np.zeros(0, np.int64)


def _neighbours(places: Sequence[Window]) -> list[tuple[int, int]]:
    """Pairs of windows that overlap, each once; of many small windows few do."""
    ends = np.array([(w.top, w.left, w.top + w.height, w.left + w.width) for w in places])
    first, last = ends[:, np.newaxis, :2], ends[np.newaxis, :, 2:]
    begins_before_end = (first < last).all(axis=2)
    one, two = np.nonzero(np.triu(begins_before_end & begins_before_end.T, 1))
    return list(zip(one.tolist(), two.tolist(), strict=True))


def _same(
    one: tuple[Window, Instances], two: tuple[Window, Instances], offset_one: int, offset_two: int
) -> list[tuple[int, int]]:
    a, b = (_overlap(part, other) for part, other in ((one, two[0]), (two, one[0])))
    both = (a > 0) & (b > 0)
    if not both.any():
        return []
    keys, shared = np.unique(a[both].astype(np.int64) * (two[1].count + 1) + b[both], return_counts=True)
    ids_a, ids_b = np.divmod(keys, two[1].count + 1)
    area_a, area_b = np.bincount(a.ravel()), np.bincount(b.ravel())
    same = shared >= SAME_OBJECT * np.minimum(area_a[ids_a], area_b[ids_b])
    return [(offset_one + i - 1, offset_two + j - 1) for i, j in zip(ids_a[same], ids_b[same], strict=True)]


def _overlap(part: tuple[Window, Instances], other: Window) -> NDArray[np.int32]:
    window, found = part
    top, left = max(window.top, other.top), max(window.left, other.left)
    bottom = min(window.top + window.height, other.top + other.height)
    right = min(window.left + window.width, other.left + other.width)
    return found.labels[top - window.top : bottom - window.top, left - window.left : right - window.left]


def _joined(labels: NDArray[np.int32], group: NDArray[np.int64], found: Sequence[Instances]) -> Instances:
    """Score each merged object by its best part, drop what no pixel was left of, number anew."""
    count = int(group.max(initial=0))
    scores = np.zeros(count, np.float32)
    np.maximum.at(scores, group - 1, np.concatenate([part.scores for part in found]))
    best = np.zeros(count, np.int64)
    flat = np.concatenate([part.scores for part in found])
    order = np.argsort(flat, kind="stable")
    best[group[order] - 1] = order
    classes = _carried([part.classes for part in found], best)
    steps = _carried([part.order for part in found], best)
    present = np.bincount(labels.ravel(), minlength=count + 1)[1:] > 0
    return Instances(labels, scores, classes, steps).select(present)


def _carried(columns: Sequence[NDArray[np.int64] | None], best: NDArray[np.int64]) -> NDArray[np.int64] | None:
    given = [column for column in columns if column is not None]
    return np.concatenate(given)[best] if len(given) == len(columns) and given else None
