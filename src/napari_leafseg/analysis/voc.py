"""AP by the rules of VOC 2010: the area under the envelope of precision, no limit to the objects.

Knows overlaps and scores; nothing of label images or files.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.analysis.overlaps import Overlaps
from napari_leafseg.analysis.precision import THRESHOLDS


class VocPrecision:
    """Collects the scored objects of many images, then says VOC AP.

    Parameters
    ----------
    touching
        Whether an IoU of exactly the threshold is a hit: the published figures say so of
        boxes, not of masks.
    """

    def __init__(self, *, touching: bool) -> None:
        self._touching = touching
        self._true = 0
        self._images: list[tuple[NDArray[np.float64], NDArray[np.bool_]]] = []

    def add(self, overlaps: Overlaps, scores: NDArray[np.float64]) -> None:
        """Take in one image; ``scores`` is one per predicted object."""
        best_first = np.argsort(-scores, kind="stable")
        self._true += len(overlaps.true_area)
        self._images.append((scores[best_first], self._hits(overlaps.iou[best_first])))

    def precision(self) -> dict[str, float]:
        """AP, mean over IoU 0.50 to 0.95, and at 0.50 and 0.75; 0 to 1."""
        ranking = np.argsort(-np.concatenate([scores for scores, _ in self._images]), kind="stable")
        hits = np.concatenate([hit for _, hit in self._images], axis=1)[:, ranking]
        found = np.cumsum(hits, axis=1)
        precision = found / np.arange(1, len(ranking) + 1)
        envelope = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
        areas = np.sum(np.diff(found / self._true, prepend=0.0) * envelope, axis=1)
        return {
            "AP": float(np.mean(areas)),
            "AP50": float(areas[THRESHOLDS.index(0.5)]),
            "AP75": float(areas[THRESHOLDS.index(0.75)]),
        }

    def _hits(self, iou: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Let each object claim its best true one, first come first served: (thresholds, objects)."""
        hits = np.zeros((len(THRESHOLDS), len(iou)), bool)
        if not iou.size:
            return hits
        claims, values = iou.argmax(axis=1), iou.max(axis=1)
        for row, threshold in enumerate(THRESHOLDS):
            # Overlaps that should be 0.55 may be computed a hair off.
            enough = np.flatnonzero(values >= threshold - 1e-9 if self._touching else values > threshold + 1e-9)
            _, first = np.unique(claims[enough], return_index=True)
            hits[row, enough[first]] = True
        return hits
