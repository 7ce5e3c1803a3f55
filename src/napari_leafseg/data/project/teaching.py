"""What of a project's image may be learned from, and where nothing is to be learned.

The rule stands in ``docs/project.md``. Knows arrays and what was checked; no file.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_leafseg.data.project.sidecar import Sidecar, Status

BAND = 0.25
"""Width of the background that is believed around checked objects, in typical diameters of theirs."""
LEAST_BAND = 3
"""The same in pixels, at least."""


def teaches(sidecar: Sidecar) -> bool:
    """Whether an image whose labels the project holds teaches anything."""
    return sidecar.status is Status.CORRECTED or bool(sidecar.checked)


def not_learned(labels: NDArray[Any], region: NDArray[np.bool_] | None, sidecar: Sidecar) -> NDArray[np.bool_] | None:
    """Mark where nothing is learned: the person's region, and what nobody has looked at.

    In a corrected image only the region. In any other image the checked objects are learned, and a band of
    background around them: their outline was looked at, so what lies right outside is not theirs. All other objects
    may be wrong, and farther background may hide objects that nobody found.

    Parameters
    ----------
    labels
        Integers, (height, width) or (*leading, height, width).
    region
        bool, same shape: marked by the person; ``None`` for nowhere.
    sidecar
        Status and checked objects.

    Returns
    -------
    bool, same shape; ``None`` for nowhere.
    """
    if sidecar.status is Status.CORRECTED:
        return region
    unknown = ~_known(labels, sidecar.checked)
    return unknown if region is None else unknown | region


def _known(labels: NDArray[Any], checked: Collection[int]) -> NDArray[np.bool_]:
    right: NDArray[np.bool_] = np.isin(labels, np.asarray(sorted(checked), labels.dtype), kind="table")
    near = right
    for axis in (-1, -2):
        near = ndimage.maximum_filter1d(near, 2 * _band(labels, right) + 1, axis=axis)
    return right | (near & (labels == 0))


def _band(labels: NDArray[Any], right: NDArray[np.bool_]) -> int:
    areas = np.unique(labels[right], return_counts=True)[1]
    diameter = float(np.median(2 * np.sqrt(areas / np.pi))) if len(areas) else 0.0
    return max(LEAST_BAND, round(BAND * diameter))
