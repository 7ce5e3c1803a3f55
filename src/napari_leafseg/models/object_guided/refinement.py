"""Choosing the points of the auxiliary refinement: random ones, of which the most uncertain are kept."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import grid_sample

SAMPLES_PER_POINT = 8
"""D in the paper: a mask of h x w samples has N = h w / D points."""
OVERSAMPLING = 3
"""k: so many times N points are drawn,"""
KEPT = 0.75
"""beta: and so many times N of them are kept."""


def uncertain_points(logits: Tensor) -> Tensor:
    """Draw points in masks and keep those where the mask is least certain (section II-C.1, Eq. 8).

    The published method, without the quarter of random points that PointRend adds.

    Parameters
    ----------
    logits
        (m, h, w), no gradient.

    Returns
    -------
    (m, P, 2): row and column, -1 to 1 from the first sample to the last; P may be 0.
    """
    boxes, height, width = logits.shape
    count = height * width // SAMPLES_PER_POINT
    points = torch.rand(boxes, OVERSAMPLING * count, 2, device=logits.device) * 2 - 1
    if not count:
        return points
    said = grid_sample(logits.sigmoid()[:, None], points.flip(-1)[:, :, None], mode="bilinear", align_corners=True)
    uncertainty = -(2 * said[:, 0, :, 0] - 1).abs()
    chosen = uncertainty.topk(int(KEPT * count), dim=1).indices
    return points.gather(1, chosen[..., None].expand(-1, -1, 2))
