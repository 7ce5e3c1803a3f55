"""Changing the outline of one object: grow, shrink, fill holes, smooth.

Operations: pure, see `editing`. They gain background only, so that neighbours stay as they are; the
image's border is no border of the object.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_leafseg.core.errors import EditError
from napari_leafseg.editing.edit import Edit
from napari_leafseg.editing.objects import Objects
from napari_leafseg.editing.place import within

_EIGHT = np.ones((3, 3), bool)


def grow(objects: Objects, identity: int, pixels: float = 1) -> Edit:
    """Add the background within some pixels of an object; it never jumps across a neighbour.

    Raises
    ------
    EditError
        If neighbours leave it no room.
    """
    box = objects.around([identity], int(np.ceil(pixels)))
    labels = objects.labels[box]
    own = labels == identity
    near = own | ((labels == 0) & (ndimage.distance_transform_edt(~own) <= pixels))
    pieces, _ = ndimage.label(near, _EIGHT)
    return within(objects, identity, box, near & np.isin(pieces, np.unique(pieces[own])))


def shrink(objects: Objects, identity: int, pixels: float = 1) -> Edit:
    """Take away what lies within some pixels of the object's border.

    Raises
    ------
    EditError
        If nothing would be left.
    """
    box = objects.around([identity], 1)
    own = objects.labels[box] == identity
    if own.all():
        raise EditError(f"Object {identity} fills the whole image: there is no border to move.")
    # Beyond the image's border nothing is known: it is taken to go on.
    depth = ndimage.distance_transform_edt(np.pad(own, 1, mode="edge"))[1:-1, 1:-1]
    if not (depth > pixels).any():
        width = 2 * int(depth.max())
        raise EditError(f"Nothing of object {identity} would be left: it is at most {width} pixels wide.")
    return within(objects, identity, box, depth > pixels)


def fill_holes(objects: Objects, identity: int) -> Edit:
    """Add the background that an object encloses; other objects in its holes stay.

    Raises
    ------
    EditError
        If it has no holes.
    """
    box, own = objects.mask(identity)
    # Together with what lies in its holes: a hole that holds another object is still a hole.
    holes = ndimage.binary_fill_holes(own) & (objects.labels[box] == 0)
    if not holes.any():
        raise EditError(f"Object {identity} has no holes.")
    return within(objects, identity, box, own | holes)


def smooth(objects: Objects, identity: int, pixels: float = 2) -> Edit:
    """Round off what is finer than some pixels; a border shared with a neighbour stays.

    The mask is blurred by a Gaussian of that deviation and cut at one half.

    Raises
    ------
    EditError
        If it is smooth already, or so thin that nothing would be left.
    """
    box = objects.around([identity], int(np.ceil(3 * pixels)))
    labels = objects.labels[box]
    own = labels == identity
    # Neighbours count as inside, or the border to them would open up.
    solid = ndimage.gaussian_filter((labels != 0).astype(np.float32), pixels, mode="nearest") > 0.5
    alone = ndimage.gaussian_filter(own.astype(np.float32), pixels, mode="nearest") > 0.5
    return within(objects, identity, box, _smoothed(own, alone, solid))


def _smoothed(own: NDArray[np.bool_], alone: NDArray[np.bool_], solid: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """What stays is own and solid; what comes is alone's, for a gap between two objects is nobody's."""
    return (own & solid) | alone
