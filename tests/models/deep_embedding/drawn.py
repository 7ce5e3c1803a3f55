"""Predictions made by hand: what networks without error would say of drawn nuclei."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from napari_leafseg.core.geometry import Geometry
from napari_leafseg.core.prediction import EmbeddingMap
from napari_leafseg.models.deep_embedding.cluster_net import ClusterNet
from napari_leafseg.models.deep_embedding.params import COMPACT


def with_places(labels: NDArray[np.int32], *, noise: float = 0.0, geometry: Geometry | None = None) -> EmbeddingMap:
    """As the compact preset: every pixel points to the middle of its object; foreground is known."""
    ids = np.unique(labels)
    middles = np.zeros((int(ids[-1]) + 1, 2))
    middles[ids] = ndimage.center_of_mass(np.ones_like(labels), labels, ids)
    here = np.stack(np.mgrid[0 : labels.shape[0], 0 : labels.shape[1]])
    embedding = np.zeros((COMPACT.dimensions, *labels.shape))
    embedding[:2] = (middles[labels].transpose(2, 0, 1) - here) / COMPACT.position_unit * (labels > 0)
    embedding += noise * np.random.default_rng(0).normal(size=embedding.shape)
    foreground = (labels > 0).astype(np.float16)
    return EmbeddingMap(geometry or Geometry.scaled(labels.shape), embedding.astype(np.float16), foreground)


def with_background(labels: NDArray[np.int32], *, noise: float = 0.0) -> EmbeddingMap:
    """As the paper preset: 32 dimensions, background a cluster like the others."""
    rng = np.random.default_rng(0)
    colours = rng.normal(size=(int(labels.max()) + 1, 32))
    colours *= 30 / np.linalg.norm(colours, axis=1, keepdims=True)
    embedding = colours[labels].transpose(2, 0, 1) + noise * rng.normal(size=(32, *labels.shape))
    return EmbeddingMap(Geometry.scaled(labels.shape), embedding.astype(np.float16), None)


class LikelyNet(ClusterNet):
    """A ClusterNet that believes its first map: what is likelier than a half is the object."""

    def __init__(self, inputs: int = 2, least: float = 0.5) -> None:
        super().__init__(inputs, (4, 8))
        self.least = least
        self.trained.fill_(1)

    def forward(self, maps: Tensor) -> Tensor:
        return torch.where(maps[:, 0] > self.least, 5.0, -5.0)
