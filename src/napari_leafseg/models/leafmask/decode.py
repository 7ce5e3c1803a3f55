"""From candidates to objects: threshold, NMS, point refinement, pasting, painting.

Pure: the same candidates and parameters always give the same answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torchvision.ops import nms

from napari_leafseg.core.instances import Instances, Mask, paint
from napari_leafseg.core.memo import Memo
from napari_leafseg.core.paste import paste
from napari_leafseg.core.prediction import Candidates
from napari_leafseg.models.leafmask.candidates import swapped
from napari_leafseg.models.leafmask.params import LeafMaskParams
from napari_leafseg.models.leafmask.refine import Layers, refined

_TOGETHER = 4_000_000
"""Most mask values refined at once; bounds the memory."""


@dataclass(frozen=True)
class MaskGroup:
    """Masks of one resolution.

    Attributes
    ----------
    index
        (m,) of the candidates.
    values
        float32 (m, side, side), probabilities.
    """

    index: NDArray[np.intp]
    values: NDArray[np.float32]


def decode(piece: Candidates, layers: Layers, params: LeafMaskParams, memo: Memo) -> Instances:
    """Find the objects among the candidates.

    Parameters
    ----------
    piece
        From the network.
    layers
        Of the point predictor, on the CPU (`PointHead.kept`).
    params
        Live parameters.
    memo
        Keeps the choice of candidates and their refined masks.
    """
    chosen = (params.score, params.nms_iou)
    kept = memo.get(("kept", *chosen), lambda: select(piece, *chosen))
    finish = (params.steps, params.points)
    groups = memo.get(("masks", *chosen, *finish), lambda: mask_groups(piece, kept, layers, *finish))
    masks = pasted(piece, groups, params.mask)
    shape = piece.geometry.image_shape
    return paint(shape, [masks[i] for i in kept], piece.scores[kept], min_area=params.min_area)


def select(piece: Candidates, score: float, iou: float) -> NDArray[np.intp]:
    """Indices of the candidates above a score that no better box overlaps too much, best first."""
    count = int((piece.scores >= score).sum())
    boxes = torch.from_numpy(np.array(piece.boxes[:count], np.float32))
    return nms(boxes, torch.from_numpy(np.array(piece.scores[:count])), iou).numpy()


def mask_groups(piece: Candidates, kept: NDArray[np.intp], layers: Layers, steps: int, points: int) -> list[MaskGroup]:
    """Refine the masks of chosen candidates, those of like resolution together."""
    needed = np.minimum(steps, steps_needed(piece)[kept])
    groups = []
    for number in np.unique(needed):
        alike = kept[needed == number]
        side = piece.masks.shape[-1] * 2**number
        most = max(1, _TOGETHER // side**2)
        groups += [
            MaskGroup(part, _probabilities(piece, part, layers, int(number), points))
            for part in np.split(alike, range(most, len(alike), most))
        ]
    return groups


def steps_needed(piece: Candidates) -> NDArray[np.int64]:
    """Doublings until each candidate's mask is at least as fine as its box in the image: (n,)."""
    sides = (piece.boxes[:, 2:] - piece.boxes[:, :2]) / np.asarray(piece.geometry.scale, np.float32)
    longest = np.maximum(sides.max(axis=1, initial=1), 1)
    return np.maximum(np.ceil(np.log2(longest / piece.masks.shape[-1])), 0).astype(np.int64)


def _probabilities(
    piece: Candidates, index: NDArray[np.intp], layers: Layers, steps: int, points: int
) -> NDArray[np.float32]:
    with torch.inference_mode():
        logits = torch.from_numpy(piece.masks[index].astype(np.float32))
        if steps:
            # Boxes and features both lie in the network's frame with its padding.
            height, width = piece.geometry.padded_shape
            boxes = swapped(piece.boxes[index]) / np.array([width, height, width, height], np.float32)
            features = torch.from_numpy(piece.features["points"].astype(np.float32))
            logits = refined(logits, torch.from_numpy(boxes), features, layers, steps, points)
        return logits.sigmoid().numpy()


def pasted(piece: Candidates, groups: list[MaskGroup], threshold: float) -> dict[int, Mask]:
    """Bring masks to the image's pixels: by candidate."""
    result: dict[int, Mask] = {}
    for group in groups:
        masks = paste(group.values, piece.boxes[group.index], piece.geometry, threshold)
        result.update(zip(group.index.tolist(), masks, strict=True))
    return result
