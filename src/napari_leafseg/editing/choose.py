"""Which objects a hand means: those along a drawn line, or in a drawn box.

Knows points and objects; changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.editing.objects import Box2D, Objects

Point = tuple[float, float]
"""Row and column in pixels; (0, 0) is the centre of the first pixel."""

MOSTLY = 0.5
"""A drawn box means the objects of which more than this share lies in it."""


def along(objects: Objects, path: Sequence[Point]) -> list[int]:
    """Ids of the objects under a drawn line, in the order in which it meets them.

    Parameters
    ----------
    objects
        Of the plane.
    path
        Corners of the line, at least one point; parts outside the image meet nothing.
    """
    rows, columns = line(path, objects.labels.shape)
    met = objects.labels[rows, columns]
    return [identity for identity in dict.fromkeys(met.tolist()) if identity]


def inside(objects: Objects, one: Point, other: Point) -> list[int]:
    """Ids of the objects that lie mostly (more than `MOSTLY`) in the box between two corners.

    An object that the box only brushes is spared; one that peeps out a little is meant.
    """
    box = _between(one, other, objects.labels.shape)
    return [identity for identity in objects.ids if _share(objects, identity, box) > MOSTLY]


def line(path: Sequence[Point], shape: tuple[int, ...]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Row and column of every pixel on a drawn line, in order, without those outside the image.

    Consecutive pixels touch at least by a corner.
    """
    pixels = np.array(list(_pixels(path)), np.intp).reshape(-1, 2)
    within = ((pixels >= 0) & (pixels < shape)).all(axis=1)
    return pixels[within, 0], pixels[within, 1]


def _pixels(path: Sequence[Point]) -> Iterator[tuple[int, int]]:
    points = np.floor(np.asarray(path, float).reshape(-1, 2) + 0.5).astype(int)
    yield tuple(points[0].tolist())
    for start, stop in pairwise(points):
        steps = max(int(np.abs(stop - start).max()), 1)
        between = start + np.arange(1, steps + 1)[:, np.newaxis] * (stop - start) / steps
        yield from map(tuple, np.floor(between + 0.5).astype(int).tolist())


def _between(one: Point, other: Point, shape: tuple[int, ...]) -> Box2D:
    ends = np.sort(np.floor(np.array((one, other)) + 0.5).astype(int), axis=0)
    low, high = np.clip(ends[0], 0, shape), np.clip(ends[1] + 1, 0, shape)
    return slice(int(low[0]), int(high[0])), slice(int(low[1]), int(high[1]))


def _share(objects: Objects, identity: int, box: Box2D) -> float:
    own = objects.box(identity)
    rows, columns = (slice(max(a.start, b.start), min(a.stop, b.stop)) for a, b in zip(own, box, strict=True))
    if (rows, columns) == own:
        return 1.0
    if rows.stop <= rows.start or columns.stop <= columns.start:
        return 0.0
    return float((objects.labels[rows, columns] == identity).sum()) / objects.area(identity)
