"""How large the objects of a label image are: the one measure that scales go by. Knows arrays only."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def main_diameter(labels: NDArray[Any]) -> float | None:
    """Measure the object in which the median pixel of all objects lies.

    Unlike the median over objects, it hardly changes when scraps come and go, and on a plant
    it is the size of the grown leaves, however many are just born.

    Parameters
    ----------
    labels
        Integers (height, width), 0 background; ids below 0 are not counted.

    Returns
    -------
    float or None
        Diameter of the disc of its area, in pixels; ``None`` without objects.
    """
    areas = np.bincount(np.maximum(labels, 0).ravel())[1:]
    areas = np.sort(areas[areas > 0])
    if not len(areas):
        return None
    middle = np.searchsorted(np.cumsum(areas), areas.sum() / 2)
    return float(2 * np.sqrt(areas[middle] / np.pi))


def diameters(labels: NDArray[Any], count: int) -> NDArray[np.float64]:
    """Measure the disc of each object's area.

    Parameters
    ----------
    labels
        Integers (height, width): 0 is background, ids up to ``count``.
    count
        Number of objects.

    Returns
    -------
    float (count,), in pixels; 0 for ids that no pixel has.
    """
    areas = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    return np.asarray(2 * np.sqrt(areas / np.pi))
