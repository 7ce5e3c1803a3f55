"""Scores of many images: means of the per-image scores, AP from counts pooled over all.

Reads label images one pair at a time, so that any number of them can be scored.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.analysis.contingency import contingency
from napari_leafseg.analysis.dice import Mask, dic_of, fbd_of, sbd_of
from napari_leafseg.analysis.precision import THRESHOLDS, average_precision, true_positives
from napari_leafseg.core.errors import ImageError


@dataclass(frozen=True)
class Scores:
    """How well predicted label images meet the true ones.

    Attributes
    ----------
    sbd, fbd
        Means over the images, 0 to 1.
    dic, abs_dic
        Means over the images of the difference in count and of its absolute value.
    ap
        AP by IoU threshold (0.5, 0.55, ..., 0.95), from counts pooled over the images.
    images
        How many images.
    objects
        How many true objects in all.
    """

    sbd: float
    fbd: float
    dic: float
    abs_dic: float
    ap: dict[float, float]
    images: int
    objects: int

    @property
    def ap50(self) -> float:
        """AP at IoU above 0.5."""
        return self.ap[0.5]

    @property
    def ap75(self) -> float:
        """AP at IoU above 0.75."""
        return self.ap[0.75]

    @property
    def mean_ap(self) -> float:
        """Mean AP over the thresholds."""
        return float(np.mean(list(self.ap.values())))

    def as_dict(self) -> dict[str, float | int]:
        """Name the scores as they are published; every value goes into JSON."""
        return {
            "SBD": self.sbd,
            "FBD": self.fbd,
            "DiC": self.dic,
            "|DiC|": self.abs_dic,
            "AP50": self.ap50,
            "AP75": self.ap75,
            "mAP": self.mean_ap,
            "images": self.images,
            "objects": self.objects,
        }


@dataclass(frozen=True, eq=False)
class ImageScore:
    """What one image adds to the scores: a few numbers, so that they can be kept for any number of images.

    Attributes
    ----------
    sbd, fbd
        Of this image, 0 to 1.
    dic
        Objects found minus objects there.
    matched
        int64, one per threshold: true positives.
    predicted, true
        How many objects were found, and how many there are.
    """

    sbd: float
    fbd: float
    dic: int
    matched: NDArray[np.int64]
    predicted: int
    true: int


def evaluate_pairs(pairs: Iterable[tuple[NDArray[Any], NDArray[Any]]], ignore: Iterable[Mask] | None = None) -> Scores:
    """Score predicted label images against the true ones.

    Parameters
    ----------
    pairs
        Prediction and truth of each image: whole numbers, same shape, 0 background.
    ignore
        For each image a mask of pixels that do not count, or ``None``.

    Raises
    ------
    ImageError
        If there are no pairs, or two label images cannot be compared.
    """
    masks = repeat(None) if ignore is None else ignore
    return pooled(
        [
            score_image(prediction, truth, mask)
            for (prediction, truth), mask in zip(pairs, masks, strict=ignore is not None)
        ]
    )


def score_image(prediction: NDArray[Any], truth: NDArray[Any], ignore: Mask = None) -> ImageScore:
    """Score one predicted label image. Arguments and errors as in `contingency.contingency`."""
    table = contingency(prediction, truth, ignore)
    return ImageScore(
        sbd=sbd_of(table),
        fbd=fbd_of(table),
        dic=dic_of(table),
        matched=true_positives(table),
        predicted=len(table.predicted_area),
        true=len(table.true_area),
    )


def pooled(images: Sequence[ImageScore]) -> Scores:
    """Put the scores of several images together.

    Raises
    ------
    ImageError
        If there are none.
    """
    if not images:
        raise ImageError("There is nothing to score: no predicted label image has a true one of the same name.")
    matched = np.sum([image.matched for image in images], axis=0)
    true = sum(image.true for image in images)
    precision = average_precision(matched, sum(image.predicted for image in images), true)
    return Scores(
        sbd=float(np.mean([image.sbd for image in images])),
        fbd=float(np.mean([image.fbd for image in images])),
        dic=float(np.mean([image.dic for image in images])),
        abs_dic=float(np.mean([abs(image.dic) for image in images])),
        ap={threshold: float(value) for threshold, value in zip(THRESHOLDS, precision, strict=True)},
        images=len(images),
        objects=true,
    )
