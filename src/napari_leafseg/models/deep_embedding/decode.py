"""From an embedding map to objects: cluster, split, then smooth and draw anew in the order asked for.

Pure: the same map, parameters and ClusterNet always give the same answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from skimage.measure import label as components

from napari_leafseg.core.instances import Instances
from napari_leafseg.core.memo import Memo
from napari_leafseg.core.prediction import EmbeddingMap
from napari_leafseg.models.deep_embedding.cluster_net import ClusterNet
from napari_leafseg.models.deep_embedding.clustering import Cut, cluster
from napari_leafseg.models.deep_embedding.field import Field
from napari_leafseg.models.deep_embedding.mrf import smooth
from napari_leafseg.models.deep_embedding.params import DeepEmbeddingConfig, DeepEmbeddingParams, Solver
from napari_leafseg.models.deep_embedding.refining import refine, segments_of


@dataclass(frozen=True)
class _State:
    """Objects in the network's frame between two steps, and the score of each id."""

    labels: NDArray[np.int32]
    scores: NDArray[np.float32]


class Decoding:
    """The decoding of one embedding map.

    Parameters
    ----------
    piece
        From the network.
    config
        What the network is.
    net
        ClusterNet, in evaluation mode; its steps are left out while it is untrained.
    params
        Live parameters.
    memo
        Keeps the sample, HDBSCAN's tree, and the result of every step.
    """

    def __init__(
        self,
        piece: EmbeddingMap,
        config: DeepEmbeddingConfig,
        net: ClusterNet,
        params: DeepEmbeddingParams,
        memo: Memo,
    ) -> None:
        self.piece, self.config, self.net, self.params, self.memo = piece, config, net, params, memo
        self.mask_key = () if piece.foreground is None else (params.foreground,)
        self.field: Field = memo.get(("field",), lambda: Field(piece.embedding, config.position_unit))

    def instances(self) -> Instances:
        """Run every step."""
        params = self.params
        key: tuple[Any, ...] = (*self.mask_key, params.min_cluster_size, params.min_samples)
        clusters: NDArray[np.int32] = self.memo.get(("clusters", *key), self._clusters)
        key = (*key, params.split, params.min_area)
        state: _State = self.memo.get(("pieces", *key), lambda: self._pieces(clusters))
        for step in params.order.steps:
            key = (*key, step, *self._step_key(step))
            state = self.memo.get(key, partial(self._after, step, state))
        found = _in_image(self.piece, state.labels, state.scores, params.min_area)
        return found.select(found.scores >= params.score)

    def _clusters(self) -> NDArray[np.int32]:
        return cluster(self.field, self._mask(), cut_of(self.piece, self.config, self.params), self.memo, self.mask_key)

    def _mask(self) -> NDArray[np.bool_] | None:
        foreground = self.piece.foreground
        return None if foreground is None else np.asarray(foreground, np.float32) > self.params.foreground

    def _pieces(self, found: NDArray[np.int32]) -> _State:
        """Connected pieces that are large enough; the others would only cost time in what follows."""
        labels = components(found, background=0, connectivity=1).astype(np.int32) if self.params.split else found
        area = np.bincount(labels.ravel())
        keep = area >= max(self.params.min_area * self.piece.geometry.area_scale, 1)
        keep[0] = False
        lookup = np.where(keep, np.cumsum(keep), 0).astype(np.int32)
        labels = lookup[labels]
        return _State(labels, self._alikeness(labels))

    def _step_key(self, step: str) -> tuple[Any, ...]:
        return (self.params.smoothness, self.params.solver) if step == "mrf" else ()

    def _after(self, step: str, state: _State) -> _State:
        if step == "mrf":
            exact = self.params.solver is Solver.EXACT
            return _State(smooth(state.labels, self.params.smoothness, exact=exact), state.scores)
        if not int(self.net.trained):
            return state
        background = self.piece.foreground is None
        segments = segments_of(self.field, state.labels, self.config, background=background)
        drawn = refine(self.field, self.piece.foreground, segments, self.net, self.config)
        return _State(drawn.labels, drawn.scores)

    def _alikeness(self, labels: NDArray[np.int32]) -> NDArray[np.float32]:
        """Mean nearness of an object's pixels to their mean, times the mean foreground: (n,)."""
        inside = np.flatnonzero(labels)
        number = labels.ravel()[inside]
        area = np.bincount(number, minlength=1)
        vectors, index = self.field.at(inside), torch.from_numpy(number.astype(np.int64))
        means = torch.zeros(len(area), vectors.shape[1]).index_add(0, index, vectors)
        means /= torch.from_numpy(area).clamp_min(1)[:, None]
        distance = (vectors - means[index]).square().sum(1).sqrt().numpy()
        near = np.clip(1 - distance / (2 * self.config.distance_margin), 0, 1)
        if self.piece.foreground is not None:
            near *= self.piece.foreground.ravel()[inside]
        return (np.bincount(number, near, minlength=1) / np.maximum(area, 1))[1:].astype(np.float32)


def _in_image(piece: EmbeddingMap, labels: NDArray[np.int32], scores: NDArray[np.float32], min_area: int) -> Instances:
    """Bring objects to the image's size, and drop the small ones."""
    there = np.ascontiguousarray(piece.geometry.to_image(labels))
    area = np.bincount(there.ravel(), minlength=len(scores) + 1)[1:]
    return Instances(there, scores).select(area >= max(min_area, 1))


def cut_of(piece: EmbeddingMap, config: DeepEmbeddingConfig, params: DeepEmbeddingParams) -> Cut:
    """How to cluster a map: the minimum size, given in pixels of the image, in pixels of the map."""
    return Cut(params.min_cluster_size * piece.geometry.area_scale, params.min_samples, bandwidth(config))


def bandwidth(config: DeepEmbeddingConfig) -> float:
    """How far apart the loss lets two pixels of one object lie: twice the variance margin."""
    return 2 * config.variance_margin


def with_truth(
    piece: EmbeddingMap, config: DeepEmbeddingConfig, net: ClusterNet, labels: NDArray[np.int32], min_area: int
) -> Instances:
    """Ask ClusterNet about the true objects instead of clusters (the seventh row of the paper's Table 1).

    Parameters
    ----------
    labels
        int32, of the network's frame.
    """
    field = Field(piece.embedding, config.position_unit)
    segments = segments_of(field, labels, config, background=piece.foreground is None)
    drawn = refine(field, piece.foreground, segments, net, config)
    return _in_image(piece, drawn.labels, drawn.scores, min_area)
