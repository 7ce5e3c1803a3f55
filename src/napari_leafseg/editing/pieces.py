"""What to do about an object that lies in several pieces: keep the largest, or make each its own.

Operations: pure, see `editing`. Pieces touch neither by sides nor by corners.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_leafseg.core.errors import EditError
from napari_leafseg.editing.edit import Edit
from napari_leafseg.editing.objects import Box2D, Objects
from napari_leafseg.editing.place import around

CRUMB = 0.05
"""Share of an object's largest piece below which another piece is nothing that a person would have drawn."""
_EIGHT = np.ones((3, 3), bool)


def areas(objects: Objects, identity: int) -> list[int]:
    """Pixels of each piece of an object, largest first."""
    _, mask = objects.mask(identity)
    pieces, _ = ndimage.label(mask, _EIGHT)
    return sorted(np.bincount(pieces.ravel())[1:].tolist(), reverse=True)


def broken(objects: Objects, stroke: Edit) -> list[int]:
    """Ids of the objects that a stroke, written already, left in more pieces than before.

    Only those are worth asking about: an object may lie in pieces for good reason.
    """
    named = {int(value) for values in (stroke.before, stroke.after) for value in np.unique(values)}
    return [
        identity
        for identity in sorted(named)
        if identity in objects and _may_break(objects, stroke, identity) and _broke(objects, stroke, identity)
    ]


def without_crumbs(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A mask without the pieces below `CRUMB` of its largest; larger ones may be one object seen in parts."""
    pieces, _ = ndimage.label(mask, _EIGHT)
    size = np.bincount(pieces.ravel())
    size[0] = 0
    kept: NDArray[np.bool_] = (size >= max(1, CRUMB * size.max()))[pieces]
    return kept


def keep_largest(objects: Objects, identity: int) -> Edit:
    """Make all pieces but the largest background.

    Raises
    ------
    EditError
        If the object is in one piece.
    """
    box, pieces, by_size = _in_pieces(objects, identity)
    before = objects.labels[box]
    return Edit.between(box, before, np.where(np.isin(pieces, by_size[1:]), 0, before))


def separate(objects: Objects, identity: int) -> Edit:
    """Make each piece an object of its own; the largest keeps the id.

    Raises
    ------
    EditError
        If the object is in one piece.
    """
    box, pieces, by_size = _in_pieces(objects, identity)
    new = range(objects.next_id, objects.next_id + len(by_size) - 1)
    ids = np.zeros(len(by_size) + 1, np.int64)
    ids[by_size] = [identity, *new]
    before = objects.labels[box]
    return Edit.between(box, before, np.where(pieces > 0, ids[pieces], before), dict.fromkeys(new, identity))


def _in_pieces(objects: Objects, identity: int) -> tuple[Box2D, NDArray[np.int32], list[int]]:
    """Numbered pieces in the object's box, and their numbers, largest first."""
    box, mask = objects.mask(identity)
    pieces, count = ndimage.label(mask, _EIGHT)
    if count < 2:
        raise EditError(f"Object {identity} is in one piece.")
    size = np.bincount(pieces.ravel())
    return box, pieces, sorted(range(1, count + 1), key=lambda piece: -size[piece])


def _may_break(objects: Objects, stroke: Edit, identity: int) -> bool:
    """Whether pieces may have come, seen around what the stroke did to the object alone, which takes no time.

    They have not if all that hung together there still does, and nothing new lies by itself.
    """
    rows, columns = (
        slice(max(part.start - 1, 0), min(part.stop + 1, side))
        for part, side in zip(_touched(stroke, identity), objects.labels.shape, strict=True)
    )
    old, new = _pieces_around(objects, stroke, identity, (rows, columns))
    both = (old > 0) & (new > 0)
    met = np.unique(np.stack((old[both], new[both])), axis=1)
    return len(np.unique(met[0])) < met.shape[1] or len(np.unique(met[1])) < new.max(initial=0)


def _broke(objects: Objects, stroke: Edit, identity: int) -> bool:
    box = around(objects.box(identity), _touched(stroke, identity))
    old, new = _pieces_around(objects, stroke, identity, box)
    before, after = old.max(initial=0), new.max(initial=0)
    return bool(after > before > 0) or bool(before == 0 and after > 1)


def _touched(stroke: Edit, identity: int) -> Box2D:
    """The box of the pixels that an object lost or won: a stroke across many objects is much larger."""
    its = np.broadcast_to((stroke.before == identity) | (stroke.after == identity), stroke.where[0].shape)
    rows, columns = (axis[its] for axis in stroke.where)
    return slice(int(rows.min()), int(rows.max()) + 1), slice(int(columns.min()), int(columns.max()) + 1)


def _pieces_around(
    objects: Objects, stroke: Edit, identity: int, box: Box2D
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Numbered pieces of an object in a box, before and after a stroke that did nothing to it elsewhere."""
    now = objects.labels[box]
    was = now.copy()
    rows, columns = (axis - part.start for axis, part in zip(stroke.where, box, strict=True))
    inside = (rows >= 0) & (rows < now.shape[0]) & (columns >= 0) & (columns < now.shape[1])
    was[rows[inside], columns[inside]] = np.broadcast_to(stroke.before, inside.shape)[inside]
    old, new = (ndimage.label(labels == identity, _EIGHT)[0] for labels in (was, now))
    return old, new
