"""Boxes as the heads code them: heatmap radius, sizes, and finding boxes in what the heads say.

Knows the codes only; nothing of networks or masks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import max_pool2d

from napari_leafseg.models.object_guided.network import Detection

MOST = 1000
"""Most candidates of one image or tile."""
UNIT = 16.0
"""Network pixels whose logarithmic code is 0."""
_OVERLAP = 0.7
_MOST_LOG = 4.0

SizeCode = Literal["linear", "log"]


def radius(height: float, width: float) -> int:
    """Radius of the Gaussian around a centre, in the same cells as height and width.

    The smallest of CornerNet's three roots for an overlap of 0.7, in the form that the published code and CenterNet
    use: about 0.273 of a square's side, more than a true overlap of 0.7 would give.
    """
    area, around = height * width, height + width
    roots = (
        _root(1.0, around, area * (1 - _OVERLAP) / (1 + _OVERLAP)),
        _root(4.0, 2 * around, area * (1 - _OVERLAP)),
        _root(4 * _OVERLAP, -2 * _OVERLAP * around, area * (_OVERLAP - 1)),
    )
    return max(0, int(min(roots)))


def _root(a: float, b: float, c: float) -> float:
    return (b + math.sqrt(max(b * b - 4 * a * c, 0.0))) / 2


def encode_size(extent: Tensor, code: SizeCode, stride: int) -> Tensor:
    """Height and width in network pixels as the head says them."""
    return extent / stride if code == "linear" else torch.log(extent / UNIT)


def decode_size(values: Tensor, code: SizeCode, stride: int) -> Tensor:
    """Undo `encode_size`; never negative, never more than a network could mean."""
    if code == "linear":
        return values.clamp_min(0) * stride
    return UNIT * torch.exp(values.clamp(-_MOST_LOG, _MOST_LOG))


@dataclass
class Found:
    """Boxes of one image, surest first.

    Attributes
    ----------
    scores
        (n,) confidence of the centre.
    boxes
        (n, 4): top, left, bottom, right in network pixels.
    """

    scores: Tensor
    boxes: Tensor


def find(said: Detection, shape: tuple[int, int], stride: int, code: SizeCode, least: float) -> Found:
    """Find the boxes of one image (section II-A.4 of the paper).

    Parameters
    ----------
    said
        Of a batch of one.
    shape
        Height and width of the image without padding, in network pixels: no centre lies beyond.
    stride, code
        Of the heatmap.
    least
        Confidence below which nothing is found.

    Returns
    -------
    At most `MOST`: local maxima of the heatmap in 3 x 3 cells.
    """
    height, width = (-(-side // stride) for side in shape)
    heat = said.heat[0, :height, :width].sigmoid()
    peak = (heat == max_pool2d(heat[None], 3, 1, 1)[0]) & (heat > least)
    rows, columns = torch.nonzero(peak, as_tuple=True)
    scores, order = torch.sort(heat[rows, columns], descending=True, stable=True)
    order, scores = order[:MOST], scores[:MOST]
    rows, columns = rows[order], columns[order]
    cell = torch.stack([rows, columns], 1)
    centre = (cell + said.offset[0, :, rows, columns].T) * stride
    extent = decode_size(said.size[0, :, rows, columns].T, code, stride)
    # No object is larger than twice what is seen of the image.
    half = torch.minimum(extent, 2 * torch.tensor(shape, device=extent.device, dtype=extent.dtype)) / 2
    return Found(scores, torch.cat([centre - half, centre + half], 1))
