"""Drawing an object anew: what a hand's loop encloses becomes it, whole.

An operation: pure, see `editing`. Which object was meant is read off the loop; no window and no mark is known here.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_leafseg.core.errors import EditError
from napari_leafseg.editing.choose import MOSTLY, Point
from napari_leafseg.editing.edit import Edit
from napari_leafseg.editing.objects import Box2D, Objects
from napari_leafseg.editing.place import around

CLEAR = 0.25
"""Share of the loop's inside from which on an object may be the one that is drawn anew."""
LEFT = 0.25
"""An object of which less than this share stays outside was a part of what is drawn, or its rim: it goes."""
LEAST, LEAST_WIDTH = 9, 1.0
"""Pixels that a loop encloses, and how wide it is on average: a hand that slips draws less."""


def outline(objects: Objects, path: Sequence[Point], kept: Container[int] = ()) -> Edit:
    """Make what a loop encloses one object, whole.

    It is the object that the loop mostly is: more than half of that object lies inside (`choose.MOSTLY`), and makes up
    a clear share of the inside (`CLEAR`); of several, the one that shares most. Its pixels outside the loop become
    background. Without such an object a new one is made.

    From other objects the loop takes what it encloses, for people trace what they see, and that is on top. Those of
    which hardly anything would be left (`LEFT`) go.

    Parameters
    ----------
    objects
        Of the plane.
    path
        Corners of the loop, which is closed straight; it may cross itself, and leave the image.
    kept
        Objects that lose nothing to another one, such as those that the person checked. One of them is drawn anew
        itself only if it makes up most of the inside.

    Raises
    ------
    EditError
        If the loop encloses hardly anything, only pixels of objects that are kept, or just what is there already.
    """
    box, inside = enclosed(path, objects.labels.shape)
    _check(path, int(inside.sum()))
    ids, counts = np.unique(objects.labels[box][inside], return_counts=True)
    shared = {int(key): int(count) for key, count in zip(ids, counts, strict=True) if key}
    meant = _meant(objects, shared, int(inside.sum()), kept)
    gone = {key for key, count in shared.items() if key not in kept and _hardly_left(objects, key, count)}
    return _drawn(objects, box, inside, meant, {key for key in shared if key != meant and key in kept}, gone)


def enclosed(path: Sequence[Point], shape: tuple[int, ...]) -> tuple[Box2D, NDArray[np.bool_]]:
    """Box of an image around a loop, and the pixels in it whose centres the loop encloses.

    Where the hand crosses its own line, as it does to close a loop, nothing falls out: all that is wound around counts.
    """
    corners = np.asarray(path, float).reshape(-1, 2)
    low = np.clip(np.floor(corners.min(axis=0)), 0, shape).astype(int)
    high = np.clip(np.floor(corners.max(axis=0)) + 1, low, shape).astype(int)
    height, width = high - low
    # One column more, for what begins right of the image.
    turns = np.zeros((height, width + 1), np.int32)
    for (y0, x0), (y1, x1) in pairwise([*(corners - low), corners[0] - low]):
        rows = np.arange(max(np.ceil(min(y0, y1)), 0), min(np.ceil(max(y0, y1)), height)).astype(int)
        if len(rows):
            crossed = np.ceil(x0 + (rows - y0) * (x1 - x0) / (y1 - y0))
            turns[rows, np.clip(crossed, 0, width).astype(int)] += 1 if y1 > y0 else -1
    inside = ndimage.binary_fill_holes(np.cumsum(turns, axis=1)[:, :width] != 0)
    return (slice(int(low[0]), int(high[0])), slice(int(low[1]), int(high[1]))), inside


def _check(path: Sequence[Point], area: int) -> None:
    corners = np.asarray(path, float).reshape(-1, 2)
    length = float(np.hypot(*(corners - np.roll(corners, 1, axis=0)).T).sum())
    if area < LEAST or area < LEAST_WIDTH * length / 2:
        raise EditError("This loop encloses hardly anything: hold the button down, and draw all around the object.")


def _meant(objects: Objects, shared: dict[int, int], area: int, kept: Container[int]) -> int:
    """The object that is drawn anew; a new one's id if it is none."""
    candidates = [
        key
        for key, count in shared.items()
        if count > MOSTLY * objects.area(key) and count > (MOSTLY if key in kept else CLEAR) * area
    ]
    return max(candidates, key=shared.__getitem__, default=objects.next_id)


def _hardly_left(objects: Objects, key: int, inside: int) -> bool:
    return objects.area(key) - inside < LEFT * objects.area(key)


def _drawn(objects: Objects, box: Box2D, inside: NDArray[np.bool_], meant: int, kept: set[int], gone: set[int]) -> Edit:
    replaced = gone | ({meant} if meant in objects else set())
    whole = around(box, objects.around(replaced)) if replaced else box
    before = objects.labels[whole]
    drawn = np.zeros(before.shape, bool)
    drawn[tuple(slice(a.start - b.start, a.stop - b.start) for a, b in zip(box, whole, strict=True))] = inside
    drawn &= ~np.isin(before, list(kept))
    if not drawn.any():
        raise EditError("Checked objects cover this place: take the check back from what is to be drawn anew.")
    edit = Edit.between(whole, before, np.where(drawn, meant, np.where(np.isin(before, list(replaced)), 0, before)))
    if not edit:
        raise EditError(f"Object {meant} has this outline already: there is nothing here to change.")
    return edit
