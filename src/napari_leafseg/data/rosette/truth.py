"""What is true of a drawn picture: its labels and its leaves' measures. Must not know how it was painted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.data.rosette.laying import Grown


@dataclass(frozen=True)
class LeafTruth:
    """What is true of one leaf, in pixels of the picture.

    Attributes
    ----------
    id
        In the label image.
    area
        Of the whole leaf with its petiole, hidden and cut off parts included.
    visible_area
        Pixels of its label.
    length
        From the plant's middle to its tip, along its midrib's direction, as seen from above.
    petiole_length
        The part of it that is stalk.
    width
        Greatest width of the blade.
    angle
        Of the midrib at the base, 0 to 360 degrees, from the column axis towards the row axis.
    age
        0 for a leaf just born, 1 for the oldest.
    """

    id: int
    area: float
    visible_area: int
    length: float
    petiole_length: float
    width: float
    angle: float
    age: float


@dataclass(frozen=True)
class Drawing:
    """One picture and its truth.

    Attributes
    ----------
    image
        uint8 (size, size, 3).
    labels
        int32 (size, size): ids 1..n, oldest first; in a growth series every leaf keeps its id.
    leaves
        One per id.
    preset, seed
        What it was drawn from.
    """

    image: NDArray[np.uint8]
    labels: NDArray[np.int32]
    leaves: tuple[LeafTruth, ...]
    preset: str
    seed: int


def truth(plant: Grown, ids: Sequence[int], visible: Sequence[int]) -> tuple[LeafTruth, ...]:
    """Describe the leaves that show, by id; ``ids`` gives 0 for those that do not."""
    found = [
        LeafTruth(
            id=name,
            area=round(edge.area_per_length * leaf.length, 2),
            visible_area=shown,
            length=leaf.length,
            petiole_length=round(leaf.length * leaf.petiole, 3),
            width=leaf.width,
            angle=round(leaf.angle % 360, 3),
            age=round(1 - leaf.youth, 4),
        )
        for name, shown, leaf, edge in zip(ids, visible, plant.leaves, plant.outlines, strict=True)
        if name
    ]
    return tuple(sorted(found, key=lambda leaf: leaf.id))
