"""What a network said of an image: the values that `encode` makes and `decode` reads.

Two kinds serve all methods: a map of embeddings, and scored candidates with the features
they came from. Both are frozen and never changed by whoever reads them. Knows nothing of
how they were computed or will be decoded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.core.geometry import Geometry


def _freeze(*arrays: NDArray[Any] | None) -> None:
    for array in arrays:
        if array is not None:
            array.flags.writeable = False


@dataclass(frozen=True, eq=False)
class EmbeddingMap:
    """One vector per network pixel.

    Attributes
    ----------
    geometry
        The way back to the image.
    embedding
        (dimensions, height, width) of the network's frame without its padding, float16 or float32.
    foreground
        (height, width), the probability of belonging to any object; ``None`` where the
        network does not say.
    """

    geometry: Geometry
    embedding: NDArray[Any]
    foreground: NDArray[Any] | None = None

    def __post_init__(self) -> None:
        _freeze(self.embedding, self.foreground)

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        return self.embedding.nbytes + (0 if self.foreground is None else self.foreground.nbytes)


@dataclass(frozen=True, eq=False)
class Candidates:
    """Scored objects, best first, and the features they came from.

    Attributes
    ----------
    geometry
        The way back to the image.
    scores
        (n,) float32, descending.
    boxes
        (n, 4) float32: top, left, bottom, right in network pixels.
    masks
        (n, rows, columns) of each candidate inside its box, or (n, height, width) of the
        frame; values 0 to 1 (float16) or logits, as the method says. Flat, one mask after another,
        where ``sizes`` are given.
    classes
        (n,) int, or ``None`` for methods of one class.
    features
        Named maps (channels, height, width) kept for refinement and prompts.
    sizes
        (n, 2) int: rows and columns of each mask, for methods whose masks differ in size.
    """

    geometry: Geometry
    scores: NDArray[np.float32]
    boxes: NDArray[np.float32]
    masks: NDArray[Any]
    classes: NDArray[np.int64] | None = None
    features: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    sizes: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        _freeze(self.scores, self.boxes, self.masks, self.classes, self.sizes, *self.features.values())

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        arrays = [self.scores, self.boxes, self.masks, self.classes, self.sizes, *self.features.values()]
        return sum(array.nbytes for array in arrays if array is not None)


Piece = EmbeddingMap | Candidates


@dataclass(frozen=True)
class Tile:
    """A rectangle of the image that went through the network on its own.

    Attributes
    ----------
    top, left
        Where its first pixel lies in the image, in image pixels.
    piece
        Its prediction; ``piece.geometry.image_shape`` is the tile's size.
    """

    top: int
    left: int
    piece: Piece


@dataclass(frozen=True)
class Prediction:
    """All that a network said of one image: one tile that is the whole, or several.

    Attributes
    ----------
    image_shape
        Height and width of the image.
    tiles
        Part by part of the image, each in reading order; none for an image of one grey value, which holds no object.
    device
        Where the network ran, as `core.device.describe` says it.
    notes
        Sentences a person should read, for example that the GPU's memory did not suffice.
    """

    image_shape: tuple[int, int]
    tiles: tuple[Tile, ...]
    device: str = "CPU"
    notes: tuple[str, ...] = ()

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        return sum(tile.piece.nbytes for tile in self.tiles)
