"""Figures of scored objects, under the names of the papers that publish them: COCO's and VOC's.

Both rank the objects of all images by score, which `precision` does not: the three are
different numbers. Knows label images and scores only.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.analysis.coco import CocoPrecision
from napari_leafseg.analysis.overlaps import of_boxes, of_masks
from napari_leafseg.analysis.voc import VocPrecision


class RankedPrecision:
    """Collects the scored objects of many images, then says AP and recall of masks and of boxes."""

    def __init__(self) -> None:
        self._true = 0
        self._coco = {"": CocoPrecision(), "box ": CocoPrecision()}
        self._voc = {"": VocPrecision(touching=False), "box ": VocPrecision(touching=True)}

    def add(
        self,
        prediction: NDArray[np.integer],
        truth: NDArray[np.integer],
        scores: Sequence[float] | NDArray[np.float64],
    ) -> None:
        """Take in one image.

        Parameters
        ----------
        prediction, truth
            Label images of one shape, 0 background.
        scores
            Of its predicted objects, in the order of their ids.

        Raises
        ------
        ValueError
            If there is not one score per predicted object.
        """
        values = np.asarray(scores, np.float64)
        for kind, overlaps in (("", of_masks(prediction, truth)), ("box ", of_boxes(prediction, truth))):
            if len(values) != len(overlaps.predicted_area):
                raise ValueError(f"{len(overlaps.predicted_area)} objects but {len(values)} scores")
            self._coco[kind].add(overlaps, values)
            self._voc[kind].add(overlaps, values)
        self._true += len(overlaps.true_area)

    def as_dict(self) -> dict[str, float]:
        """Name the figures as they are published; empty if there is no true object."""
        if self._true == 0:
            return {}
        figures = {
            f"{judge} {kind}{name}": value
            for judge, collected in (("COCO", self._coco), ("VOC", self._voc))
            for kind, one in collected.items()
            for name, value in one.precision().items()
        }
        return figures | self._coco[""].recall()
