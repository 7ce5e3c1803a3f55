"""What the methods share whose networks say one vector per pixel: output, input size, what is kept."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from skimage.measure import label as components
from torch import Tensor, nn

from napari_leafseg.core.errors import ParameterError
from napari_leafseg.core.geometry import Geometry
from napari_leafseg.core.prediction import EmbeddingMap
from napari_leafseg.core.segmenter import Box, Point
from napari_leafseg.nets.config import EmbeddingConfig
from napari_leafseg.nets.segmenter import NetworkSegmenter


@dataclass
class Output:
    """What an embedding network says.

    Attributes
    ----------
    embedding
        (B, D, H, W) float32.
    foreground
        (B, H, W) logits, or ``None``.
    """

    embedding: Tensor
    foreground: Tensor | None


C = TypeVar("C", bound=EmbeddingConfig)
N = TypeVar("N", bound=nn.Module)


class EmbeddingSegmenter(NetworkSegmenter[C, N]):
    """A segmenter whose network says one vector per pixel."""

    multiple = 32

    @abstractmethod
    def said(self, image: Tensor, origin: tuple[int, int]) -> Output:
        """Run the network on (1, 3, H, W); ``origin`` as `Segmenter.encode_piece` has it."""

    def geometry_for(self, shape: tuple[int, int], scale: float) -> Geometry:
        """Stretch to the fixed input where the configuration has one, as published."""
        size = self.config.input_size
        return super().geometry_for(shape, scale) if size is None else Geometry.stretched(shape, (size, size))

    def piece(self, image: Tensor, geometry: Geometry, origin: tuple[int, int]) -> EmbeddingMap:
        """Run the network and keep embeddings and foreground in half precision."""
        output = self.said(image, origin)
        height, width = geometry.scaled_shape
        embedding = output.embedding[0, :, :height, :width].half().cpu().numpy()
        foreground = None
        if output.foreground is not None:
            foreground = output.foreground[0, :height, :width].sigmoid().half().cpu().numpy()
        return EmbeddingMap(geometry, np.ascontiguousarray(embedding), foreground)

    def clicked(self, piece: EmbeddingMap, prompt: Point | Box) -> tuple[int, int]:
        """Network pixel of a prompt that is a point.

        Raises
        ------
        ParameterError
            If it is a box: pixels have a likeness to another pixel, not to a box.
        """
        if len(prompt) != 2:
            raise ParameterError(f"{self.method} answers points, not boxes: click on the object.")
        height, width = piece.embedding.shape[1:]
        down, across = piece.geometry.point_to_network(*prompt)
        return int(np.clip(round(down), 0, height - 1)), int(np.clip(round(across), 0, width - 1))


def connected_to(mask: NDArray[np.bool_], place: tuple[int, int]) -> NDArray[np.bool_]:
    """Part of a mask, bool (H, W), that is connected to one of its pixels; empty if that is none."""
    pieces = components(mask, connectivity=1)
    return mask & (pieces == pieces[place])
