"""AP and average recall by COCO's rules, by COCO's own program.

Knows overlaps and scores; nothing of label images or files.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.analysis.overlaps import Overlaps

MOST = (10, 50, 100)
"""Objects of an image that count, the best scored: COCO takes 100; recall is also given for fewer."""
_AREAS = ("all", "small", "medium", "large")
_RECALL_THRESHOLDS = (0.50, 0.70, 0.85)


class CocoPrecision:
    """Collects the scored objects of many images, then says COCO's figures."""

    def __init__(self) -> None:
        self._true: list[dict[str, Any]] = []
        self._found: list[dict[str, Any]] = []
        self._iou: dict[int, NDArray[np.float64]] = {}

    def add(self, overlaps: Overlaps, scores: NDArray[np.float64]) -> None:
        """Take in one image; ``scores`` is one per predicted object."""
        image = len(self._iou) + 1
        best_first = np.argsort(-scores, kind="stable")
        self._iou[image] = overlaps.iou[best_first]
        for area in overlaps.true_area:
            self._true.append({"id": len(self._true) + 1, "image_id": image, "area": float(area), **_COMMON})
        for index in best_first:
            area, score = float(overlaps.predicted_area[index]), float(scores[index])
            self._found.append({"id": len(self._found) + 1, "image_id": image, "area": area, "score": score, **_COMMON})

    def precision(self) -> dict[str, float]:
        """AP over IoU 0.50 to 0.95, at 0.50, at 0.75, and of objects below 32², to 96² and above; all 0 to 1.

        Names without a true object of that size are left out.
        """
        judged = self._judged()
        values = judged.eval["precision"][:, :, 0, :, -1]  # thresholds, recalls, areas
        thresholds = judged.params.iouThrs
        every = range(len(thresholds))
        chosen: dict[str, tuple[Sequence[int], int]] = {
            "AP": (every, 0),
            "AP50": ([_place(thresholds, 0.5)], 0),
            "AP75": ([_place(thresholds, 0.75)], 0),
            "AP S": (every, 1),
            "AP M": (every, 2),
            "AP L": (every, 3),
        }
        means = {name: _mean(values[list(rows), :, area]) for name, (rows, area) in chosen.items()}
        return {name: value for name, value in means.items() if value is not None}

    def recall(self) -> dict[str, float]:
        """Recall at IoU 0.50, 0.70 and 0.85 when only the best N objects of an image count (RSIS, Table 4)."""
        judged = self._judged()
        values = judged.eval["recall"][:, 0, 0, :]  # thresholds, numbers of objects
        return {
            f"AR{round(100 * threshold)} N={count}": float(values[_place(judged.params.iouThrs, threshold), index])
            for threshold in _RECALL_THRESHOLDS
            for index, count in enumerate(MOST[:2])
        }

    def _judged(self) -> Any:
        # COCO's program speaks to standard output, which is not its own here.
        with contextlib.redirect_stdout(io.StringIO()):
            judged = _evaluation(self._iou, self._true, self._found)
            judged.params.maxDets = list(MOST)
            judged.evaluate()
            judged.accumulate()
        return judged


_COMMON = {"category_id": 1, "iscrowd": 0}


def _evaluation(iou: dict[int, NDArray[np.float64]], true: list[dict[str, Any]], found: list[dict[str, Any]]) -> Any:
    """Make COCO's evaluation with overlaps that are known already: no mask is encoded."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    class Known(COCOeval):
        def computeIoU(self, imgId: int, catId: int) -> NDArray[np.float64]:  # noqa: N802, N803
            return iou[imgId][: self.params.maxDets[-1]]

    def indexed(annotations: list[dict[str, Any]]) -> Any:
        made = COCO()
        made.dataset = {"images": [{"id": image} for image in iou], "annotations": annotations}
        made.dataset["categories"] = [{"id": 1}]
        made.createIndex()
        return made

    return Known(indexed(true), indexed(found), "bbox")


def _place(thresholds: NDArray[np.float64], value: float) -> int:
    return int(np.argmin(np.abs(thresholds - value)))


def _mean(values: NDArray[np.float64]) -> float | None:
    """Mean of what COCO's program could judge; it marks the rest by -1."""
    known = values[values > -1]
    return float(known.mean()) if known.size else None
