"""Actions on all objects of a plane: number them anew, remove small ones, take other labels instead.

Operations: pure, see `editing`.
"""

from __future__ import annotations

import numpy as np

from napari_leafseg.core.errors import EditError
from napari_leafseg.editing.edit import Edit, Labels, Replacement
from napari_leafseg.editing.objects import Objects
from napari_leafseg.editing.place import delete


def relabel(objects: Objects) -> Replacement:
    """Number the objects 1..n without gaps, in the order of their ids.

    Raises
    ------
    EditError
        If they are numbered so already.
    """
    ids = objects.ids
    if ids == list(range(1, len(ids) + 1)):
        raise EditError("The objects are numbered without gaps already.")
    after = _numbered(objects.labels, ids)
    return Replacement.between(objects.labels, after, {new: old for new, old in enumerate(ids, 1) if new != old})


def remove_small(objects: Objects, least: int) -> Edit:
    """Delete the objects that have fewer pixels than asked for.

    Raises
    ------
    EditError
        If there are none.
    """
    small = [identity for identity, area in objects.areas.items() if area < least]
    if not small:
        raise EditError(f"No object is smaller than {least} pixels.")
    return delete(objects, small)


def replace_all(before: Labels, after: Labels) -> Replacement:
    """Take other labels instead, for example an accepted preview; all objects count as new ones.

    Parameters
    ----------
    before, after
        Of the same shape: a plane, or a whole stack. Data types may differ.

    Raises
    ------
    EditError
        If the shapes differ.
    """
    if before.shape != after.shape:
        new, old = (" x ".join(map(str, labels.shape)) for labels in (after, before))
        raise EditError(f"The new labels have {new} pixels but the image has {old}: they belong to another image.")
    return Replacement.between(before, after, None)


def _numbered(labels: Labels, ids: list[int]) -> Labels:
    # Looking up is four times faster than searching, but needs a table as long as the highest id.
    if ids[-1] > labels.size:
        return np.searchsorted(np.array([0, *ids]), labels).astype(labels.dtype)
    table = np.zeros(ids[-1] + 1, labels.dtype)
    table[ids] = np.arange(1, len(ids) + 1)
    return table[labels]
