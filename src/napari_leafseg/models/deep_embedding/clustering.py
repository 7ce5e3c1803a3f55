"""Grouping pixels by HDBSCAN (McInnes et al. 2017; the paper's section 3.2), fast enough for a slider.

The tree is built on a sample and kept in the memo; moving the minimum cluster size only cuts it anew. Knows fields
and masks; nothing of images.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from hdbscan import hdbscan
from numpy.typing import NDArray
from torch import Tensor

from napari_leafseg.core.memo import Memo
from napari_leafseg.models.deep_embedding.field import Field
from napari_leafseg.models.deep_embedding.sampling import SAMPLES, PixelSample, sample

_LEAST = 3
_BLOCK = 8192


@dataclass(frozen=True)
class Cut:
    """How to cluster.

    Attributes
    ----------
    size
        Fewest pixels of a cluster, in pixels of the field.
    neighbours
        Sampled pixels that must lie near a dense one.
    bandwidth
        Within which pixels count as one cluster for sure: none is cut further.
    samples
        At most about as many pixels are clustered.
    """

    size: float
    neighbours: int
    bandwidth: float
    samples: int = SAMPLES


class TreeMemo:
    """A memo in the form that `hdbscan` takes as ``memory``: anything with ``cache``."""

    def __init__(self, memo: Memo, key: tuple[Any, ...]) -> None:
        self._memo, self._key = memo, key

    def cache(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Make a function that remembers its answer; the key says all it depends on."""

        def remembering(*args: Any, **kwargs: Any) -> Any:
            return self._memo.get(self._key, lambda: function(*args, **kwargs))

        return remembering


def cluster(
    field: Field, mask: NDArray[np.bool_] | None, cut: Cut, memo: Memo, key: tuple[Any, ...] = ()
) -> NDArray[np.int32]:
    """Group the pixels of a mask.

    Parameters
    ----------
    field
        The embedding.
    mask
        bool (H, W): objects; ``None`` where background is a cluster, the largest.
    cut
        How.
    memo
        Keeps the sample and the tree.
    key
        What the mask depends on.

    Returns
    -------
    int32 (H, W): 0 is background, clusters are 1..n.
    """
    everywhere = np.ones(field.shape, bool) if mask is None else mask
    if not everywhere.any():
        return np.zeros(field.shape, np.int32)
    chosen: PixelSample = memo.get(
        ("sample", cut.samples, *key),
        lambda: sample(field, everywhere, cut.bandwidth, cut.samples, background=mask is None),
    )
    groups = _groups(chosen, cut, TreeMemo(memo, ("tree", cut.samples, cut.neighbours, *key)), alone=mask is not None)
    labels = assign(field, everywhere, centres(chosen.vectors, groups))
    return labels if mask is not None else _largest_first(labels)


def _groups(chosen: PixelSample, cut: Cut, memory: TreeMemo, *, alone: bool) -> NDArray[np.intp]:
    """Cluster of each sampled pixel, -1 for none: (n,).

    ``alone`` allows for a single cluster; where background is a cluster, there are always two.
    """
    least = max(_LEAST, round(cut.size / chosen.area))
    if len(chosen.reduced) <= max(least, _LEAST):
        return np.zeros(len(chosen.reduced), np.intp)
    return hdbscan(
        chosen.reduced,
        min_cluster_size=least,
        min_samples=cut.neighbours,
        algorithm="prims_kdtree",
        memory=memory,
        allow_single_cluster=alone,
        cluster_selection_epsilon=float(cut.bandwidth),
    )[0]


def centres(vectors: Tensor, groups: NDArray[np.intp]) -> Tensor:
    """Mean of each group: float32 (c, D); the mean of all where nothing was grouped."""
    if groups.max() < 0:
        return vectors.mean(0, keepdim=True)
    grouped = torch.from_numpy(groups)
    inside = grouped >= 0
    total = torch.zeros(int(groups.max()) + 1, vectors.shape[1]).index_add(0, grouped[inside], vectors[inside])
    return total / torch.bincount(grouped[inside])[:, None]


def assign(field: Field, mask: NDArray[np.bool_], means: Tensor) -> NDArray[np.int32]:
    """Give every pixel of a mask, noise included, to the nearest of some means (c, D): int32 (H, W), 1..c."""
    labels = np.zeros(field.shape, np.int32)
    half_norm = means.square().sum(1) / 2
    inside = np.flatnonzero(mask)
    # In blocks, so that the similarities stay in the processor's cache.
    size = max(256, _BLOCK * 64 // max(len(means), 64))
    for start in range(0, len(inside), size):
        part = inside[start : start + size]
        nearest = torch.addmm(half_norm[None], field.at(part), means.T, beta=-1).argmax(1)
        labels.flat[part] = nearest.numpy() + 1
    return labels


def _largest_first(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """Number clusters by area, the largest 0, as published."""
    areas = np.bincount(labels.ravel())
    lookup = np.empty(len(areas), np.int32)
    lookup[np.argsort(-areas, kind="stable")] = np.arange(len(areas))
    return lookup[labels]
