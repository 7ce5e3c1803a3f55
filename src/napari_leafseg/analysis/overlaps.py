"""What a ranked score needs of one image: how its objects overlap, by their masks or their boxes.

Knows label images only; nothing of scores.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_leafseg.analysis.contingency import contingency
from napari_leafseg.core.instances import relabel


@dataclass(frozen=True, eq=False)
class Overlaps:
    """Predicted objects against true ones, each numbered 0..n-1 in the order of their ids.

    Attributes
    ----------
    iou
        float64 (predicted, true).
    predicted_area, true_area
        float64: pixels of each object, or of its box.
    """

    iou: NDArray[np.float64]
    predicted_area: NDArray[np.float64]
    true_area: NDArray[np.float64]


def of_masks(prediction: NDArray[np.integer], truth: NDArray[np.integer]) -> Overlaps:
    """Compare the pixels of two label images of one shape."""
    table = contingency(prediction, truth)
    iou = np.zeros((len(table.predicted_area), len(table.true_area)))
    iou[table.predicted, table.true] = table.iou
    return Overlaps(iou, table.predicted_area.astype(np.float64), table.true_area.astype(np.float64))


def of_boxes(prediction: NDArray[np.integer], truth: NDArray[np.integer]) -> Overlaps:
    """Compare the boxes around the objects of two label images of one shape."""
    one, two = _boxes(prediction), _boxes(truth)
    low = np.maximum(one[:, np.newaxis, :2], two[np.newaxis, :, :2])
    high = np.minimum(one[:, np.newaxis, 2:], two[np.newaxis, :, 2:])
    shared = np.maximum(high - low, 0).prod(axis=2)
    areas = [(box[:, 2:] - box[:, :2]).prod(axis=1) for box in (one, two)]
    return Overlaps(shared / (areas[0][:, np.newaxis] + areas[1] - shared), *areas)


def _boxes(labels: NDArray[np.integer]) -> NDArray[np.float64]:
    """Top, left, bottom, right of each object, the last two excluded: (n, 4)."""
    found = ndimage.find_objects(relabel(labels))
    return np.array([(r.start, c.start, r.stop, c.stop) for r, c in found], np.float64).reshape(-1, 4)
