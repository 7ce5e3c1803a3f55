"""From labels to the objects that steps should find: their masks, ranks, classes and places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from napari_leafseg.models.rsis.focus import SLANT

LEAST_PIXELS = 6
"""Objects of fewer pixels of the masks' resolution are neither sought nor background."""
_NARROW = 0.25


@dataclass
class Objects:
    """The objects of one window, in the order in which they are put.

    Attributes
    ----------
    masks
        bool (n, h, w).
    classes
        int64 (n,), -1 where the class is not known.
    valid
        bool (h, w): pixels that count.
    """

    masks: Tensor
    classes: Tensor
    valid: Tensor


def objects(
    labels: Tensor, valid: Tensor, classes: dict[int, int], order: Literal["area", "sweep"], most: int
) -> Objects:
    """Find the visible objects of a window.

    Parameters
    ----------
    labels
        int64 (h, w), arbitrary ids, 0 background.
    valid
        bool (h, w): pixels that count; what lies elsewhere does not exist.
    classes
        Class by id.
    order
        How they are put: by area, largest first, or by `sweep`.
    most
        Only the first so many are kept.
    """
    ids, areas = torch.unique(labels[valid & (labels > 0)], return_counts=True)
    tiny = torch.isin(labels, ids[areas < LEAST_PIXELS])
    ids, areas = ids[areas >= LEAST_PIXELS], areas[areas >= LEAST_PIXELS]
    masks = (labels == ids[:, None, None]) & valid
    key = -areas.float() if order == "area" else sweep(masks)
    first = torch.argsort(key, stable=True)[:most]
    known = torch.tensor([classes.get(index, -1) for index in ids[first].tolist()], device=labels.device)
    return Objects(masks[first], known.long(), valid & ~tiny)


def sweep(masks: Tensor) -> Tensor:
    """Where the centroids of masks (n, h, w) lie from top to bottom, a little from left to right: (n,)."""
    flat = masks.float()
    area = flat.sum((1, 2)).clamp_min(1)
    rows = torch.arange(masks.shape[1], device=masks.device, dtype=torch.float32)
    columns = torch.arange(masks.shape[2], device=masks.device, dtype=torch.float32)
    return ((flat.sum(2) * rows).sum(1) + SLANT * (flat.sum(1) * columns).sum(1)) / area


def places(masks: Tensor, size: tuple[int, int]) -> Tensor:
    """Where to point for each object: probabilities (n, h, w), most at its centroid and none outside it.

    Parameters
    ----------
    masks
        bool (n, H, W), none empty.
    size
        Height and width of the result.
    """
    share = adaptive_avg_pool2d(masks.float(), size)
    total = share.sum((1, 2), keepdim=True)
    rows = torch.arange(size[0], device=masks.device, dtype=torch.float32)[:, None]
    columns = torch.arange(size[1], device=masks.device, dtype=torch.float32)
    row, column = ((share * at).sum((1, 2), keepdim=True) / total for at in (rows, columns))
    distance = (rows - row) ** 2 + (columns - column) ** 2
    # The variance of a disc of the object's area is area / (2 pi).
    near = share * torch.exp(-distance / (2 * (_NARROW * total + 0.1)))
    return near / near.sum((1, 2), keepdim=True)
