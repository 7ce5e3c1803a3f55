"""Guide functions: sine waves over the image, and their fit to labelled images.

A guide is a triple (frequency along rows, frequency along columns, phase); the paper's
Eq. 3. Knows labels and coordinates, nothing of networks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Units = Literal["crop", "pixel"]
PIXELS_PER_UNIT = 256.0

_STEPS = 300
# Objects whose borders are farther apart than this times their size never share a component.
_NEAR = 1.0


def coordinates(
    shape: tuple[int, int], units: Units, *, stride: int = 1, origin: Tensor | tuple[float, float] = (0.0, 0.0)
) -> tuple[Tensor, Tensor]:
    """Guide coordinates of a feature map's rows and columns.

    Parameters
    ----------
    shape
        Height and width of the map.
    units
        ``"crop"``: 0 to 1 over the map, corners included. ``"pixel"``: index / 256.
    stride
        Network pixels per map pixel.
    origin
        Row and column of the input's first pixel, in network pixels: a pair, or (B, 2).

    Returns
    -------
    rows, columns
        float32 (height,) and (width,), or (B, height) and (B, width).
    """
    start = torch.as_tensor(origin, dtype=torch.float32)
    axes = []
    for axis, length in enumerate(shape):
        if units == "crop":
            axes.append(torch.linspace(0, 1, length, device=start.device))
            continue
        index = (torch.arange(length, dtype=torch.float32, device=start.device) + 0.5) * stride - 0.5
        axes.append((index + start[..., axis, None]) / PIXELS_PER_UNIT)
    return axes[0], axes[1]


def evaluate(guides: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Value of every guide at every pixel (Eq. 3).

    Parameters
    ----------
    guides
        (N, 3): frequency along rows, along columns, phase.
    rows, columns
        (H,) and (W,), or (B, H) and (B, W).

    Returns
    -------
    (N, H, W) or (B, N, H, W), values -1 to 1.
    """
    down = rows.unsqueeze(-2) * guides[:, 0, None]  # (..., N, H)
    across = columns.unsqueeze(-2) * guides[:, 1, None] + guides[:, 2, None]  # (..., N, W)
    # sin(a + b) of sums that share rows and columns: two products instead of a sine per pixel.
    return (
        torch.sin(down)[..., :, None] * torch.cos(across)[..., None, :]
        + torch.cos(down)[..., :, None] * torch.sin(across)[..., None, :]
    )


def random_guides(count: int, low: float, high: float, generator: torch.Generator) -> Tensor:
    """Draw axis-aligned guides, half along rows and half along columns, as the published ones are.

    Magnitudes are spread evenly on a logarithmic scale (linear from 0), signs and phases at random.
    """
    guides = torch.zeros(count, 3)
    half = (count + 1) // 2
    for axis, size in ((0, half), (1, count - half)):
        share = (torch.arange(size) + torch.rand(size, generator=generator)) / max(size, 1)
        magnitude = low * (high / low) ** share if low > 0 else share * high
        sign = torch.randint(0, 2, (size,), generator=generator) * 2 - 1
        guides[axis * half : axis * half + size, axis] = magnitude * sign
    guides[:, 2] = torch.rand(count, generator=generator) * 2 * math.pi
    return guides


def fit_guides(
    label_images: Sequence[NDArray[np.int32]], guides: Sequence[Tensor], units: Units, margin: float
) -> Tensor:
    """Tune guides so that objects that could be confused get different embeddings (Eq. 4).

    The distance is L2, because clustering is; in pixel units only neighbours are compared,
    because connected components tell far objects apart; in crop units all pairs of an image
    are, and background counts as an object.

    Parameters
    ----------
    label_images
        int32 (H, W) each, 0 background.
    guides
        Starting points, each (N, 3); the best result is returned.
    units
        Coordinates.
    margin
        L2 distance asked for.

    Returns
    -------
    (N, 3), no gradient.
    """
    tables = [_table(labels, units) for labels in label_images]
    tables = [table for table in tables if len(table[1])]
    if not tables:
        return guides[0].clone()
    results = [_descend(tables, start, margin) for start in guides]
    return min(results, key=lambda result: result[1])[0]


_Table = tuple[tuple[Tensor, Tensor, Tensor, Tensor, Tensor], Tensor]


def _table(labels: NDArray[np.int32], units: Units) -> _Table:
    """Reduce a label image to what the fit needs: some pixels of each object, and the pairs to compare."""
    ids, inverse = np.unique(labels, return_inverse=True)
    flat = inverse.ravel()
    # Means of sines over 64 pixels per object are exact enough and keep the fit at milliseconds.
    order = np.random.default_rng(0).permutation(flat.size)
    order = order[np.argsort(flat[order], kind="stable")]
    counts = np.bincount(flat)
    rank = np.arange(flat.size) - np.repeat(np.cumsum(counts) - counts, counts)
    chosen = order[rank < 64]
    rows, columns = np.divmod(chosen, labels.shape[1])
    row_axis, column_axis = coordinates((labels.shape[0], labels.shape[1]), units)
    members = torch.from_numpy(flat[chosen])
    size = torch.from_numpy(np.minimum(counts, 64)).float()
    box = torch.from_numpy(_boxes(flat, labels.shape[1], len(ids)))
    pixels = (row_axis[torch.from_numpy(rows)], column_axis[torch.from_numpy(columns)], members, size, box)
    return pixels, _pairs(box, ids, units)


def _boxes(flat: NDArray[np.intp], width: int, count: int) -> NDArray[np.float32]:
    rows, columns = np.divmod(np.arange(flat.size), width)
    boxes = np.empty((count, 4), np.float32)
    for axis, values in ((0, rows), (1, columns)):
        low, high = np.full(count, np.inf), np.full(count, -np.inf)
        np.minimum.at(low, flat, values)
        np.maximum.at(high, flat, values)
        boxes[:, axis], boxes[:, 2 + axis] = low, high
    return boxes


def _pairs(boxes: Tensor, ids: NDArray[np.int32], units: Units) -> Tensor:
    first, second = torch.triu_indices(len(ids), len(ids), 1)
    if units == "crop":
        return torch.stack([first, second])
    gap = torch.maximum(boxes[first, :2], boxes[second, :2]) - torch.minimum(boxes[first, 2:], boxes[second, 2:])
    side = torch.maximum((boxes[:, 2:] - boxes[:, :2]).amax(1)[first], (boxes[:, 2:] - boxes[:, :2]).amax(1)[second])
    background = torch.from_numpy(ids == 0)
    near = (gap.amax(1) <= _NEAR * side) & ~background[first] & ~background[second]
    return torch.stack([first[near], second[near]])


def _descend(tables: Sequence[_Table], start: Tensor, margin: float) -> tuple[Tensor, float]:
    guides = start.clone().requires_grad_()
    optimiser = torch.optim.Adam([guides], lr=0.1)
    loss = torch.tensor(math.inf)
    for step in range(_STEPS):
        batch = tables if len(tables) <= 16 else [tables[(step * 16 + i) % len(tables)] for i in range(16)]
        loss = torch.stack([_collisions(guides, table, margin) for table in batch]).mean()
        if float(loss.detach()) == 0.0:
            break
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        final = torch.stack([_collisions(guides, table, margin) for table in tables]).mean()
    return guides.detach(), float(final)


def _collisions(guides: Tensor, table: _Table, margin: float) -> Tensor:
    (rows, columns, members, size, _), pairs = table
    values = torch.sin(rows[:, None] * guides[:, 0] + columns[:, None] * guides[:, 1] + guides[:, 2])
    means = torch.zeros(len(size), len(guides)).index_add(0, members, values) / size[:, None]
    distance = (means[pairs[0]] - means[pairs[1]]).square().sum(1).clamp_min(1e-12).sqrt()
    return torch.relu(margin - distance).mean()
