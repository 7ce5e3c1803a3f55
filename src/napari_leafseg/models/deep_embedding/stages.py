"""What is trained, one after another: the embedding, then ClusterNet on what the embedding makes of the images."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from napari_leafseg.core.memo import NoMemo
from napari_leafseg.core.sample import Batch
from napari_leafseg.models.deep_embedding.cluster_net import ClusterNet
from napari_leafseg.models.deep_embedding.clustering import Cut, cluster
from napari_leafseg.models.deep_embedding.decode import bandwidth
from napari_leafseg.models.deep_embedding.field import Field, places
from napari_leafseg.models.deep_embedding.losses import discriminative
from napari_leafseg.models.deep_embedding.network import DeepEmbeddingNetwork, Embedder
from napari_leafseg.models.deep_embedding.params import DeepEmbeddingConfig
from napari_leafseg.models.deep_embedding.refining import Segments, maps, pixels_of, segments_of, side_of
from napari_leafseg.models.deep_embedding.targets import borders, clusters_of
from napari_leafseg.nets.resnet import ResNetEncoder
from napari_leafseg.nets.stage import NetworkStage

_SAMPLES = 1500
_NEIGHBOURS = 5
_CLUSTER_SIZE = 30
"""How clusters are found for ClusterNet to learn from: quicker than in use, else as by default."""


class EmbeddingStage(NetworkStage):
    """The first network."""

    name = "embedding"
    share = 0.8

    def __init__(self, embedder: Embedder) -> None:
        super().__init__()
        self.embedder = embedder

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Return the named losses of a batch, each a scalar."""
        config = self.embedder.config
        output = self.embedder(batch.image)
        valid = ~batch.ignore
        clusters = clusters_of(batch.labels, valid, background=output.foreground is None)
        shape = (batch.labels.shape[1], batch.labels.shape[2])
        own = output.embedding.float().permute(0, 2, 3, 1).flatten(0, 2)[clusters.pixels]
        added = None
        if config.position_unit is not None:
            added = places(clusters.pixels, shape, config.dimensions, config.position_unit)
        border = borders(batch.labels, valid) if config.edge_weight else valid
        result = discriminative(own, added, clusters, border, config)
        if output.foreground is not None:
            result["foreground"] = _cross_entropy(output.foreground, batch.labels > 0, valid.float())
        return result

    def groups(self) -> list[dict[str, Any]]:
        """Give the published backbone, which may start from ImageNet's weights, a rate of its own."""
        backbone = [p for m in self.modules() if isinstance(m, ResNetEncoder) for p in m.parameters()]
        known = {id(p) for p in backbone}
        rest = [p for p in self.parameters() if p.requires_grad and id(p) not in known]
        tuned = [p for p in backbone if p.requires_grad]
        groups = [{"params": rest, "factor": 1.0}]
        return [*groups, {"params": tuned, "factor": self.embedder.config.backbone_rate}] if tuned else groups


def _cross_entropy(logits: Tensor, wanted: Tensor, weight: Tensor, positive: float = 1.0) -> Tensor:
    """Weighted mean of the binary cross-entropy; 0 where nothing counts."""
    values = binary_cross_entropy_with_logits(
        logits.float(), wanted.float(), reduction="none", pos_weight=logits.new_tensor(positive, dtype=torch.float32)
    )
    return (values * weight).sum() / weight.sum().clamp_min(1)


class ClusterStage(NetworkStage):
    """ClusterNet, on the embedding as it is by then."""

    name = "clusternet"
    share = 0.2

    def __init__(self, network: DeepEmbeddingNetwork) -> None:
        super().__init__()
        self.cluster_net: ClusterNet = network.cluster_net
        # In a list, so that it is no part of what is trained here.
        self._embedder = [network.embedder]

    @property
    def config(self) -> DeepEmbeddingConfig:
        """The networks' configuration."""
        return self._embedder[0].config

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Return the named losses of a batch, each a scalar."""
        embedder = self._embedder[0].to(batch.image.device).eval()
        with torch.no_grad():
            output = embedder(batch.image)
        embedding = output.embedding.float().cpu().numpy()
        foreground = None if output.foreground is None else output.foreground.float().sigmoid().cpu().numpy()
        valid = (~batch.ignore).cpu().numpy()
        labels = np.where(valid, batch.labels.cpu().numpy(), 0).astype(np.int32)
        lessons = [
            self._lesson(embedding[i], None if foreground is None else foreground[i], labels[i], valid[i])
            for i in range(len(labels))
        ]
        seen, wanted, weight = (torch.cat(parts).to(batch.image.device) for parts in zip(*lessons, strict=True))
        if self.training:
            self.cluster_net.trained.fill_(1)
        return {"clusternet": _cross_entropy(self._logits(seen), wanted, weight, self.config.positive_weight)}

    def _logits(self, seen: Tensor) -> Tensor:
        """(n, rows, columns); where there is nothing to learn, something that has a gradient, to be weighted by 0."""
        if len(seen):
            return self.cluster_net(seen)
        return self.cluster_net(seen.new_zeros(2, *seen.shape[1:]))[:0]

    def _lesson(
        self,
        embedding: NDArray[np.float32],
        foreground: NDArray[np.float32] | None,
        labels: NDArray[np.int32],
        valid: NDArray[np.bool_],
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Maps of some clusters of an image, their true masks, and where those are known."""
        config = self.config
        field = Field(embedding, config.position_unit)
        found = labels if config.cluster_means == "true" else self._found(field, foreground)
        segments = _some(segments_of(field, found, config), config.clusters_per_image)
        owner = np.arange(int(found.max()) + 1) if config.cluster_means == "true" else _owners(found, labels, valid)
        index = pixels_of(segments.boxes, side_of(field, config), field.shape)
        number = owner[segments.ids][:, None, None]
        wanted = (labels.ravel()[index] == number) & (number > 0)
        return (
            maps(field, foreground, segments, config),
            torch.from_numpy(wanted),
            torch.from_numpy(valid.ravel()[index]),
        )

    def _found(self, field: Field, foreground: NDArray[np.float32] | None) -> NDArray[np.int32]:
        mask = None if foreground is None else foreground > 0.5
        cut = Cut(_CLUSTER_SIZE, _NEIGHBOURS, bandwidth(self.config), _SAMPLES)
        return cluster(field, mask, cut, NoMemo())


def _some(segments: Segments, most: int) -> Segments:
    """At most some of the clusters, at random."""
    if len(segments.ids) <= most:
        return segments
    chosen = torch.randperm(len(segments.ids))[:most].numpy()
    return Segments(segments.means[chosen], segments.boxes[chosen], segments.ids[chosen])


def _owners(found: NDArray[np.int32], labels: NDArray[np.int32], valid: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Which true object holds most of each cluster's known pixels; 0 for background: a ghost, to be erased."""
    count = int(labels.max()) + 1
    joint = np.bincount(found[valid].astype(np.int64) * count + labels[valid], minlength=(int(found.max()) + 1) * count)
    return joint.reshape(-1, count).argmax(1)
