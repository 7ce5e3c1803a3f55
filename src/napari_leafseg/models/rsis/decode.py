"""From the masks of all steps to objects: which steps to believe, where their masks end, what lies on top.

Pure: the same candidates and parameters always give the same answer.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.core.instances import Instances, Mask, paint
from napari_leafseg.core.memo import Memo
from napari_leafseg.core.prediction import Candidates
from napari_leafseg.models.rsis.params import Ending, RsisParams

STOP = "stop"
"""Name of the feature that holds how sure each step was that an object was left, float32 (n,)."""
STEPS = "steps"
"""Name of the feature that holds the step of each candidate, int64 (n,), from 0."""


def decode(piece: Candidates, params: RsisParams, memo: Memo) -> Instances:
    """Find the objects of one piece of an image.

    Parameters
    ----------
    piece
        All steps, best first, their masks over the whole frame.
    params
        Live parameters.
    memo
        Keeps the masks of the steps that are believed, cut at a threshold.
    """
    believed = _believed(piece, params)
    chosen = np.flatnonzero(believed)
    key = ("masks", params.mask, believed.tobytes())
    masks = memo.get(key, lambda: masks_of(piece, params.mask, chosen.tolist()))
    return paint(
        piece.geometry.image_shape,
        masks,
        piece.scores[chosen],
        classes=None if piece.classes is None else piece.classes[chosen],
        order=piece.features[STEPS][chosen] + 1,
        min_area=params.min_area,
    )


def _believed(piece: Candidates, params: RsisParams) -> NDArray[np.bool_]:
    """Which candidates to take: bool (n,)."""
    steps, sure = piece.features[STEPS], piece.features[STOP] > params.stop
    believed = sure & (steps < params.steps)
    if params.ending is Ending.FIRST:
        ends = steps[~sure].min(initial=len(steps))
        believed &= steps < ends
    return np.asarray(believed)


def masks_of(piece: Candidates, threshold: float, chosen: Sequence[int]) -> list[Mask]:
    """Cut the masks of some candidates, logits over the frame, at a probability, each inside its box only."""
    logit = float(np.log(threshold / (1 - threshold)))
    shape, scale = piece.geometry.image_shape, piece.geometry.scale
    strides = [padded / cells for padded, cells in zip(piece.geometry.padded_shape, piece.masks.shape[1:], strict=True)]
    rows, columns = (
        _Axis(shape[i], piece.masks.shape[i + 1], scale[i], strides[i], piece.boxes[:, [i, i + 2]]) for i in (0, 1)
    )
    return [_cut(piece.masks[index], logit, rows, columns, index) for index in chosen]


class _Axis:
    """How the pixels of the image lie between the cells of the masks, along one axis.

    All masks of a piece share it, so that each mask costs two look-ups; interpolating each in a
    box of its own would cost three times as much.
    """

    def __init__(self, pixels: int, cells: int, scale: float, stride: float, ends: NDArray[np.float32]) -> None:
        place = np.clip((np.arange(pixels) + 0.5) * (scale / stride) - 0.5, 0, cells - 1)
        self.low = np.minimum(place.astype(np.intp), max(cells - 2, 0))
        self.high = np.minimum(self.low + 1, cells - 1)
        self.part = (place - self.low).astype(np.float32)
        # Pixel i has its centre at i + 0.5.
        self.first, self.last = np.clip(np.ceil(ends / scale - 0.5), 0, pixels).astype(np.intp).T.tolist()


def _cut(mask: NDArray[np.floating], logit: float, rows: _Axis, columns: _Axis, index: int) -> Mask:
    (top, bottom), (left, right) = ((axis.first[index], axis.last[index]) for axis in (rows, columns))
    if bottom <= top or right <= left:
        return Mask(top, left, np.zeros((0, 0), bool))
    begin, end = columns.low[left], columns.high[right - 1] + 1
    across = mask[:, begin:end]
    above, below = (across[index[top:bottom]].astype(np.float32) for index in (rows.low, rows.high))
    lines = above + rows.part[top:bottom, np.newaxis] * (below - above)
    before, after = (lines[:, index[left:right] - begin] for index in (columns.low, columns.high))
    return Mask(top, left, before + columns.part[left:right] * (after - before) > logit)


def boxes_of(masks: NDArray[np.floating], stride: tuple[float, float], lowest: float) -> NDArray[np.float32]:
    """Boxes around what may lie above any threshold, and one cell more on each side.

    Parameters
    ----------
    masks
        (n, rows, columns).
    stride
        Network pixels per cell, along rows and columns.
    lowest
        Values above it count.

    Returns
    -------
    float32 (n, 4): top, left, bottom, right in network pixels; zeros where there is nothing.
    """
    above = np.greater(masks, lowest)
    ends = []
    for axis, step in zip((2, 1), stride, strict=True):
        some = above.any(axis=axis)
        length = some.shape[1]
        first, last = some.argmax(1), length - some[:, ::-1].argmax(1)
        empty = ~some.any(1)
        low, high = np.maximum(first - 1, 0) * step, np.minimum(last + 1, length) * step
        ends.append((np.where(empty, 0, low), np.where(empty, 0, high)))
    (top, bottom), (left, right) = ends
    return np.stack([top, left, bottom, right], axis=1).astype(np.float32)
