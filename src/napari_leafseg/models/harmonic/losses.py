"""Harmonic's losses: weighted L1 to the target embeddings (Eq. 5), and foreground."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from napari_leafseg.core.sample import Batch
from napari_leafseg.models.harmonic.guides import coordinates, evaluate
from napari_leafseg.models.harmonic.network import HarmonicNetwork
from napari_leafseg.models.harmonic.targets import Targets, borders, targets
from napari_leafseg.nets.embedding import Output
from napari_leafseg.nets.stage import NetworkStage

_ORIGINS = 2048
"""Random origins in training lie within this many pixels, beyond any image seen whole."""


class HarmonicStage(NetworkStage):
    """The one network that harmonic trains."""

    name = "embedding"

    def __init__(self, network: HarmonicNetwork) -> None:
        super().__init__()
        self.network = network

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Return the named losses of a batch, each a scalar."""
        config = self.network.config
        origin = torch.zeros(len(batch.image), 2, device=batch.image.device)
        if config.units == "pixel":
            origin = torch.rand(len(batch.image), 2, device=batch.image.device) * _ORIGINS
        output = self.network(batch.image, origin)
        shape = (batch.labels.shape[1], batch.labels.shape[2])
        with torch.no_grad():
            maps = evaluate(self.network.guides, *coordinates(shape, config.units, origin=origin))
            wanted = targets(batch.labels, ~batch.ignore, maps if maps.ndim == 4 else maps[None])
        return self._named(output, wanted, batch)

    def _named(self, output: Output, wanted: Targets, batch: Batch) -> dict[str, Tensor]:
        config = self.network.config
        valid = (~batch.ignore).float()
        objects = (batch.labels > 0).float() * valid
        error = (output.embedding - wanted.embedding).abs().mean(1) * wanted.weight
        result = {}
        if config.background_weight is None:
            result["embedding"] = _mean(error, valid)
        else:
            result["embedding"] = _mean(error, objects)
            result["background"] = config.background_weight * _mean(error, valid - objects)
        if config.edge_weight:
            result["edge"] = config.edge_weight * _mean(error / wanted.weight, _edges(batch))
        if output.foreground is not None:
            cross_entropy = binary_cross_entropy_with_logits(
                output.foreground, (batch.labels > 0).float(), reduction="none"
            )
            result["foreground"] = _mean(cross_entropy, valid)
        return result


def _edges(batch: Batch) -> Tensor:
    # Labels under the ignore mask are hidden first, so that they cannot make an edge beside it.
    hidden = torch.where(batch.ignore, 0, batch.labels)
    return borders(hidden).float() * (~batch.ignore).float()


def _mean(values: Tensor, weight: Tensor) -> Tensor:
    return (values * weight).sum() / weight.sum().clamp_min(1)
