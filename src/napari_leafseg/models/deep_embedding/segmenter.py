"""Deep embedding as a `Segmenter`: networks, decoding, prompt and training put together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from napari_leafseg.core.errors import ParameterError
from napari_leafseg.core.geometry import Geometry
from napari_leafseg.core.instances import Instances
from napari_leafseg.core.memo import Memo
from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.core.params import Params
from napari_leafseg.core.prediction import EmbeddingMap, Piece, Prediction, Tile
from napari_leafseg.core.sample import Stage
from napari_leafseg.core.segmenter import Box, Point
from napari_leafseg.core.tiles import Window, merge
from napari_leafseg.core.work import Check, Progress
from napari_leafseg.models.deep_embedding.cluster_net import ClusterNet
from napari_leafseg.models.deep_embedding.decode import Decoding, bandwidth, with_truth
from napari_leafseg.models.deep_embedding.field import Field
from napari_leafseg.models.deep_embedding.network import DeepEmbeddingNetwork
from napari_leafseg.models.deep_embedding.params import COMPACT, PAPER, DeepEmbeddingConfig, DeepEmbeddingParams
from napari_leafseg.models.deep_embedding.stages import ClusterStage, EmbeddingStage
from napari_leafseg.nets.embedding import EmbeddingSegmenter, Output, connected_to

UNTRAINED = "These weights hold no trained ClusterNet: orders that name it leave that step out."


class DeepEmbeddingSegmenter(EmbeddingSegmenter[DeepEmbeddingConfig, DeepEmbeddingNetwork]):
    """Instance segmentation by deep embeddings (Jaffe & Ben-Moshe 2019)."""

    method = "deep_embedding"
    params_type = DeepEmbeddingParams
    presets = {"compact": COMPACT, "paper": PAPER}  # noqa: RUF012

    def build(self, config: DeepEmbeddingConfig) -> DeepEmbeddingNetwork:
        """Make the networks of a configuration, untrained."""
        return DeepEmbeddingNetwork(config)

    def said(self, image: Tensor, origin: tuple[int, int]) -> Output:
        """Run the embedding network; places are added when vectors are read (`field`)."""
        return self.network(image)

    def encode_rgb(
        self, rgb: NDArray[np.float32], options: EncodeOptions, check: Check, progress: Progress
    ) -> Prediction:
        """Run the network, and say so where there is no ClusterNet to be asked later."""
        prediction = super().encode_rgb(rgb, options, check, progress)
        if int(self.network.cluster_net.trained):
            return prediction
        return replace(prediction, notes=(*prediction.notes, UNTRAINED))

    def decode_piece(self, piece: Piece, params: Params, memo: Memo) -> Instances:
        """Cluster the embeddings, then smooth and draw anew in the order asked for."""
        assert isinstance(piece, EmbeddingMap) and isinstance(params, DeepEmbeddingParams)
        with self._cluster_net() as net:
            return Decoding(piece, self.config, net, params, memo).instances()

    @contextmanager
    def _cluster_net(self) -> Iterator[ClusterNet]:
        """ClusterNet in evaluation mode, left in the mode it was found in."""
        net = self.network.cluster_net
        training = net.training
        net.eval()
        try:
            yield net
        finally:
            net.train(training)

    def decode_with_truth(
        self, prediction: Prediction, labels: NDArray[np.int32], params: Params | None = None
    ) -> Instances:
        """Ask ClusterNet about the true objects: "true cluster mean + ClusterNet" of the paper's Table 1.

        Raises
        ------
        ParameterError
            If ClusterNet is not trained.
        """
        chosen = self.defaults if params is None else params
        assert isinstance(chosen, DeepEmbeddingParams)
        if not int(self.network.cluster_net.trained):
            raise ParameterError(
                "What ClusterNet would make of the true objects cannot be told, because these weights hold no "
                "trained one: train them to the end."
            )
        parts = []
        for tile in prediction.tiles:
            window = Window(tile.top, tile.left, *tile.piece.geometry.image_shape)
            parts.append((window, self._tile_with_truth(tile, labels[window.slices], chosen)))
        return merge(prediction.image_shape, parts) if parts else Instances.none(prediction.image_shape)

    def _tile_with_truth(self, tile: Tile, labels: NDArray[np.int32], params: DeepEmbeddingParams) -> Instances:
        piece = tile.piece
        assert isinstance(piece, EmbeddingMap)
        with self._cluster_net() as net:
            return with_truth(piece, self.config, net, _in_network(labels, piece.geometry), params.min_area)

    def prompt_piece(self, piece: Piece, prompt: Point | Box, params: Params) -> NDArray[np.bool_]:
        """Return the connected pixels whose embedding is within the bandwidth of the point's."""
        assert isinstance(piece, EmbeddingMap) and isinstance(params, DeepEmbeddingParams)
        row, column = place = self.clicked(piece, prompt)
        height, width = piece.embedding.shape[1:]
        mask = np.ones((height, width), bool)
        if piece.foreground is not None:
            # Only what is connected to the point can be the answer: the rest need not be looked at.
            mask = connected_to(np.asarray(piece.foreground > params.foreground), place)
        field, inside = Field(piece.embedding, self.config.position_unit), np.flatnonzero(mask)
        here = field.at(np.array([row * width + column]))
        near = np.zeros((height, width), bool)
        near.flat[inside] = ((field.at(inside) - here).square().sum(1) <= bandwidth(self.config) ** 2).numpy()
        return piece.geometry.to_image(connected_to(near, place))

    # --- training -------------------------------------------------------------------

    def stages(self) -> Iterator[Stage]:
        """Yield the embedding network, then ClusterNet."""
        yield EmbeddingStage(self.network.embedder)
        yield ClusterStage(self.network)


def _in_network(labels: NDArray[np.int32], geometry: Geometry) -> NDArray[np.int32]:
    """Bring labels of the image's size to the network's frame, by nearest pixel."""
    back = Geometry(geometry.scaled_shape, geometry.image_shape, geometry.image_shape)
    return np.ascontiguousarray(back.to_image(labels)).astype(np.int32)
