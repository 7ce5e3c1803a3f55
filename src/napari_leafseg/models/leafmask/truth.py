"""The truth at points between pixels: whether an object is there, and whether that is known."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from napari_leafseg.models.leafmask.targets import Objects


def truth_at(objects: Objects, ignore: Tensor, number: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
    """Interpolate objects' own masks at points.

    Parameters
    ----------
    objects
        Of the batch.
    ignore
        bool (B, H, W).
    number
        int64 (n,): which object each row of points asks for.
    points
        float32 (n, p, 2): x and y in network pixels, whose centres lie at one half.

    Returns
    -------
    share
        float32 (n, p), 0 to 1: how much of the object is there.
    known
        bool (n, p): whether none of the pixels around is ignored.
    """
    image = objects.image[number][:, None]
    share = torch.zeros(points.shape[:2], device=points.device)
    known = torch.ones(points.shape[:2], dtype=torch.bool, device=points.device)
    some_ignored = bool(ignore.any())
    for row, column, weight in _around(points, *ignore.shape[1:]):
        share += weight * (objects.number[image, row, column] == number[:, None])
        if some_ignored:
            known &= ~ignore[image, row, column]
    return share, known


def _around(points: Tensor, height: int, width: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Yield row, column and bilinear weight of the four pixels around each point; the border is repeated."""
    x, y = (points - 0.5).unbind(-1)
    left, top = x.floor(), y.floor()
    for down in (0, 1):
        for right in (0, 1):
            weight = (1 - (x - left - right).abs()) * (1 - (y - top - down).abs())
            row, column = (top + down).long().clamp(0, height - 1), (left + right).long().clamp(0, width - 1)
            yield row, column, weight


def grid(size: int, device: torch.device) -> Tensor:
    """Centres of a grid's cells, float32 (1, size^2, 2), x and y from 0 to 1, row by row."""
    places = (torch.arange(size, device=device) + 0.5) / size
    return torch.stack(torch.meshgrid(places, places, indexing="xy"), -1).reshape(1, -1, 2)
