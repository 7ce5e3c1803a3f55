"""Cutting one object into several: along a drawn line, or around seeds.

Operations: pure, see `editing`. The largest part keeps the object's id.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree
from skimage.segmentation import watershed

from napari_leafseg.core.errors import EditError
from napari_leafseg.editing.choose import Point, line
from napari_leafseg.editing.edit import Edit, Labels
from napari_leafseg.editing.objects import Box2D, Objects

SLIVER = 0.02
"""Of more than two parts, those below this share of the object were not meant: they join their neighbour."""
_REACH, _LEAST_REACH = 0.15, 4
"""How far a line is carried on at its ends, in its own length and at least in pixels."""
_FEW = 60_000
"""Pixels on which the watershed is computed; larger objects are thinned out first."""
_PROBES = 500

Parts = NDArray[np.int32]
"""Part numbers 1..n within a box, 0 elsewhere."""


def by_line(objects: Objects, path: Sequence[Point], identity: int | None = None) -> Edit:
    """Cut an object along a drawn line.

    Ends that stop a little short of the border are carried on. Each part that the line leaves gets an id of its
    own; pieces that it does not touch stay with the nearest part.

    Parameters
    ----------
    objects
        Of the plane.
    path
        Corners of the line.
    identity
        The object; by default the one with the longest stretch of the line.

    Raises
    ------
    EditError
        If the line meets no object, or does not divide it.
    """
    rows, columns = line(path, objects.labels.shape)
    under = objects.labels[rows, columns]
    identity = _most(under) if identity is None else identity
    if identity == 0:
        raise EditError("The line meets no object: draw it right across the one to split.")
    box, mask = objects.mask(identity)
    parts = _cut(mask, _inside(line(_carried_on(path), objects.labels.shape), box))
    if parts.max() < 2:
        raise EditError(
            f"The line does not divide object {identity}: draw it from one side of the object to the other."
        )
    return _renumbered(objects, box, identity, parts)


def by_seeds(objects: Objects, seeds: Sequence[Point]) -> Edit:
    """Cut an object into as many parts as there are seeds, at its waists.

    Watershed of the distance to the border, flooded from the seeds.

    Raises
    ------
    EditError
        If there are fewer than two seeds, or they do not all lie on one object, or two on the same pixel.
    """
    identity = _only(objects, seeds)
    box, mask = objects.mask(identity)
    own = [_pixel(seed, box) for seed in seeds]
    if len(set(own)) < len(own):
        raise EditError("Two seeds lie on the same pixel: put each into the middle of its part.")
    return _renumbered(objects, box, identity, _flooded(mask, own))


def _most(values: Labels) -> int:
    ids, counts = np.unique(values[values != 0], return_counts=True)
    return int(ids[counts.argmax()]) if len(ids) else 0


def _only(objects: Objects, seeds: Sequence[Point]) -> int:
    under = {objects.at(*seed) for seed in seeds}
    if len(seeds) < 2:
        raise EditError("Splitting needs two seeds or more: click into each part.")
    if 0 in under:
        raise EditError("A seed lies beside the object: put each into the middle of its part.")
    if len(under) > 1:
        raise EditError(f"The seeds lie on {len(under)} objects: put all of them on the one to split.")
    return under.pop()


# --- along a line -------------------------------------------------------------------


def _carried_on(path: Sequence[Point]) -> list[Point]:
    points = np.asarray(path, float).reshape(-1, 2)
    length = float(np.hypot(*np.diff(points, axis=0).T).sum())
    reach = max(_LEAST_REACH, _REACH * length)
    first, last = _beyond(points, reach), _beyond(points[::-1], reach)
    return [tuple(first), *map(tuple, points.tolist()), tuple(last)]


def _beyond(points: NDArray[np.float64], reach: float) -> tuple[float, float]:
    """The point reached when a line is carried on before its first point, straight as it came."""
    away = np.hypot(*(points - points[0]).T)
    # A hand jerks at the end: the direction is taken from some pixels on.
    far = np.flatnonzero(away >= min(reach, away.max()))[0]
    if away[far] == 0:
        return float(points[0, 0]), float(points[0, 1])
    end = points[0] + (points[0] - points[far]) / away[far] * reach
    return float(end[0]), float(end[1])


def _inside(pixels: tuple[NDArray[np.intp], NDArray[np.intp]], box: Box2D) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    rows, columns = (axis - part.start for axis, part in zip(pixels, box, strict=True))
    height, width = (part.stop - part.start for part in box)
    here = (rows >= 0) & (columns >= 0) & (rows < height) & (columns < width)
    return rows[here], columns[here]


def _cut(mask: NDArray[np.bool_], cut: tuple[NDArray[np.intp], NDArray[np.intp]]) -> Parts:
    """Parts that a line leaves of an object; the line's own pixels go to their neighbours."""
    on_line = np.zeros(mask.shape, bool)
    on_line[cut] = True
    # A line's pixels may touch by corners only, so parts may not.
    pieces, count = ndimage.label(mask & ~on_line)
    whole, _ = ndimage.label(mask, np.ones((3, 3)))
    crossed = np.unique(whole[on_line & mask])
    size = np.bincount(pieces.ravel(), minlength=count + 1)
    home = ndimage.maximum(whole, pieces, np.arange(1, count + 1)) if count else np.zeros(0)
    largest = sorted(np.flatnonzero(np.isin(home, crossed)) + 1, key=lambda part: -size[part])
    real = [part for rank, part in enumerate(largest) if rank < 2 or size[part] >= SLIVER * mask.sum()]
    lookup = np.zeros(count + 1, np.int32)
    lookup[real] = np.arange(1, len(real) + 1)
    return _handed_out(mask, lookup[pieces])


def _handed_out(mask: NDArray[np.bool_], parts: Parts) -> Parts:
    """Give the rest of a mask to the nearest part, piece by piece; first what touches, pixel by pixel."""
    if not parts.any():
        return parts
    result = parts.copy()
    for _ in range(2):
        rows, columns = np.nonzero(mask & (result == 0))
        result[rows, columns] = _touching(result, rows, columns)
    rest, count = ndimage.label(mask & (result == 0), np.ones((3, 3)))
    if count:
        known = np.argwhere(result)
        known = known[:: max(1, len(known) // _PROBES)]
        middles = np.array(ndimage.center_of_mass(rest > 0, rest, np.arange(1, count + 1)))
        nearest = cKDTree(known).query(middles)[1]
        rest_to = np.concatenate(([0], result[tuple(known[nearest].T)]))
        result += rest_to[rest].astype(np.int32)
    return result


def _touching(parts: Parts, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Parts:
    """Highest part among the eight neighbours of pixels."""
    padded = np.pad(parts, 1)
    steps = [(down, across) for down in (0, 1, 2) for across in (0, 1, 2)]
    found: Parts = np.max([padded[rows + down, columns + across] for down, across in steps], axis=0)
    return found


# --- around seeds -------------------------------------------------------------------


def _pixel(point: Point, box: Box2D) -> tuple[int, int]:
    return int(np.floor(point[0] + 0.5)) - box[0].start, int(np.floor(point[1] + 0.5)) - box[1].start


def _flooded(mask: NDArray[np.bool_], seeds: Sequence[tuple[int, int]]) -> Parts:
    step = max(1, int(np.ceil(np.sqrt(mask.size / _FEW))))
    height = ndimage.distance_transform_edt(np.pad(mask[::step, ::step], 1))[1:-1, 1:-1]
    markers = np.zeros(height.shape, np.int32)
    for number, (row, column) in enumerate(seeds, 1):
        markers[row // step, column // step] = number
    coarse = watershed(-height, markers, mask=(height > 0) | (markers > 0))
    rows, columns = (np.arange(side) // step for side in mask.shape)
    parts: Parts = np.where(mask, coarse[np.ix_(rows, columns)], 0).astype(np.int32)
    for number, seed in enumerate(seeds, 1):
        parts[seed] = number
    return _handed_out(mask, parts)


def _renumbered(objects: Objects, box: Box2D, identity: int, parts: Parts) -> Edit:
    """The largest part keeps the id, the others get new ones, by size."""
    size = np.bincount(parts.ravel())
    order = sorted(range(1, len(size)), key=lambda part: -size[part])
    new = list(range(objects.next_id, objects.next_id + len(order) - 1))
    ids = np.zeros(len(size), np.int64)
    ids[order] = [identity, *new]
    before = objects.labels[box]
    after = np.where(parts > 0, ids[parts], before)
    return Edit.between(box, before, after, dict.fromkeys(new, identity))
