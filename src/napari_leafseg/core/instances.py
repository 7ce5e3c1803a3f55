"""The answer: a label image and one table row per object, and the step that paints overlaps.

Knows nothing of methods, images or files.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import ndimage

from napari_leafseg.core.errors import ImageError

KEPT_SHARE = 0.5
"""A painted mask that keeps less than this share of its area after overlaps is dropped."""


@dataclass(frozen=True, eq=False)
class Instances:
    """Objects of one plane.

    Attributes
    ----------
    labels
        int32 (height, width): 0 is background, ids are 1..n without gaps.
    scores
        float32 (n,): confidence of id 1, 2, ..., 0 to 1.
    classes
        int (n,), or ``None`` for methods of one class.
    order
        int (n,): the step at which a recurrent method found it, or ``None``.
    class_names
        Name of class 0, 1, ...; empty where the classes have no names.
    """

    labels: NDArray[np.int32]
    scores: NDArray[np.float32]
    classes: NDArray[np.int64] | None = None
    order: NDArray[np.int64] | None = None
    class_names: tuple[str, ...] = ()

    @classmethod
    def none(cls, shape: tuple[int, int]) -> Instances:
        """No objects at all."""
        return cls(np.zeros(shape, np.int32), np.zeros(0, np.float32))

    @property
    def count(self) -> int:
        """Number of objects."""
        return len(self.scores)

    @property
    def named_classes(self) -> list[int] | list[str] | None:
        """Class of each object, by name where there is one; ``None`` for methods of one class."""
        if self.classes is None:
            return None
        numbers: list[int] = self.classes.tolist()
        return [self.class_names[number] for number in numbers] if self.class_names else numbers

    def table(self) -> pd.DataFrame:
        """Describe the objects, one row per id.

        Returns
        -------
        Columns ``id``, ``score``, ``class`` (its name if it has one) and ``order`` (both missing where
        the method has none), ``area`` (pixels), ``box`` (top, left, bottom, right; the last two excluded)
        and ``centroid`` (row, column), in pixels of the image.
        """
        boxes = [
            (rows.start, columns.start, rows.stop, columns.stop)
            for rows, columns in ndimage.find_objects(self.labels, max_label=self.count)
        ]
        missing = [None] * self.count
        return pd.DataFrame(
            {
                "id": np.arange(1, self.count + 1),
                "score": self.scores.astype(float),
                "class": missing if self.named_classes is None else self.named_classes,
                "order": missing if self.order is None else self.order,
                "area": np.bincount(self.labels.ravel(), minlength=self.count + 1)[1:],
                "box": boxes,
                "centroid": _centroids(self.labels, self.count),
            }
        )

    def select(self, keep: NDArray[np.bool_]) -> Instances:
        """Keep some objects and number them anew; ``keep`` is (n,) bool."""
        lookup = np.zeros(self.count + 1, np.int32)
        lookup[1:][keep] = np.arange(1, int(keep.sum()) + 1)
        return Instances(
            lookup[self.labels],
            self.scores[keep],
            None if self.classes is None else self.classes[keep],
            None if self.order is None else self.order[keep],
            self.class_names,
        )


def _centroids(labels: NDArray[np.int32], count: int) -> list[tuple[float, float]]:
    flat = labels.ravel()
    height, width = labels.shape
    rows = np.repeat(np.arange(height, dtype=np.float64), width)
    columns = np.tile(np.arange(width, dtype=np.float64), height)
    area = np.maximum(np.bincount(flat, minlength=count + 1), 1)
    middle = (np.bincount(flat, weights, minlength=count + 1) / area for weights in (rows, columns))
    return [(round(float(r), 2), round(float(c), 2)) for r, c in list(zip(*middle, strict=True))[1:]]


@dataclass(frozen=True)
class Mask:
    """One object's pixels before overlaps are resolved.

    Attributes
    ----------
    top, left
        Where the mask's first pixel lies in the image; may be negative.
    pixels
        bool (rows, columns).
    """

    top: int
    left: int
    pixels: NDArray[np.bool_]

    def placed(self, shape: tuple[int, int]) -> NDArray[np.bool_]:
        """Lay it into an empty image of a height and width; what lies outside is cut off."""
        result = np.zeros(shape, bool)
        rows, columns, inner = _clipped(self, shape)
        result[rows, columns] = inner
        return result


def paint(
    shape: tuple[int, int],
    masks: Iterable[Mask],
    scores: Sequence[float] | NDArray[np.float32],
    *,
    classes: NDArray[np.int64] | None = None,
    order: NDArray[np.int64] | None = None,
    min_area: int = 1,
) -> Instances:
    """Turn overlapping masks into a partition, the same way for every method.

    The best score lies on top (ties: the earlier mask). A mask that keeps less than
    `KEPT_SHARE` of its pixels, or fewer than ``min_area``, is dropped, and its pixels go to
    what lies beneath. The papers of these methods leave this step open.

    Parameters
    ----------
    shape
        Height and width of the image.
    masks
        In any order; parts outside the image are cut off.
    scores
        One per mask.
    classes, order
        One per mask, carried along.
    min_area
        In pixels of the image.
    """
    values = np.asarray(scores, np.float32)
    pieces = [_clipped(mask, shape) for mask in masks]
    if len(pieces) != len(values):
        raise ValueError(f"{len(pieces)} masks but {len(values)} scores")
    labels = np.zeros(shape, np.int32)
    kept: list[int] = []
    # Best first, each taking only free pixels: a dropped mask then never hides a weaker one.
    for index in np.argsort(-values, kind="stable"):
        rows, columns, pixels = pieces[index]
        window = labels[rows, columns]
        visible = pixels & (window == 0)
        area = int(visible.sum())
        if area < max(min_area, 1) or area < KEPT_SHARE * pixels.sum():
            continue
        kept.append(int(index))
        window[visible] = len(kept)
    return Instances(
        labels,
        values[kept],
        None if classes is None else np.asarray(classes)[kept],
        None if order is None else np.asarray(order)[kept],
    )


def _clipped(mask: Mask, shape: tuple[int, int]) -> tuple[slice, slice, NDArray[np.bool_]]:
    bottom, right = mask.top + mask.pixels.shape[0], mask.left + mask.pixels.shape[1]
    top, left = max(mask.top, 0), max(mask.left, 0)
    bottom, right = max(min(bottom, shape[0]), top), max(min(right, shape[1]), left)
    inner = mask.pixels[top - mask.top : bottom - mask.top, left - mask.left : right - mask.left]
    return slice(top, bottom), slice(left, right), inner


def relabel(labels: NDArray[np.integer]) -> NDArray[np.int32]:
    """Number the ids of any label image 1..n, in their old order; 0 stays 0."""
    if labels.dtype == np.bool_:
        labels = labels.view(np.uint8)  # as an index, bool would be a mask
    lowest, highest = int(labels.min(initial=0)), int(labels.max(initial=0))
    if lowest < 0:
        raise ImageError(f"A label image holds the negative id {lowest}: ids are 0 for background, then 1, 2, ...")
    # Looking up is ten times faster than sorting, but needs a table as long as the highest id.
    if highest > max(labels.size, 1 << 16):
        ids, inverse = np.unique(labels, return_inverse=True)
        return (inverse.reshape(labels.shape) + (0 if ids[0] == 0 else 1)).astype(np.int32)
    present = np.zeros(highest + 1, bool)
    present[labels] = True
    present[0] = False
    return np.cumsum(present, dtype=np.int32)[labels]
