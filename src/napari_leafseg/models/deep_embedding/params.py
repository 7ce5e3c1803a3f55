"""Deep embedding's live parameters and its configuration. Imports no torch."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from napari_leafseg.core.params import Params, min_area_param, param, score_param
from napari_leafseg.nets.config import EmbeddingConfig


class Order(StrEnum):
    """What is done to the clusters, one step after another (section 6.2 of the paper)."""

    HDBSCAN = "hdbscan"
    MRF = "hdbscan+mrf"
    CLUSTERNET = "hdbscan+clusternet"
    MRF_CLUSTERNET = "hdbscan+mrf+clusternet"
    CLUSTERNET_MRF = "hdbscan+clusternet+mrf"
    MRF_CLUSTERNET_MRF = "hdbscan+mrf+clusternet+mrf"

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps after the clustering, ``"mrf"`` and ``"clusternet"``, in order."""
        return tuple(self.value.split("+")[1:])


class Solver(StrEnum):
    """How the smoothest mask is looked for."""

    ICM = "icm"
    EXACT = "exact"


class DeepEmbeddingParams(Params):
    """What can be changed without running the network again."""

    order: Order = param(
        Order.CLUSTERNET,
        title="Order",
        help="What is done to the clusters: mrf smooths their outlines, clusternet draws each one anew.",
    )
    min_cluster_size: int = param(
        30,
        title="Cluster size",
        help="Smaller groups of like pixels are no cluster of their own: smaller splits, larger joins.",
        low=5,
        high=5000,
        step=1,
        unit="px",
        log=True,
    )
    min_samples: int = param(
        5,
        title="Minimum samples",
        help="How many of the clustered sample must lie near a pixel before it counts as dense: more is more cautious.",
        low=1,
        high=200,
        step=1,
        log=True,
    )
    smoothness: float = param(
        10.0,
        title="MRF smoothness",
        help="How much outlines are smoothed where the order has mrf (published: 10).",
        low=0.0,
        high=30.0,
        step=0.5,
    )
    solver: Solver = param(
        Solver.ICM,
        title="MRF solver",
        help="icm: pixels are changed one after another while it helps, as published; exact: the best of all masks.",
    )
    foreground: float = param(
        0.5,
        title="Foreground",
        help="Pixels more likely than this to belong to an object are clustered; "
        "without effect where the largest cluster is background.",
        low=0.05,
        high=0.95,
        step=0.01,
    )
    score: float = score_param()
    min_area: int = min_area_param()
    split: bool = param(True, title="Split", help="Give each connected piece of a cluster an id of its own.")


class DeepEmbeddingConfig(EmbeddingConfig):
    """What the networks are and how they are trained.

    Attributes
    ----------
    architecture
        ``"resnet"``: ResNet-101 with the published decoder and U-Net. ``"compact"``: the small ones.
    dimensions
        Of the embedding.
    position_unit
        Network pixels per unit of the pixel's own row and column, which are added to the first two dimensions,
        so that equal-looking objects far apart differ. ``None``: not added (published).
    foreground
        Whether the network also says where objects are. If not, background is one of the clusters (published).
    variance_margin, distance_margin
        The loss's margins: pixels may lie the first away from their cluster's mean, means should lie twice the
        second apart.
    variance_weight, distance_weight, regularisation_weight, edge_weight
        Weights of the terms; ``edge_weight`` 0 is off. ``distance_weight`` 0.5 is what the published code does.
    distance_mean
        Whether the distance term is a mean over pairs (Eq. 2), or a sum over pairs divided by the objects, so that
        it stays as strong in a crowd, where most pairs are far apart.
    edge_points
        Border pixels per cluster that the edge term looks at, chosen at random.
    weighted_mean
        Whether a cluster's extreme and central pixels count more in its mean.
    backbone_rate
        Factor of the backbone's learning rate; 0 freezes it (published code).
    cluster_maps
        ``"full"``: ClusterNet sees each cluster's map of the whole image (published). ``"crop"``: its surroundings.
    cluster_means
        Whether ClusterNet learns from the objects' true means (published) or from clusters that are found.
    cluster_crop
        Side of a crop, in ClusterNet's pixels.
    clusters_per_image
        At most this many clusters of an image are learnt from at a time.
    positive_weight
        Of an object's pixels in ClusterNet's loss (published: 105.46).
    """

    architecture: Literal["resnet", "compact"] = "compact"
    dimensions: int = Field(16, ge=2, le=64)
    position_unit: float | None = Field(8.0, gt=0)
    foreground: bool = True
    variance_margin: float = Field(0.5, gt=0)
    distance_margin: float = Field(1.5, gt=0)
    variance_weight: float = Field(0.1, ge=0)
    distance_weight: float = Field(0.1, ge=0)
    regularisation_weight: float = Field(0.001, ge=0)
    edge_weight: float = Field(0.0, ge=0)
    distance_mean: Literal["pairs", "objects"] = "objects"
    edge_points: int = Field(200, ge=1)
    weighted_mean: bool = False
    backbone_rate: float = Field(0.1, ge=0, le=1)
    cluster_maps: Literal["full", "crop"] = "crop"
    cluster_means: Literal["true", "found"] = "found"
    cluster_crop: int = Field(48, ge=16, multiple_of=8)
    clusters_per_image: int = Field(8, ge=1)
    positive_weight: float = Field(1.0, gt=0)


COMPACT = DeepEmbeddingConfig()
PAPER = DeepEmbeddingConfig(
    architecture="resnet",
    dimensions=32,
    position_unit=None,
    foreground=False,
    variance_margin=2.0,
    distance_margin=20.0,
    variance_weight=1.0,
    distance_weight=1.0,
    distance_mean="pairs",
    input_size=224,
    contrast="range",
    imagenet=True,
    cluster_maps="full",
    cluster_means="true",
    clusters_per_image=4,
    positive_weight=105.46,
)
