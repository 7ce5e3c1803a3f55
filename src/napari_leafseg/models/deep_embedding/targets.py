"""Which pixels form which cluster of a batch, and which of them are special: borders, extremes, middles.

Knows labels only. All clusters of all images are handled at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import max_pool2d


@dataclass
class Clusters:
    """The true clusters of a batch.

    Attributes
    ----------
    pixels
        int64 (n,): the clusters' pixels, as indices into (B * H * W).
    index
        int64 (n,): which cluster each belongs to, 0 to c - 1.
    size
        float32 (c,): pixels of each.
    image
        int64 (c,): the image each lies in.
    images
        B.
    """

    pixels: Tensor
    index: Tensor
    size: Tensor
    image: Tensor
    images: int

    @property
    def count(self) -> int:
        """Clusters of the whole batch."""
        return len(self.size)

    @property
    def peers(self) -> Tensor:
        """float32 (c,): how many clusters each one's image has."""
        return torch.bincount(self.image, minlength=self.images)[self.image].float()

    @property
    def share(self) -> Tensor:
        """float32 (c,): weight of a cluster in a mean over clusters, then over images."""
        return 1 / (self.peers * self.images)


def clusters_of(labels: Tensor, valid: Tensor, *, background: bool) -> Clusters:
    """List the clusters of a batch.

    Parameters
    ----------
    labels
        int64 (B, H, W), 0 background, any ids.
    valid
        bool (B, H, W): pixels that count.
    background
        Whether background is a cluster too.
    """
    images = len(labels)
    pixels = (valid if background else valid & (labels > 0)).flatten().nonzero()[:, 0]
    stride = int(labels.max()) + 1
    own = torch.arange(images, device=labels.device)[:, None, None] * stride
    key = (labels + own).flatten()[pixels]
    size = torch.bincount(key, minlength=images * stride)
    present = size > 0
    index = (present.cumsum(0) - 1)[key]
    return Clusters(pixels, index, size[present].float(), present.nonzero()[:, 0] // stride, images)


def borders(labels: Tensor, valid: Tensor) -> Tensor:
    """Mark pixels of which any of the eight neighbours is of another cluster.

    Parameters
    ----------
    labels
        int64 (B, H, W).
    valid
        bool (B, H, W); what lies beside an invalid pixel is no border, since nobody knows.
    """
    values = torch.where(valid, labels, 0).float()[:, None]
    differs = max_pool2d(values, 3, 1, 1) != -max_pool2d(-values, 3, 1, 1)
    unknown = max_pool2d((~valid).float()[:, None], 3, 1, 1) > 0
    return (differs & ~unknown)[:, 0] & valid


def some_of_each(clusters: Clusters, chosen: Tensor, most: int) -> Tensor:
    """Pick at most ``most`` of the chosen pixels of every cluster at random.

    Parameters
    ----------
    chosen
        bool (B, H, W).

    Returns
    -------
    int64 (m,): positions in ``clusters.pixels``, cluster by cluster.
    """
    among = chosen.flatten()[clusters.pixels].nonzero()[:, 0]
    among = among[torch.randperm(len(among), device=among.device)]
    order = torch.argsort(clusters.index[among], stable=True)
    among = among[order]
    cluster = clusters.index[among]
    first = torch.searchsorted(cluster, torch.arange(clusters.count, device=among.device))
    rank = torch.arange(len(among), device=among.device) - first[cluster]
    return among[rank < most]


def key_pixels(clusters: Clusters, shape: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Find each cluster's four outermost pixels and the one nearest to its middle.

    Parameters
    ----------
    shape
        Height and width of the labels.

    Returns
    -------
    extremes
        int64 (c, 4): positions in ``clusters.pixels`` of the top, bottom, left and right-most pixel.
    middle
        int64 (c,).
    """
    height, width = shape
    row, column = clusters.pixels // width % height, clusters.pixels % width
    extremes = [_first(clusters, value) for value in (row, -row, column, -column)]
    means = [
        torch.zeros_like(clusters.size).index_add(0, clusters.index, along.float()) / clusters.size
        for along in (row, column)
    ]
    away = (row - means[0][clusters.index]).square() + (column - means[1][clusters.index]).square()
    return torch.stack(extremes, 1), _first(clusters, away)


def _first(clusters: Clusters, value: Tensor) -> Tensor:
    """Position of the smallest value of each cluster, the first of several: int64 (c,)."""
    lowest = torch.empty(clusters.count, dtype=value.dtype, device=value.device)
    lowest = lowest.scatter_reduce(0, clusters.index, value, "amin", include_self=False)
    position = torch.arange(len(value), device=value.device)
    position = torch.where(value == lowest[clusters.index], position, len(value))
    first = torch.full_like(lowest, len(value), dtype=torch.int64)
    return first.scatter_reduce(0, clusters.index, position, "amin", include_self=True)
