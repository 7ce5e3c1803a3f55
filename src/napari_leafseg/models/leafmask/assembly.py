"""Mask assembly: bases cut out by a box, mixed by the box's coefficients (section 3.2, Fig. 6)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import interpolate
from torchvision.ops import roi_align


def assemble(bases: Tensor, stride: float, image: Tensor, boxes: Tensor, coefficients: Tensor, size: int) -> Tensor:
    """Mix the bases inside boxes to mask logits.

    The coefficients pass a softmax over the K bases: at each place, they say which base to
    believe.

    Parameters
    ----------
    bases
        (B, K, h, w).
    stride
        Network pixels per cell of the bases.
    image
        int64 (n,): the image of each box.
    boxes
        float32 (n, 4): x1, y1, x2, y2 in network pixels.
    coefficients
        (n, K R_C^2).
    size
        R_B.

    Returns
    -------
    float32 (n, R_B, R_B).
    """
    count = bases.shape[1]
    coarse = round((coefficients.shape[1] / count) ** 0.5)
    rois = torch.cat([image[:, None].float(), boxes.float()], 1)
    with torch.autocast(bases.device.type, enabled=False):
        crops = roi_align(bases.float(), rois, size, 1 / stride, sampling_ratio=1, aligned=True)
        maps = coefficients.float().reshape(len(boxes), count, coarse, coarse)
        weights = interpolate(maps, size=(size, size), mode="bilinear", align_corners=False).softmax(1)
        return (crops * weights).sum(1)
