"""AP of scored objects, by the rules of COCO and of VOC 2010, for comparing with figures so named.

Both rank the objects of all images by score, which `precision` does not: the three are
different numbers. Knows label images and scores only.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.analysis.contingency import Contingency
from napari_leafseg.analysis.precision import THRESHOLDS

COCO_OBJECTS = 100
"""COCO counts this many objects of an image, the best scored."""
_RECALLS = np.linspace(0, 1, 101)


class RankedPrecision:
    """Collects the scored objects of many images, then says COCO AP and VOC AP."""

    def __init__(self) -> None:
        self._true = 0
        self._coco: list[tuple[NDArray[np.float64], NDArray[np.bool_]]] = []
        self._voc: list[tuple[NDArray[np.float64], NDArray[np.bool_]]] = []

    def add(self, table: Contingency, scores: Sequence[float] | NDArray[np.float64]) -> None:
        """Take in one image.

        Parameters
        ----------
        table
            Its overlaps.
        scores
            Of its predicted objects, in the order of their ids.

        Raises
        ------
        ValueError
            If there is not one score per predicted object.
        """
        values = np.asarray(scores, np.float64)
        if len(values) != len(table.predicted_area):
            raise ValueError(f"{len(table.predicted_area)} objects but {len(values)} scores")
        best_first = np.argsort(-values, kind="stable")
        counted = best_first[:COCO_OBJECTS]
        self._true += len(table.true_area)
        self._coco.append((values[counted], _coco_hits(table, counted)))
        self._voc.append((values[best_first], _voc_hits(table, best_first)))

    def as_dict(self) -> dict[str, float]:
        """Name the figures as they are published; empty if there is no true object."""
        if self._true == 0:
            return {}
        coco = [_interpolated(*curve) for curve in self._curves(self._coco)]
        voc = [_area(*curve) for curve in self._curves(self._voc)]
        return {
            "COCO AP": float(np.mean(coco)),
            "COCO AP50": coco[THRESHOLDS.index(0.5)],
            "COCO AP75": coco[THRESHOLDS.index(0.75)],
            "VOC AP": float(np.mean(voc)),
            "VOC AP50": voc[THRESHOLDS.index(0.5)],
        }

    def _curves(
        self, images: list[tuple[NDArray[np.float64], NDArray[np.bool_]]]
    ) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """Recall and the envelope of precision along the ranking, for each threshold."""
        ranking = np.argsort(-np.concatenate([scores for scores, _ in images]), kind="stable")
        hits = np.concatenate([hit for _, hit in images], axis=1)[:, ranking]
        found = np.cumsum(hits, axis=1)
        precision = found / np.arange(1, len(ranking) + 1)
        envelope = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
        return list(zip(found / self._true, envelope, strict=True))


def _coco_hits(table: Contingency, ranked: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Let each object take the best true one that is still free; IoU at least the threshold."""
    overlaps = _overlaps(table)
    hits = np.zeros((len(THRESHOLDS), len(ranked)), bool)
    for row, threshold in enumerate(THRESHOLDS):
        taken: set[int] = set()
        for place, number in enumerate(ranked):
            free = [
                (iou, true) for iou, true in overlaps.get(int(number), ()) if iou >= threshold and true not in taken
            ]
            if free:
                taken.add(max(free)[1])
                hits[row, place] = True
    return hits


def _voc_hits(table: Contingency, ranked: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Let each object claim its best true one, first come first served; IoU above the threshold."""
    overlaps = _overlaps(table)
    claims = [max(overlaps.get(int(number), [(0.0, -1)])) for number in ranked]
    hits = np.zeros((len(THRESHOLDS), len(ranked)), bool)
    for row, threshold in enumerate(THRESHOLDS):
        taken: set[int] = set()
        for place, (iou, true) in enumerate(claims):
            if iou > threshold and true not in taken:
                taken.add(true)
                hits[row, place] = True
    return hits


def _overlaps(table: Contingency) -> dict[int, list[tuple[float, int]]]:
    found: dict[int, list[tuple[float, int]]] = {}
    for number, true, iou in zip(table.predicted.tolist(), table.true.tolist(), table.iou.tolist(), strict=True):
        found.setdefault(number, []).append((iou, true))
    return found


def _interpolated(recall: NDArray[np.float64], envelope: NDArray[np.float64]) -> float:
    """Mean precision at 101 recalls; 0 at those never reached."""
    places = np.searchsorted(recall, _RECALLS, side="left")
    return float(np.append(envelope, 0.0)[places].mean())


def _area(recall: NDArray[np.float64], envelope: NDArray[np.float64]) -> float:
    """Area under the envelope."""
    return float(np.sum(np.diff(recall, prepend=0.0) * envelope))
