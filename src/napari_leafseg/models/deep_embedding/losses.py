"""The discriminative loss: pixels of a cluster close together, clusters far apart.

The paper's Eqs. 1 to 4 (after De Brabandere et al. 2017), its edge term and its weighted mean. All clusters of a
batch are computed at once. Knows vectors and clusters; nothing of networks.
"""

from __future__ import annotations

import torch
from torch import Tensor

from napari_leafseg.models.deep_embedding.params import DeepEmbeddingConfig
from napari_leafseg.models.deep_embedding.targets import Clusters, key_pixels, some_of_each

CENTRE_SHARE, EXTREME_SHARE = 0.1, 0.025
"""Extra weight of a cluster's middle and of each outermost pixel in its mean, in shares of its pixels."""
_MOST_EDGE_POINTS = 4096
_TINY = 1e-12


def length(difference: Tensor) -> Tensor:
    """L2 norm over the last dimension, whose gradient is finite at zero too."""
    return (difference.square().sum(-1) + _TINY).sqrt()


def cluster_means(vectors: Tensor, clusters: Clusters, extra: Tensor | None = None) -> Tensor:
    """Average vectors over clusters.

    Parameters
    ----------
    vectors
        (n, D), of ``clusters.pixels``.
    extra
        (n,): additional weight of each pixel (the paper's section 3.1.2).

    Returns
    -------
    (c, D).
    """
    weighted = vectors if extra is None else vectors * (1 + extra)[:, None]
    total = vectors.new_zeros(clusters.count, vectors.shape[1]).index_add(0, clusters.index, weighted)
    weight = clusters.size
    if extra is not None:
        weight = weight.index_add(0, clusters.index, extra)
    return total / weight[:, None]


def key_weights(clusters: Clusters, shape: tuple[int, int]) -> Tensor:
    """Extra weights of the key pixels: float32 (n,), zero for all others."""
    extremes, middle = key_pixels(clusters, shape)
    extra = torch.zeros(len(clusters.pixels), device=clusters.pixels.device)
    extra = extra.index_add(0, middle, torch.ceil(CENTRE_SHARE * clusters.size))
    return extra.index_add(0, extremes.flatten(), torch.ceil(EXTREME_SHARE * clusters.size).repeat_interleave(4))


def variance(vectors: Tensor, means: Tensor, clusters: Clusters, margin: float) -> Tensor:
    """Pull every pixel to within ``margin`` of its cluster's mean (Eq. 1)."""
    beyond = (length(vectors - means[clusters.index]) - margin).clamp_min(0).square()
    return (beyond * (clusters.share / clusters.size)[clusters.index]).sum()


def distance(means: Tensor, clusters: Clusters, margin: float, *, over_objects: bool = False) -> Tensor:
    """Push the means of an image at least twice ``margin`` apart (Eq. 2).

    Parameters
    ----------
    over_objects
        Divide the sum over pairs by the clusters, not by the pairs.
    """
    first, second = _pairs(clusters)
    lacking = (2 * margin - length(means[first] - means[second])).clamp_min(0).square()
    weight = 2 * clusters.share[first]
    if not over_objects:
        weight = weight / (clusters.peers[first] - 1)
    return (lacking * weight).sum()


def _pairs(clusters: Clusters) -> tuple[Tensor, Tensor]:
    """Each pair of clusters of one image, once."""
    together = clusters.image[:, None] == clusters.image[None]
    first, second = together.triu(1).nonzero().unbind(1)
    return first, second


def regularisation(means: Tensor, clusters: Clusters) -> Tensor:
    """Pull the means gently to the origin (Eq. 3)."""
    return (length(means) * clusters.share).sum()


def edge(vectors: Tensor, clusters: Clusters, border: Tensor, config: DeepEmbeddingConfig) -> Tensor:
    """Push border pixels of different clusters apart (the paper's section 3.1.1).

    The hinge is at twice (distance margin - variance margin), as in the published code: the printed one would ask
    more of borders than of means.

    Parameters
    ----------
    border
        bool (B, H, W).
    """
    per_image = torch.bincount(clusters.image, minlength=clusters.images)
    most = min(config.edge_points, max(1, _MOST_EDGE_POINTS // max(int(per_image.max()), 1)))
    points = some_of_each(clusters, border, most)
    cluster = clusters.index[points]
    used = torch.bincount(cluster, minlength=clusters.count)
    hinge = 2 * (config.distance_margin - config.variance_margin)
    total = vectors.new_zeros(())
    for image in range(clusters.images):
        here = points[clusters.image[cluster] == image]
        of = clusters.index[here]
        apart = torch.cdist(vectors[here], vectors[here], compute_mode="donot_use_mm_for_euclid_dist")
        weight = ((1 / used[of])[:, None] * (1 / used[of])[None]) * (of[:, None] != of[None])
        pairs = int(per_image[image]) * (int(per_image[image]) - 1)
        total = total + ((hinge - apart).clamp_min(0).square() * weight).sum() / max(pairs, 1)
    return total / clusters.images


def discriminative(
    own: Tensor, places: Tensor | None, clusters: Clusters, border: Tensor, config: DeepEmbeddingConfig
) -> dict[str, Tensor]:
    """All terms, weighted (Eq. 4).

    Parameters
    ----------
    own
        float32 (n, D): what the network says at ``clusters.pixels``.
    places
        (n, D) added to it: where the pixels lie. Does not count as the network's in the regularisation.
    border
        bool (B, H, W).
    """
    vectors = own if places is None else own + places
    shape = (int(border.shape[1]), int(border.shape[2]))
    extra = key_weights(clusters, shape) if config.weighted_mean else None
    means = cluster_means(vectors, clusters, extra)
    centred = means if places is None else cluster_means(own, clusters, extra)
    over_objects = config.distance_mean == "objects"
    result = {
        "variance": config.variance_weight * variance(vectors, means, clusters, config.variance_margin),
        "distance": config.distance_weight
        * distance(means, clusters, config.distance_margin, over_objects=over_objects),
        "regularisation": config.regularisation_weight * regularisation(centred, clusters),
    }
    if config.edge_weight:
        result["edge"] = config.edge_weight * edge(vectors, clusters, border, config)
    return result
