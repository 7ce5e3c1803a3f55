"""LeafMask as a `Segmenter`: network, decoding, prompts and training put together."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from napari_leafseg.core.geometry import Geometry
from napari_leafseg.core.instances import Instances
from napari_leafseg.core.memo import Memo
from napari_leafseg.core.params import Params
from napari_leafseg.core.prediction import Candidates, Piece
from napari_leafseg.core.sample import Stage
from napari_leafseg.core.segmenter import Box, Point
from napari_leafseg.models.leafmask.candidates import keep
from napari_leafseg.models.leafmask.decode import decode
from napari_leafseg.models.leafmask.losses import LeafMaskStage
from napari_leafseg.models.leafmask.network import LeafMaskNetwork
from napari_leafseg.models.leafmask.params import COMPACT, PAPER, LeafMaskConfig, LeafMaskParams
from napari_leafseg.models.leafmask.prompt import object_at_point, object_in_box
from napari_leafseg.nets.segmenter import NetworkSegmenter


class LeafMaskSegmenter(NetworkSegmenter[LeafMaskConfig, LeafMaskNetwork]):
    """Instance segmentation by boxes, bases and points (Guo et al. 2021)."""

    method = "leafmask"
    params_type = LeafMaskParams
    presets = {"compact": COMPACT, "paper": PAPER}  # noqa: RUF012
    multiple = 32
    mixing = 0.75
    refines = True

    def build(self, config: LeafMaskConfig) -> LeafMaskNetwork:
        """Make the network of a configuration, untrained."""
        return LeafMaskNetwork(config)

    def geometry_for(self, shape: tuple[int, int], scale: float) -> Geometry:
        """Resize to the published side lengths where the configuration has them."""
        short, long = self.config.short_side, self.config.long_side
        if short is not None:
            scale = short / min(shape)
            scale = scale if long is None else min(scale, long / max(shape))
        return super().geometry_for(shape, scale)

    def piece(self, image: Tensor, geometry: Geometry, origin: tuple[int, int]) -> Candidates:
        """Run the network and keep all candidates with their masks."""
        return keep(self.network, self.network(image), geometry)

    def decode_piece(self, piece: Piece, params: Params, memo: Memo) -> Instances:
        """Choose, refine and paint."""
        assert isinstance(piece, Candidates) and isinstance(params, LeafMaskParams)
        return decode(piece, self.network.points.kept(), params, memo)

    def prompt_piece(self, piece: Piece, prompt: Point | Box, params: Params) -> NDArray[np.bool_]:
        """Return the mask of the object in a box, or of the best candidate at a point."""
        assert isinstance(piece, Candidates) and isinstance(params, LeafMaskParams)
        if len(prompt) == 2:
            return object_at_point(piece, self.network, prompt, params)
        return object_in_box(piece, self.network, prompt, params)

    # --- training -------------------------------------------------------------------

    def stages(self) -> Iterator[Stage]:
        """Yield the network."""
        yield LeafMaskStage(self.network)
