"""A plant laid into a picture: its leaves, which pixels each covers, and which of them lies on top.

Must know nothing of colours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.data.rosette.chance import Chance
from napari_leafseg.data.rosette.outline import Outline, draw_shape, outline
from napari_leafseg.data.rosette.plant import Leaf, Plan, grow, plan
from napari_leafseg.data.rosette.ranges import Rosette
from napari_leafseg.data.rosette.scene import Frame
from napari_leafseg.data.rosette.stamp import Stamp, stamp

LEAST_VISIBLE = 20
"""Leaves of which fewer pixels show are not drawn."""


@dataclass(frozen=True)
class Grown:
    """A plant laid into a picture, not yet painted.

    Attributes
    ----------
    leaves, outlines, stamps
        One each per leaf, lowest first.
    owners
        int32 (size, size): 0 where there is no leaf, else 1 + the place in the lists of the one on top.
    """

    leaves: list[Leaf]
    outlines: list[Outline]
    stamps: list[Stamp]
    owners: NDArray[np.int32]


def lay(chance: Chance, rosette: Rosette, frame: Frame, life: Plan | None = None, age: float | None = None) -> Grown:
    """Grow one plant and find its leaves' pixels.

    Parameters
    ----------
    chance
        The plant's stream.
    rosette
        Its ranges.
    frame
        Where it stands.
    life, age
        As `plant.grow` takes them; by default the plant at the end of its own plan.
    """
    life = life or plan(chance, rosette)
    leaves = grow(chance, rosette, life, frame.zoom, age)
    shape = draw_shape(chance, rosette.blade)
    squash = chance.stream("squash").between(rosette.habit.squash)
    outlines = [outline(chance, rosette.blade, shape, leaf) for leaf in leaves]
    stamps = [stamp(leaf, edge, frame, squash) for leaf, edge in zip(leaves, outlines, strict=True)]
    kept, owners = _shown(stamps, frame.size)
    return Grown([leaves[i] for i in kept], [outlines[i] for i in kept], [stamps[i] for i in kept], owners)


def _shown(stamps: Sequence[Stamp], size: int) -> tuple[list[int], NDArray[np.int32]]:
    """Leave out what hardly shows, again and again: what lay under it shows more then."""
    kept = list(range(len(stamps)))
    while True:
        owners = _owners([stamps[i] for i in kept], size)
        visible = np.bincount(owners.ravel(), minlength=len(kept) + 1)[1:]
        if not (visible < LEAST_VISIBLE).any():
            return kept, owners
        kept = [i for i, area in zip(kept, visible, strict=True) if area >= LEAST_VISIBLE]


def _owners(stamps: Sequence[Stamp], size: int) -> NDArray[np.int32]:
    """Lay stamps on each other."""
    owners = np.zeros(size * size, np.int32)
    for number, laid in enumerate(stamps, start=1):
        owners[laid.inside] = number
    return owners.reshape(size, size)
