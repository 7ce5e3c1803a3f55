"""Which objects of a first look are to be believed: those that lie together and have good scores.

Knows label images and scores; nothing of scales, methods and networks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.sparse.csgraph import connected_components

from napari_leafseg.core.instances import Instances
from napari_leafseg.core.sizes import main_diameter

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
    rows, columns
        First and one after the last pixel of all groups that are taken to be there.
    plants
        How many of these groups have more than one object.
    sureness
        Of the surest group: the sum of the cubes of its scores, so that a leaf counts more than many a patch.
    """

    diameter: float
    rows: tuple[int, int]
    columns: tuple[int, int]
    plants: int
    sureness: float


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
    rows, columns = ndimage.find_objects((sure.select(share >= _THERE).labels > 0).astype(np.uint8))[0]
    plants = int(((np.bincount(group) > 1) & (sureness >= _THERE * sureness.max())).sum())
    span = (rows.start, rows.stop), (columns.start, columns.stop)
    return Surest(diameter, *span, plants, float(sureness.max()))


def _groups(labels: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    """Number the groups of objects no farther from each other than they are large; one entry per object."""
    ids = np.arange(1, count + 1)
    diameter = 2 * np.sqrt(np.bincount(labels.ravel(), minlength=count + 1)[1:] / np.pi)
    centre = np.array(ndimage.center_of_mass(labels > 0, labels, ids))
    apart = np.linalg.norm(centre[:, np.newaxis] - centre[np.newaxis], axis=2)
    one, two = diameter[:, np.newaxis], diameter[np.newaxis]
    together = (apart < one + two) & (np.maximum(one, two) < _LIKE * np.minimum(one, two))
    return connected_components(together)[1].astype(np.int64)
