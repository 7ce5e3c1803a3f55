"""Regions of interest: which samples of each feature level a box is made of, and taking them.

Boxes are edges (top, left, bottom, right) in network pixels; pixel i covers i to i + 1. Knows
boxes and maps; nothing of what the samples are used for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import embedding_bag

from napari_leafseg.models.object_guided.params import ObjectGuidedConfig

LEVELS = 5
"""Feature levels c1 to c5, at strides 1, 2, 4, 8 and 16."""
GRIDS = (16, 24, 32, 48, 64, 96, 128)
"""Sides of the square grids at the finest level."""
_LEAST = 2
"""Levels on which a box has fewer samples than this along an axis are not used."""
_FINEST_CELL = 4 / 3
"""Cells of a grid are at least this many pixels wide, as far as there is a smaller grid."""
_TOGETHER = 1 << 16
"""Most samples of the finest level that go through the branch together; bounds memory and the wait for a cancel."""

Sizes = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Group:
    """Boxes that have the same number of samples on every level.

    Attributes
    ----------
    index
        (m,) positions of the boxes.
    sizes
        Rows and columns per level, finest first; as many levels as the boxes reach.
    """

    index: NDArray[np.int64]
    sizes: Sizes


def groups(boxes: NDArray[np.float32], config: ObjectGuidedConfig) -> Iterator[Group]:
    """Divide boxes into groups that can go through the branch together.

    Boxes of less than two pixels are in none, as published.

    Parameters
    ----------
    boxes
        (n, 4), before their expansion.
    """
    extent = (boxes[:, 2:] - boxes[:, :2]) * config.expand
    sizes = _native(extent) if config.rois == "native" else _grid(extent)
    alike: dict[Sizes, list[int]] = {}
    for index, size in enumerate(sizes):
        if size:
            alike.setdefault(size, []).append(index)
    for size, members in sorted(alike.items()):
        most = max(1, _TOGETHER // (size[0][0] * size[0][1]))
        for start in range(0, len(members), most):
            yield Group(np.array(members[start : start + most], np.int64), size)


def _native(extent: NDArray[np.float32]) -> Iterator[Sizes]:
    """One sample per pixel of each level."""
    for height, width in extent.tolist():
        sizes = [(int(height / 2**level), int(width / 2**level)) for level in range(LEVELS)]
        yield _reached(sizes)


def _grid(extent: NDArray[np.float32]) -> Iterator[Sizes]:
    """Samples of a square grid, halved from level to level."""
    for height, width in extent.tolist():
        if min(height, width) < _LEAST:
            yield ()
            continue
        side = max([GRIDS[0], *(grid for grid in GRIDS if max(height, width) >= _FINEST_CELL * grid)])
        yield _reached([(side >> level, side >> level) for level in range(LEVELS)])


def _reached(sizes: list[tuple[int, int]]) -> Sizes:
    enough = [min(size) >= _LEAST for size in sizes]
    return tuple(sizes[: enough.index(False) if False in enough else LEVELS])


def places(boxes: Tensor, level: int, size: tuple[int, int], config: ObjectGuidedConfig) -> tuple[Tensor, Tensor]:
    """Where the samples of boxes lie on a level.

    Published ("native"): evenly spread from edge to edge, both included, of the box in pixel indices divided
    by the stride. "grid": the centres of the grid's cells.

    Parameters
    ----------
    boxes
        (m, 4), before their expansion.
    level
        0 is the finest.
    size
        Rows and columns of samples.

    Returns
    -------
    rows (m, size[0]) and columns (m, size[1]), in indices of the level's map.
    """
    stride = 2**level
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]) / 2 * config.expand
    axes = []
    for axis, count in enumerate(size):
        if config.rois == "native":
            share, middle = torch.linspace(-1, 1, count), (centre[:, axis] - 0.5) / stride
        else:
            share, middle = (torch.arange(count) + 0.5) * 2 / count - 1, centre[:, axis] / stride - 0.5
        axes.append(middle[:, None] + half[:, axis, None] / stride * share.to(boxes))
    return axes[0], axes[1]


def frames(boxes: NDArray[np.float32], config: ObjectGuidedConfig) -> NDArray[np.float32]:
    """Edges of the region that the samples of the finest level stand for, as `core.paste` takes them.

    Returns
    -------
    (n, 4); between neighbouring samples lies one cell, with half a cell beyond the outermost.
    """
    centre, half = (boxes[:, :2] + boxes[:, 2:]) / 2, (boxes[:, 2:] - boxes[:, :2]) / 2 * config.expand
    if config.rois == "native":
        count = np.maximum((2 * half).astype(int), _LEAST)
        half = half * (1 + 1 / (count - 1))
    return np.concatenate([centre - half, centre + half], 1).astype(np.float32)


def sample(maps: Tensor, image: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Interpolate bilinearly at the crossings of rows and columns; zero outside the map.

    Parameters
    ----------
    maps
        (B, C, H, W).
    image
        (m,) which map each region is taken from.
    rows, columns
        (m, h) and (m, w) in indices.

    Returns
    -------
    float32 (m, C, h, w), channels last in memory.
    """
    index, weight = corners(maps.shape, image, rows, columns)
    # Channels last: then each sample is four rows of a table, which is the fastest to gather.
    table = maps.permute(0, 2, 3, 1).reshape(-1, maps.shape[1]).float()
    values = weighted(table, index.reshape(-1, 4), weight.reshape(-1, 4))
    return values.reshape(*index.shape[:3], -1).permute(0, 3, 1, 2)


def corners(shape: torch.Size, image: Tensor, rows: Tensor, columns: Tensor) -> tuple[Tensor, Tensor]:
    """Four neighbours of each crossing, and how much each counts.

    Returns
    -------
    index
        int32 (m, h, w, 4), into the pixels of all maps, one after another.
    weight
        float32 (m, h, w, 4); 0 for neighbours outside.
    """
    height, width = shape[-2:]
    down, down_weight = _neighbours(rows, height)
    across, across_weight = _neighbours(columns, width)
    down = image.int()[:, None, None] * (height * width) + down * width
    count = columns.shape[1]
    index = _each_column(down, count) + _each_row(across)
    weight = _each_column(down_weight, count) * _each_row(across_weight)
    return index.unflatten(2, (count, 4)), weight.unflatten(2, (count, 4))


def _neighbours(position: Tensor, length: int) -> tuple[Tensor, Tensor]:
    """Both neighbours along one axis: int32 index and float32 weight, (m, n, 2)."""
    position = position.float()
    low = position.floor()
    index = torch.stack([low, low + 1], -1)
    weight = 1 - (index - position[..., None]).abs()
    inside = (index >= 0) & (index <= length - 1)
    return index.clamp(0, length - 1).int(), weight * inside


# Long, plain rows of memory: broadcasting pairs against pairs directly takes eight times as long.


def _each_column(pairs: Tensor, count: int) -> Tensor:
    """(m, h, 2) to (m, h, 4 * count): first, first, second, second, again and again."""
    return pairs.repeat_interleave(2, -1).repeat(1, 1, count)


def _each_row(pairs: Tensor) -> Tensor:
    """(m, w, 2) to (m, 1, 4 * w): first, second, first, second of each."""
    return pairs.repeat(1, 1, 2).flatten(1)[:, None]


def weighted(table: Tensor, index: Tensor, weight: Tensor) -> Tensor:
    """Weighted sums of rows of a table: (P, C) of (N, C), int32 (P, k) and (P, k)."""
    if table.device.type == "mps":  # has no embedding_bag in the oldest torch supported
        return (table[index] * weight[..., None]).sum(1)
    return embedding_bag(index, table, mode="sum", per_sample_weights=weight)
