"""Choosing the pixels that are clustered: some thousand, where the embedding is flat.

A uniform sample loses small objects, and blurred borders make false clusters: so each cell of a grid sends its
flattest pixel, and background is thinned. Knows fields and masks only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from napari_leafseg.models.deep_embedding.field import Field

SAMPLES = 5000
"""At most about as many pixels are clustered."""
BACKGROUND_SAMPLES = 500
COMPONENTS = 8
"""Dimensions that the clustering sees."""
_ROUGH = 2000
_CANDIDATES = 4
_BLOCK = 16384
_FLAT = 0.5
"""Pixels that change by more than this part of a bandwidth, over two pixels, lie on a border..."""
_USUAL = 1.5
"""...unless the embedding is so noisy that many do: then those that change by more than this many medians."""


@dataclass(frozen=True)
class PixelSample:
    """The pixels that are clustered.

    Attributes
    ----------
    vectors
        float32 (n, D).
    reduced
        float64 (n, at most 8): their principal components.
    area
        Pixels of the field that one sampled pixel stands for.
    """

    vectors: Tensor
    reduced: NDArray[np.float64]
    area: float


def sample(
    field: Field, mask: NDArray[np.bool_], bandwidth: float, most: int = SAMPLES, *, background: bool = False
) -> PixelSample:
    """Choose the pixels to cluster.

    Parameters
    ----------
    field
        The embedding.
    mask
        bool (H, W): where to choose.
    bandwidth
        How far apart pixels of one object may be in the embedding.
    most
        About as many pixels at most.
    background
        Whether the mask holds background, which is then thinned: what lies within a bandwidth of the densest place.
    """
    if not background:
        index, area = flattest(field, mask, bandwidth, most)
        return _sample(field.at(index), area)
    ground = near_densest(field, mask, bandwidth)
    some, _ = flattest(field, ground, bandwidth, BACKGROUND_SAMPLES)
    rest, area = flattest(field, mask & ~ground, bandwidth, most - BACKGROUND_SAMPLES)
    return _sample(field.at(np.concatenate([some, rest])), area)


def _sample(vectors: Tensor, area: float) -> PixelSample:
    return PixelSample(vectors, principal_components(vectors), area)


def flattest(field: Field, mask: NDArray[np.bool_], bandwidth: float, most: int) -> tuple[NDArray[np.intp], float]:
    """Pick the flattest of a few pixels in each cell of a grid over a mask, and leave out what is steep all the same.

    Returns
    -------
    index
        intp (n,): flat indices, at most about ``most``.
    area
        Mask pixels per chosen pixel.
    """
    total = int(mask.sum())
    side = max(1.0, np.sqrt(total / most))
    index = _candidates(mask, max(1, int(side / np.sqrt(_CANDIDATES))))
    slope = field.slope(index, mask).numpy()
    rows, columns = np.divmod(index, mask.shape[1])
    across = int(mask.shape[1] / side) + 1
    cell = (rows / side).astype(np.intp) * across + (columns / side).astype(np.intp)
    order = np.lexsort((slope, cell))
    first = order[np.flatnonzero(np.diff(cell[order], prepend=-1))]
    if not len(first):
        return first, 1.0
    kept = first[slope[first] <= max(_FLAT * bandwidth, _USUAL * float(np.median(slope[first])))]
    return index[kept], total / len(kept)


def _candidates(mask: NDArray[np.bool_], step: int) -> NDArray[np.intp]:
    """Pixels of a mask on a jittered grid: flat indices."""
    height, width = mask.shape
    rows, columns = np.mgrid[0:height:step, 0:width:step]
    jitter = np.random.default_rng(0).integers(0, step, (2, *rows.shape))
    rows, columns = np.minimum(rows + jitter[0], height - 1), np.minimum(columns + jitter[1], width - 1)
    inside = mask[rows, columns]
    return (rows[inside] * width + columns[inside]).astype(np.intp)


def near_densest(field: Field, mask: NDArray[np.bool_], bandwidth: float) -> NDArray[np.bool_]:
    """Find where the embedding lies within a bandwidth of its densest place: bool (H, W)."""
    total = int(mask.sum())
    index = _candidates(mask, max(1, int(np.sqrt(total / _ROUGH))))
    vectors = field.at(index)
    near = torch.cdist(vectors, vectors) <= bandwidth
    best = near[near.sum(1).argmax()]
    centre = vectors[best].mean(0)
    inside = np.flatnonzero(mask)
    distance = torch.cat(
        [(field.at(inside[start : start + _BLOCK]) - centre).square().sum(1) for start in range(0, len(inside), _BLOCK)]
    )
    result = np.zeros(mask.shape, bool)
    result.flat[inside] = (distance <= bandwidth**2).numpy()
    return result


def principal_components(vectors: Tensor, most: int = COMPONENTS) -> NDArray[np.float64]:
    """Turn vectors to their principal axes and keep the first few: (n, at most ``most``)."""
    centred = vectors.double() - vectors.double().mean(0)
    _, axes = torch.linalg.eigh(centred.T @ centred)
    return (centred @ axes.flip(1)[:, :most]).numpy()
