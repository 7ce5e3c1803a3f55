"""How the objects of two label images overlap: one sparse table, from which every score is read.

Knows label images only; nothing of scores, files or methods.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.core.errors import ImageError


@dataclass(frozen=True, eq=False)
class Contingency:
    """The overlaps of a predicted and a true label image, background left out.

    Objects are numbered 0..n-1 in the order of their ids, which need not be consecutive.

    Attributes
    ----------
    predicted_area, true_area
        int64 (n,) and (m,): pixels of each object.
    predicted, true, shared
        int64, one entry per pair that shares at least a pixel: the two objects' numbers
        and how many pixels they share.
    """

    predicted_area: NDArray[np.int64]
    true_area: NDArray[np.int64]
    predicted: NDArray[np.int64]
    true: NDArray[np.int64]
    shared: NDArray[np.int64]

    @property
    def dice(self) -> NDArray[np.float64]:
        """Dice coefficient of each pair that shares a pixel."""
        return 2 * self.shared / (self.predicted_area[self.predicted] + self.true_area[self.true])

    @property
    def iou(self) -> NDArray[np.float64]:
        """Intersection over union of each pair that shares a pixel."""
        return self.shared / (self.predicted_area[self.predicted] + self.true_area[self.true] - self.shared)


def contingency(prediction: NDArray[Any], truth: NDArray[Any], ignore: NDArray[np.bool_] | None = None) -> Contingency:
    """Count how the objects of two label images overlap.

    Parameters
    ----------
    prediction, truth
        Whole numbers, of the same shape; 0 is background, ids need not be consecutive.
    ignore
        bool, of the same shape; pixels under it are taken out of both, so that an object
        wholly under it does not count at all.

    Raises
    ------
    ImageError
        If the shapes differ, or an array holds no whole numbers or negative ones.
    """
    _check_same_size(prediction, truth, ignore)
    if ignore is not None:
        prediction, truth = prediction[~ignore], truth[~ignore]
    (one, predicted_area), (two, true_area) = _numbered(prediction), _numbered(truth)
    both = (one > 0) & (two > 0)
    pairs, shared = np.unique((one[both] - 1) * max(len(true_area), 1) + (two[both] - 1), return_counts=True)
    predicted, true = np.divmod(pairs, max(len(true_area), 1))
    return Contingency(predicted_area, true_area, predicted, true, shared.astype(np.int64))


def _check_same_size(prediction: NDArray[Any], truth: NDArray[Any], ignore: NDArray[np.bool_] | None) -> None:
    for what, other in (("true labels", truth), ("ignore mask", ignore)):
        if other is not None and other.shape != prediction.shape:
            raise ImageError(
                f"The predicted labels are {_by(prediction.shape)} pixels but the {what} {_by(other.shape)}: "
                "only images of the same size can be compared."
            )


def _by(shape: tuple[int, ...]) -> str:
    return " x ".join(str(side) for side in shape)


def _numbered(labels: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number the ids 1..n in one flat array, and count the pixels of each."""
    if not (np.issubdtype(labels.dtype, np.integer) or labels.dtype == np.bool_):
        raise ImageError(f"A label image holds {labels.dtype} values: labels are whole numbers, one per object.")
    flat = labels.ravel()
    if flat.min(initial=0) < 0:
        raise ImageError(f"A label image holds the negative id {flat.min()}: ids are 0 for background, then 1, 2, ...")
    # Looking up is ten times faster than sorting, but needs a table as long as the highest id.
    if flat.max(initial=0) > max(flat.size, 1 << 16):
        flat = np.unique(flat, return_inverse=True)[1] + (0 if (flat == 0).any() else 1)
    flat = flat.astype(np.int64, copy=False)
    area = np.bincount(flat)
    area[:1] = 0
    present = area > 0
    return np.cumsum(present)[flat] * (flat > 0), area[present]
