"""The object-guided method as a `Segmenter`: network, decoding, prompts and training put together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from napari_leafseg.core.geometry import Geometry
from napari_leafseg.core.instances import Instances
from napari_leafseg.core.memo import Memo
from napari_leafseg.core.params import Params
from napari_leafseg.core.prediction import Candidates, Piece
from napari_leafseg.core.sample import Stage
from napari_leafseg.core.segmenter import Box, Point
from napari_leafseg.models.object_guided.boxes import find
from napari_leafseg.models.object_guided.decode import decode
from napari_leafseg.models.object_guided.losses import ObjectGuidedStage
from napari_leafseg.models.object_guided.network import ObjectGuidedNetwork, build
from napari_leafseg.models.object_guided.params import (
    COMPACT,
    LEAST_CONFIDENCE,
    PAPER,
    ObjectGuidedConfig,
    ObjectGuidedParams,
)
from napari_leafseg.models.object_guided.prompt import IMAGE, at_point, in_box
from napari_leafseg.models.object_guided.rois import frames, groups
from napari_leafseg.nets.segmenter import NetworkSegmenter

_STRIDE = 32


class ObjectGuidedSegmenter(NetworkSegmenter[ObjectGuidedConfig, ObjectGuidedNetwork]):
    """Object-guided instance segmentation (Yi et al. 2021)."""

    method = "object_guided"
    params_type = ObjectGuidedParams
    presets = {"compact": COMPACT, "paper": PAPER}  # noqa: RUF012
    multiple = _STRIDE
    mixing = 0.75

    def build(self, config: ObjectGuidedConfig) -> ObjectGuidedNetwork:
        """Make the network of a configuration, untrained."""
        return build(config)

    def geometry_for(self, shape: tuple[int, int], scale: float) -> Geometry:
        """Fit into the fixed square where the configuration has one, keeping the aspect."""
        size = self.config.input_size
        if size is None:
            return super().geometry_for(shape, scale)
        return Geometry.scaled(shape, size / max(shape), multiple=size)

    def piece(self, image: Tensor, geometry: Geometry, origin: tuple[int, int]) -> Candidates:
        """Find boxes, draw a mask in each, and keep them with the features, in half precision."""
        said, levels = self.network(image)
        config = self.config
        found = find(said, geometry.scaled_shape, self.network.stride, config.size_code, LEAST_CONFIDENCE)
        boxes = found.boxes.float().cpu().numpy()
        masks = self.masks(levels, boxes)
        drawn = np.array([index for index, mask in enumerate(masks) if mask.size], np.int64)
        kept = [image[0], *(level[0] for level in levels[1:])]
        names = [IMAGE, *(f"c{number}" for number in range(2, len(levels) + 1))]
        return Candidates(
            geometry,
            scores=found.scores.float().cpu().numpy()[drawn],
            boxes=frames(boxes[drawn], config),
            masks=np.concatenate([np.zeros(0, np.float16), *(masks[index].ravel() for index in drawn)]),
            sizes=np.array([masks[index].shape for index in drawn], np.int64).reshape(-1, 2),
            features={
                name: np.ascontiguousarray(level.half().cpu().numpy()) for name, level in zip(names, kept, strict=True)
            },
        )

    def masks(self, levels: Sequence[Tensor], boxes: NDArray[np.float32]) -> list[NDArray[np.float16]]:
        """Draw the mask in each box of one image.

        Parameters
        ----------
        levels
            c1 to c5.
        boxes
            (n, 4), before their expansion.

        Returns
        -------
        Probabilities (rows, columns) each, of any size; without a value for boxes too small to have samples.
        """
        result = [np.zeros((0, 0), np.float16)] * len(boxes)
        edges = torch.from_numpy(boxes).to(levels[0].device)
        for group in groups(boxes, self.config):
            index = torch.from_numpy(group.index).to(edges.device)
            refined = self.network.refined(levels, torch.zeros_like(index), edges[index], group.sizes)
            drawn = self.network.branch.logits(refined).sigmoid().half().cpu().numpy()
            for position, mask in zip(group.index, drawn, strict=True):
                result[position] = mask
        return result

    def decode_piece(self, piece: Piece, params: Params, memo: Memo) -> Instances:
        """Cut, suppress and paint the masks."""
        assert isinstance(piece, Candidates) and isinstance(params, ObjectGuidedParams)
        return decode(piece, params, memo)

    def prompt_piece(self, piece: Piece, prompt: Point | Box, params: Params) -> NDArray[np.bool_]:
        """Return the mask of the surest object at a point, or of the object in a box."""
        assert isinstance(piece, Candidates) and isinstance(params, ObjectGuidedParams)
        if len(prompt) == 2:
            return at_point(piece, prompt, params.mask_threshold)
        # An `encode` going on elsewhere may be moving the network to another device.
        with self._lock:
            return in_box(piece, prompt, params.mask_threshold, self.network)

    # --- training -------------------------------------------------------------------

    def stages(self) -> Iterator[Stage]:
        """Yield the one network."""
        yield ObjectGuidedStage(self.network)
