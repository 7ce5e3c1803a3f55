"""Which objects of a first look are to be believed: those that lie together and have good scores.

Knows label images and scores; nothing of scales, methods and networks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.sparse.csgraph import connected_components

from napari_leafseg.core.instances import Instances
from napari_leafseg.core.sizes import diameters, main_diameter
from napari_leafseg.core.tiles import Window

_SCORE = 0.6
"""Objects with less than this share of the best score are not believed."""
_LIKE = 4.0
"""Neighbours differ in diameter by less than this factor."""
_MEASURED, _THERE = 0.6, 0.2
"""Groups with these shares of the sureness of the surest are measured, and are taken to be there: a small plant
beside a large one is not measured but not left out either."""


@dataclass(frozen=True)
class Surest:
    """The surest objects of a look.

    Attributes
    ----------
    diameter
        Of the main ones (`core.sizes.main_diameter`) in the surest groups, in pixels of the image.
    places
        Rectangles of the groups that are taken to be there.
    plants
        How many of these groups have more than one object.
    sureness
        Of the surest group: the sum of the cubes of its scores, so that a leaf counts more than many a patch.
    """

    diameter: float
    places: tuple[Window, ...]
    plants: int
    sureness: float

    def enlarged(self, step: int) -> Surest:
        """Return the same objects in an image ``step`` times as large."""
        places = tuple(Window(*(step * number for number in (p.top, p.left, p.height, p.width))) for p in self.places)
        return replace(self, diameter=step * self.diameter, places=places)


def surest(found: Instances) -> Surest | None:
    """Measure the group with the best scores and those nearly as sure, and say where all plausible ones lie.

    Returns
    -------
    ``None`` where nothing was found.
    """
    if not found.count:
        return None
    sure = found.select(found.scores >= _SCORE * found.scores.max())
    group = _groups(sure.labels, sure.count)
    # Cubes: one leaf counts more than many a patch. Never 0, so that shares are numbers.
    sureness = np.bincount(group, sure.scores.astype(float) ** 3 + 1e-9)
    share = (sureness / sureness.max())[group]
    diameter = main_diameter(sure.select(share >= _MEASURED).labels)
    if diameter is None:
        return None
    there = sureness >= _THERE * sureness.max()
    plants = int(((np.bincount(group) > 1) & there).sum())
    return Surest(diameter, _places(sure.labels, group, there), plants, float(sureness.max()))


def _places(labels: NDArray[np.int32], group: NDArray[np.int64], there: NDArray[np.bool_]) -> tuple[Window, ...]:
    """The rectangle of each group that is there; background is in none."""
    number = np.concatenate([[0], np.where(there[group], group + 1, 0)])
    found = ndimage.find_objects(number[labels])
    return tuple(
        Window(rows.start, columns.start, rows.stop - rows.start, columns.stop - columns.start)
        for rows, columns in filter(None, found)
    )


def _groups(labels: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    """Number the groups of objects no farther from each other than they are large; one entry per object."""
    ids = np.arange(1, count + 1)
    diameter = diameters(labels, count)
    centre = np.array(ndimage.center_of_mass(labels > 0, labels, ids))
    apart = np.linalg.norm(centre[:, np.newaxis] - centre[np.newaxis], axis=2)
    one, two = diameter[:, np.newaxis], diameter[np.newaxis]
    together = (apart < one + two) & (np.maximum(one, two) < _LIKE * np.minimum(one, two))
    return connected_components(together)[1].astype(np.int64)
