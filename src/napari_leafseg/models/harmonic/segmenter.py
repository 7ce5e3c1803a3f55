"""Harmonic as a `Segmenter`: network, decoding, prompt and training put together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from skimage.measure import label as components
from torch import Tensor

from napari_leafseg.core.errors import ParameterError
from napari_leafseg.core.geometry import Geometry
from napari_leafseg.core.instances import Instances
from napari_leafseg.core.memo import Memo
from napari_leafseg.core.params import Params
from napari_leafseg.core.prediction import EmbeddingMap, Piece
from napari_leafseg.core.sample import Sample, Stage
from napari_leafseg.core.segmenter import Box, Point
from napari_leafseg.models.harmonic.decode import decode
from napari_leafseg.models.harmonic.guides import fit_guides, random_guides
from napari_leafseg.models.harmonic.losses import HarmonicStage
from napari_leafseg.models.harmonic.network import HarmonicNetwork, build
from napari_leafseg.models.harmonic.params import COMPACT, PAPER, HarmonicConfig, HarmonicParams
from napari_leafseg.nets.segmenter import NetworkSegmenter

_FIT_STARTS = 6
_FIT_IMAGES = 200


class HarmonicSegmenter(NetworkSegmenter[HarmonicConfig, HarmonicNetwork]):
    """Instance segmentation by harmonic embeddings (Kulikov & Lempitsky 2020)."""

    method = "harmonic"
    params_type = HarmonicParams
    presets = {"compact": COMPACT, "paper": PAPER}  # noqa: RUF012
    multiple = 32

    def build(self, config: HarmonicConfig) -> HarmonicNetwork:
        """Make the network of a configuration, untrained."""
        return build(config)

    def geometry_for(self, shape: tuple[int, int], scale: float) -> Geometry:
        """Stretch to the fixed input where the configuration has one, as published."""
        size = self.config.input_size
        return super().geometry_for(shape, scale) if size is None else Geometry.stretched(shape, (size, size))

    def piece(self, image: Tensor, geometry: Geometry, origin: tuple[int, int]) -> EmbeddingMap:
        """Run the network and keep embeddings and foreground in half precision."""
        output = self.network(image, torch.tensor(origin, dtype=torch.float32, device=image.device))
        height, width = geometry.scaled_shape
        embedding = output.embedding[0, :, :height, :width].half().cpu().numpy()
        foreground = None
        if output.foreground is not None:
            foreground = output.foreground[0, :height, :width].sigmoid().half().cpu().numpy()
        return EmbeddingMap(geometry, np.ascontiguousarray(embedding), foreground)

    def decode_piece(self, piece: Piece, params: Params, memo: Memo) -> Instances:
        """Cluster the embeddings."""
        assert isinstance(piece, EmbeddingMap) and isinstance(params, HarmonicParams)
        return decode(piece, params, memo)

    def prompt_piece(self, piece: Piece, prompt: Point | Box, params: Params) -> NDArray[np.bool_]:
        """Return the connected pixels whose embedding is within the bandwidth of the point's."""
        assert isinstance(piece, EmbeddingMap) and isinstance(params, HarmonicParams)
        if len(prompt) != 2:
            raise ParameterError("harmonic answers points, not boxes: click on the object.")
        height, width = piece.embedding.shape[1:]
        down, across = piece.geometry.point_to_network(*prompt)
        row, column = (int(np.clip(round(v), 0, n - 1)) for v, n in ((down, height), (across, width)))
        embedding = piece.embedding.astype(np.float32)
        near = np.square(embedding - embedding[:, row, column, None, None]).sum(0) <= params.bandwidth**2
        if piece.foreground is not None:
            near &= piece.foreground > params.foreground
        pieces = components(near, connectivity=1)
        return piece.geometry.to_image((pieces == pieces[row, column]) & near)

    # --- training -------------------------------------------------------------------

    def prepare(self, samples: Sequence[Sample]) -> None:
        """Fit the guides to the training labels (section 3.1 of the paper)."""
        config = self.config
        if not config.fit or not samples:
            return
        generator = torch.Generator().manual_seed(0)
        starts = [
            random_guides(config.dimensions, config.low_frequency, config.high_frequency, generator)
            for _ in range(_FIT_STARTS)
        ]
        every = max(1, len(samples) // _FIT_IMAGES)
        label_images = [self._seen(sample) for sample in samples[::every]]
        self.network.set_guides(fit_guides(label_images, starts, config.units, config.margin))

    def _seen(self, sample: Sample) -> NDArray[np.int32]:
        """Labels as the loss sees them: nothing under the ignore mask."""
        return sample.labels if sample.ignore is None else np.where(sample.ignore, 0, sample.labels)

    def stages(self) -> Iterator[Stage]:
        """Yield the embedding network."""
        yield HarmonicStage(self.network)
