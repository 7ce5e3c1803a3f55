"""Harmonic as a `Segmenter`: network, decoding, prompt and training put together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

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
from napari_leafseg.nets.embedding import EmbeddingSegmenter, Output, connected_to

_FIT_STARTS = 6
_FIT_IMAGES = 200


class HarmonicSegmenter(EmbeddingSegmenter[HarmonicConfig, HarmonicNetwork]):
    """Instance segmentation by harmonic embeddings (Kulikov & Lempitsky 2020)."""

    method = "harmonic"
    params_type = HarmonicParams
    presets = {"compact": COMPACT, "paper": PAPER}  # noqa: RUF012

    def build(self, config: HarmonicConfig) -> HarmonicNetwork:
        """Make the network of a configuration, untrained."""
        return build(config)

    def said(self, image: Tensor, origin: tuple[int, int]) -> Output:
        """Run the network, whose guides begin at the tile's place in the image."""
        return self.network(image, torch.tensor(origin, dtype=torch.float32, device=image.device))

    def decode_piece(self, piece: Piece, params: Params, memo: Memo) -> Instances:
        """Cluster the embeddings."""
        assert isinstance(piece, EmbeddingMap) and isinstance(params, HarmonicParams)
        return decode(piece, params, memo)

    def prompt_piece(self, piece: Piece, prompt: Point | Box, params: Params) -> NDArray[np.bool_]:
        """Return the connected pixels whose embedding is within the bandwidth of the point's."""
        assert isinstance(piece, EmbeddingMap) and isinstance(params, HarmonicParams)
        row, column = place = self.clicked(piece, prompt)
        embedding = piece.embedding.astype(np.float32)
        near = np.square(embedding - embedding[:, row, column, None, None]).sum(0) <= params.bandwidth**2
        if piece.foreground is not None:
            near &= piece.foreground > params.foreground
        return piece.geometry.to_image(connected_to(near, place))

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
