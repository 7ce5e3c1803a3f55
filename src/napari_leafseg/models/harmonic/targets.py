"""Target embeddings: the mean of the guides over each object (Eqs. 1 and 2)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import max_pool2d


@dataclass
class Targets:
    """What the network should say.

    Attributes
    ----------
    embedding
        (B, N, H, W).
    weight
        (B, H, W): 10 / ln(area) of the object or background a pixel belongs to.
    """

    embedding: Tensor
    weight: Tensor


def targets(labels: Tensor, valid: Tensor, guides: Tensor) -> Targets:
    """Average the guides over the visible, valid pixels of each object; background is one of them.

    Parameters
    ----------
    labels
        int64 (B, H, W), 0 background.
    valid
        bool (B, H, W): pixels that count.
    guides
        (B, N, H, W) or (1, N, H, W) guide values.
    """
    images, height, width = labels.shape
    count = int(labels.max()) + 1
    index = (labels + torch.arange(images, device=labels.device)[:, None, None] * count).flatten()
    values = guides.expand(images, -1, -1, -1).permute(0, 2, 3, 1).reshape(images * height * width, -1)
    chosen = valid.flatten()
    if not bool(chosen.all()):
        index_valid, values = index[chosen], values[chosen]
    else:
        index_valid = index
    sums = torch.zeros(images * count, values.shape[1], device=labels.device).index_add(0, index_valid, values)
    area = torch.bincount(index_valid, minlength=images * count)
    means = sums / area.clamp_min(1)[:, None]
    weight = 10 / torch.log(area.clamp_min(2).float())
    embedding = means[index].reshape(images, height, width, -1).permute(0, 3, 1, 2)
    return Targets(embedding, weight[index].reshape(images, height, width))


def borders(labels: Tensor) -> Tensor:
    """Where the label changes, five pixels wide: bool (B, H, W) of int64 (B, H, W)."""
    values = labels.float()[:, None]
    high, low = max_pool2d(values, 3, 1, 1), -max_pool2d(-values, 3, 1, 1)
    return max_pool2d((high != low).float(), 5, 1, 2)[:, 0] > 0
