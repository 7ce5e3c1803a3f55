"""Windows: pieces of an image small enough to hold few objects, in training and in use.

Knows sizes and tensors; nothing of networks.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

from napari_leafseg.core.sample import Sample

ROOM = 2.0
"""Image area that one object of a crowd takes, in squares as wide as the object."""
_TRIES = 4


def side_of(object_size: float, objects: int) -> float:
    """Side of a square that holds so many objects of a typical diameter where they crowd, in the same unit."""
    return object_size * (ROOM * objects) ** 0.5


def typical_size(samples: Sequence[Sample]) -> float | None:
    """Median diameter of the visible objects, as discs of their area, in pixels; ``None`` without objects."""
    areas = []
    for sample in samples:
        seen = sample.labels if sample.ignore is None else np.where(sample.ignore, 0, sample.labels)
        count = np.unique(seen[seen > 0], return_counts=True)[1]
        areas.append(count)
    sizes = np.concatenate(areas) if areas else np.zeros(0)
    return float(2 * np.sqrt(np.median(sizes) / np.pi)) if len(sizes) else None


def draw(labels: Tensor, side: float, most: int) -> Tensor:
    """Place one random window in each image, where it holds few objects if that can be.

    Parameters
    ----------
    labels
        int64 (B, H, W), 0 where nothing is known.
    side
        Of the window, in pixels; it may exceed the image.
    most
        Objects wanted at most; of some tries the first that meets it is taken, else the
        emptiest.

    Returns
    -------
    float32 (B, 2) on the labels' device: top and left of each window.
    """
    room = labels.new_tensor(labels.shape[1:], dtype=torch.float32) - side
    offers = torch.rand(len(labels), _TRIES, 2, device=labels.device) * room
    return torch.stack([_best(one, offer, side, most) for one, offer in zip(labels, offers, strict=True)])


def _best(labels: Tensor, offers: Tensor, side: float, most: int) -> Tensor:
    counts = []
    for top, left in offers.tolist():
        rows, columns = (slice(max(0, round(at)), max(0, round(at + side))) for at in (top, left))
        counts.append(len(torch.unique(labels[rows, columns])))
        if counts[-1] <= most + 1:
            break
    return offers[int(np.argmin(counts))]


def cut(values: Tensor, corner: Tensor, side: float, size: int, mode: str) -> Tensor:
    """Cut windows out and resize them.

    Parameters
    ----------
    values
        (B, C, H, W) float.
    corner
        (B, 2): top and left of each window.
    side
        Of the window in pixels; what lies outside the image repeats its border.
    size
        Side of the result.
    mode
        ``"bilinear"`` or ``"nearest"``.

    Returns
    -------
    (B, C, size, size).
    """
    height, width = values.shape[2:]
    centre = corner + side / 2
    theta = values.new_zeros(len(values), 2, 3)
    theta[:, 0, 0], theta[:, 1, 1] = side / width, side / height
    theta[:, 0, 2], theta[:, 1, 2] = 2 * centre[:, 1] / width - 1, 2 * centre[:, 0] / height - 1
    grid = affine_grid(theta, [len(values), values.shape[1], size, size], align_corners=False)
    return grid_sample(values, grid, mode=mode, padding_mode="border", align_corners=False)


def inside(shape: tuple[int, int], corner: Tensor, side: float, size: int) -> Tensor:
    """Which pixels of `cut`'s result lie in the image: bool (B, size, size)."""
    at = corner[:, :, None] + (torch.arange(size, device=corner.device) + 0.5) * (side / size)
    rows = (at[:, 0] >= 0) & (at[:, 0] <= shape[0])
    columns = (at[:, 1] >= 0) & (at[:, 1] <= shape[1])
    return rows[:, :, None] & columns[:, None, :]
