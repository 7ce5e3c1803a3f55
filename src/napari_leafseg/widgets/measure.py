"""The typical size of the objects in a label image. Pure."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.core.errors import ImageError


def typical_diameter(labels: NDArray[Any]) -> float:
    """Return the median diameter, in pixels, of circles as large as the objects.

    Raises
    ------
    ImageError
        If there is no object.
    """
    area = np.bincount(np.asarray(labels).ravel())[1:]
    area = area[area > 0]
    if area.size == 0:
        raise ImageError("There are no labels to measure: run once, or draw around one object, then measure.")
    return round(float(np.median(2 * np.sqrt(area / np.pi))), 1)
