"""Merging, deleting and adding whole objects, and giving one another mask.

Operations: pure, see `editing`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.core.errors import EditError
from napari_leafseg.editing.edit import Edit
from napari_leafseg.editing.objects import Box2D, Objects


def merge(objects: Objects, identities: Sequence[int]) -> Edit:
    """Make one object of several; the largest keeps its id.

    They need not touch: a leaf under another one shows as two pieces.

    Raises
    ------
    EditError
        If fewer than two objects are named, or one is not there.
    """
    chosen = [identity for identity in dict.fromkeys(identities) if identity]
    if len(chosen) < 2:
        raise EditError("Merging needs two objects or more: draw from one across to the other.")
    kept = max(chosen, key=objects.area)
    return Edit.joined([_become(objects, identity, kept) for identity in chosen if identity != kept])


def delete(objects: Objects, identities: Iterable[int]) -> Edit:
    """Make objects background.

    Raises
    ------
    EditError
        If none is named, or one is not there.
    """
    chosen = list(dict.fromkeys(identities))
    if not chosen:
        raise EditError("There is no object here to delete: click on one, or draw a box over most of it.")
    return Edit.joined([_become(objects, identity, 0) for identity in chosen])


def add(objects: Objects, mask: NDArray[np.bool_], *, over: bool = False) -> Edit:
    """Make a new object of a mask, on background only.

    Parameters
    ----------
    objects
        Of the plane.
    mask
        bool (height, width), as a method's ``prompt`` gives it.
    over
        Take pixels from the objects that lie there too; one that is wholly covered vanishes.

    Raises
    ------
    EditError
        If the mask is empty, or nothing of it would be left.
    """
    box = box_of(mask)
    if box is None:
        raise EditError("Nothing was found here: try a point in the middle of the object, or a box around it.")
    before = objects.labels[box]
    free = mask[box] if over else mask[box] & (before == 0)
    if not free.any():
        raise EditError("Other objects cover this place already: delete or shrink them first.")
    return Edit.between(box, before, np.where(free, objects.next_id, before))


def reshape(objects: Objects, identity: int, mask: NDArray[np.bool_]) -> Edit:
    """Give an object another mask, for example one with a refined border; it takes nothing from others.

    Parameters
    ----------
    objects, identity
        The object.
    mask
        bool (height, width).

    Raises
    ------
    EditError
        If nothing of the object would be left, or nothing changes.
    """
    target = box_of(mask)
    box = objects.box(identity) if target is None else around(objects.box(identity), target)
    return within(objects, identity, box, mask[box])


def within(objects: Objects, identity: int, box: Box2D, mask: NDArray[np.bool_]) -> Edit:
    """Do as `reshape` does, with a mask of a box that holds the whole object."""
    before = objects.labels[box]
    own = before == identity
    becomes = mask & (own | (before == 0))
    if not becomes.any():
        raise EditError(f"Nothing of object {identity} would be left: delete it instead if it is false.")
    edit = Edit.between(box, before, np.where(becomes, identity, np.where(own, 0, before)))
    if not edit:
        raise EditError(f"Object {identity} stays as it is: there is nothing here to change.")
    return edit


def box_of(mask: NDArray[np.bool_]) -> Box2D | None:
    """The smallest box around a mask's pixels, if it has any."""
    rows = np.flatnonzero(mask.any(axis=1))
    if not len(rows):
        return None
    band = slice(int(rows[0]), int(rows[-1]) + 1)
    columns = np.flatnonzero(mask[band].any(axis=0))
    return band, slice(int(columns[0]), int(columns[-1]) + 1)


def around(one: Box2D, two: Box2D) -> Box2D:
    """The smallest box around two."""
    rows, columns = (slice(min(a.start, b.start), max(a.stop, b.stop)) for a, b in zip(one, two, strict=True))
    return rows, columns


def _become(objects: Objects, identity: int, value: int) -> Edit:
    box, mask = objects.mask(identity)
    before = objects.labels[box]
    return Edit.between(box, before, np.where(mask, value, before))
