"""Mean shift with a flat kernel that finds every cluster of a crowd, in milliseconds.

Seeds are data points, flat neighbourhoods first, thinned by a greedy cover: a grid of bins
loses clusters in many dimensions, and random seeds miss most of a crowd. Knows points only.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

COVER = 0.75
"""Seeds are at least this many bandwidths apart."""
MAX_SEEDS = 4096
_MANY = 768
_ROUGH = 4
_MAX_STEPS = 12
_TOLERANCE = 0.02
_MET = 0.2
_BLOCK = 256


@dataclass(frozen=True)
class Modes:
    """Cluster centres.

    Attributes
    ----------
    centres
        float32 (m, dimensions), densest first.
    support
        int64 (m,): points within the bandwidth of each.
    """

    centres: Tensor
    support: Tensor


def find_modes(points: Tensor, candidates: Tensor, bandwidth: float, min_support: int) -> Modes:
    """Find the density modes of a point set.

    Parameters
    ----------
    points
        float32 (n, dimensions).
    candidates
        float32 (k, dimensions): possible seeds, best first.
    bandwidth
        Radius of the flat kernel (L2).
    min_support
        Modes with fewer points are dropped.

    Returns
    -------
    Modes, no two closer than the bandwidth.
    """
    seeds = greedy_cover(candidates, COVER * bandwidth, MAX_SEEDS)
    if len(seeds) > _MANY:
        # One rough step brings most of them together, at a fraction of the price.
        rough, _ = _climb(seeds, points[::_ROUGH], bandwidth, steps=1)
        seeds = greedy_cover(rough, COVER * bandwidth / 2, MAX_SEEDS)
    modes, support = _climb(seeds, points, bandwidth)
    modes, support = modes[support >= min_support], support[support >= min_support]
    order = torch.argsort(support, descending=True, stable=True)
    modes, support = modes[order], support[order]
    kept = _cover_index(modes, bandwidth, len(modes))
    return Modes(modes[kept], support[kept])


def greedy_cover(points: Tensor, radius: float, most: int) -> Tensor:
    """Keep points, in order, that are farther than ``radius`` from every one kept before."""
    return points[_cover_index(points, radius, most)]


def _cover_index(points: Tensor, radius: float, most: int) -> Tensor:
    kept = torch.zeros(0, dtype=torch.int64)
    for start in range(0, len(points), _BLOCK):
        block = torch.arange(start, min(start + _BLOCK, len(points)))
        if len(kept):
            near = _squared_distance(points[block], points[kept]).amin(1) <= radius**2
            block = block[~near]
        kept = torch.cat([kept, block[_cover_block(points[block], radius)]])
        if len(kept) >= most:
            return kept[:most]
    return kept


def _cover_block(points: Tensor, radius: float) -> Tensor:
    near = (_squared_distance(points, points) <= radius**2).numpy()
    free = [True] * len(points)
    kept = []
    for index in range(len(points)):
        if free[index]:
            kept.append(index)
            for other in near[index].nonzero()[0]:
                free[other] = False
    return torch.tensor(kept, dtype=torch.int64)


def _climb(seeds: Tensor, points: Tensor, bandwidth: float, steps: int = _MAX_STEPS) -> tuple[Tensor, Tensor]:
    """Move every seed to the mean of its neighbours until it rests."""
    modes = seeds.clone()
    support = torch.zeros(len(seeds), dtype=torch.int64)
    moving = torch.arange(len(seeds))
    half_norm = points.square().sum(1) / 2
    for _ in range(steps):
        if not len(moving):
            break
        here = modes[moving]
        # |p - m|^2 <= b^2, with the constant parts on one side: one product and one comparison.
        bound = (here.square().sum(1) - bandwidth**2) / 2
        inside = (torch.addmm(half_norm[None], here, points.T, beta=-1) >= bound[:, None]).float()
        count = inside.sum(1)
        there = torch.where(count[:, None] > 0, inside @ points / count.clamp_min(1)[:, None], here)
        modes[moving], support[moving] = there, count.long()
        still = (there - here).square().sum(1) <= (_TOLERANCE * bandwidth) ** 2
        moving = moving[~still]
        # Seeds that have met go the rest of the way as one.
        met = _cover_index(modes[moving], _MET * bandwidth, len(moving))
        gone = torch.ones(len(moving), dtype=torch.bool)
        gone[met] = False
        support[moving[gone]] = 0
        moving = moving[met]
    return modes, support


def _squared_distance(a: Tensor, b: Tensor) -> Tensor:
    return a.square().sum(1)[:, None] + b.square().sum(1)[None] - 2 * a @ b.T


def nearest(points: Tensor, centres: Tensor) -> tuple[Tensor, Tensor]:
    """Assign points to centres.

    Returns
    -------
    index
        int64 (n,): the nearest centre.
    squared
        float32 (n,): squared distance to it.
    """
    index = torch.empty(len(points), dtype=torch.int64)
    value = torch.empty(len(points))
    half_norm = centres.square().sum(1) / 2
    # In blocks, so that the similarities stay in the processor's cache.
    size = max(256, 1_000_000 // max(len(centres), 1))
    for start in range(0, len(points), size):
        part = slice(start, start + size)
        value[part], index[part] = torch.addmm(half_norm[None], points[part], centres.T, beta=-1).max(1)
    return index, (points.square().sum(1) - 2 * value).clamp_min(0)
