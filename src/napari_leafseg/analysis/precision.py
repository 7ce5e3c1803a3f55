"""Average precision of label images: AP@t = TP / (TP + FP + FN), one-to-one, IoU > t.

No confidence enters, so this is neither the AP of COCO nor that of VOC; figures under those
names must not be compared with it. Knows counted overlaps only.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.analysis.contingency import Contingency

THRESHOLDS = tuple(percent / 100 for percent in range(50, 100, 5))
"""0.50, 0.55, ..., 0.95, over which mAP is the mean."""


def true_positives(table: Contingency, thresholds: Sequence[float] = THRESHOLDS) -> NDArray[np.int64]:
    """Count the matched objects at each threshold.

    Parameters
    ----------
    table
        Overlaps of one image.
    thresholds
        Each from 0.5 to 1; a pair matches when its IoU is *above* it.

    Returns
    -------
    int64, one per threshold.

    Raises
    ------
    ValueError
        If a threshold is below 0.5.
    """
    # Objects of one label image share no pixel. So two of them cannot both hold more than half of a
    # third one's union: above 0.5 every match is the only one, and nothing needs to be assigned.
    if min(thresholds) < 0.5:
        raise ValueError(f"thresholds must be at least 0.5, not {min(thresholds)}")
    iou = table.iou
    return np.array([np.count_nonzero(iou > threshold) for threshold in thresholds], np.int64)


def average_precision(matched: NDArray[np.int64], predicted: int, true: int) -> NDArray[np.float64]:
    """Compute AP from counts, which may be summed over images.

    Parameters
    ----------
    matched
        True positives, one per threshold.
    predicted, true
        How many objects were found, and how many there are.

    Returns
    -------
    float64, one per threshold; 1 where there is neither an object nor a finding.
    """
    # FP = predicted - TP and FN = true - TP.
    total = predicted + true - matched
    return np.where(total > 0, matched / np.maximum(total, 1), 1.0)
