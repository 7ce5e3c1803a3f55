"""Scores of one image after Scharr et al. 2016 (Leaf segmentation in plant phenotyping).

All stand on the Dice coefficient, with the background left out. Ids need not be consecutive:
objects are counted, not read off the largest id. Where nothing can be divided: an image
without objects scores 1 if none were found there, else 0; and 0 if all were missed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.analysis.contingency import Contingency, contingency

Mask = NDArray[np.bool_] | None


def best_dice(labels: NDArray[Any], others: NDArray[Any], ignore: Mask = None) -> float:
    """Mean over the objects of ``labels`` of their best Dice with any object of ``others``.

    Not symmetric: see `sbd`. Arguments and errors as in `contingency`.
    """
    return _best(contingency(labels, others, ignore))[0]


def sbd(prediction: NDArray[Any], truth: NDArray[Any], ignore: Mask = None) -> float:
    """Symmetric best Dice: the lower of `best_dice` both ways; 0 to 1."""
    return sbd_of(contingency(prediction, truth, ignore))


def fbd(prediction: NDArray[Any], truth: NDArray[Any], ignore: Mask = None) -> float:
    """Dice of foreground against foreground, objects not told apart; 0 to 1."""
    return fbd_of(contingency(prediction, truth, ignore))


def dic(prediction: NDArray[Any], truth: NDArray[Any], ignore: Mask = None) -> int:
    """Difference in count: objects found minus objects there."""
    return dic_of(contingency(prediction, truth, ignore))


def sbd_of(table: Contingency) -> float:
    """`sbd` of counted overlaps."""
    return min(_best(table))


def fbd_of(table: Contingency) -> float:
    """`fbd` of counted overlaps."""
    total = int(table.predicted_area.sum() + table.true_area.sum())
    return 2 * int(table.shared.sum()) / total if total else 1.0


def dic_of(table: Contingency) -> int:
    """`dic` of counted overlaps."""
    return len(table.predicted_area) - len(table.true_area)


def _best(table: Contingency) -> tuple[float, float]:
    """Best Dice from the prediction's side and from the truth's."""
    counts = len(table.predicted_area), len(table.true_area)
    if 0 in counts:
        score = float(counts == (0, 0))
        return score, score
    dice = table.dice
    means = []
    for count, objects in zip(counts, (table.predicted, table.true), strict=True):
        best = np.zeros(count)
        np.maximum.at(best, objects, dice)
        means.append(float(best.mean()))
    return means[0], means[1]
