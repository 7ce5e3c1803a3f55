"""Many plants in one picture. Knows how one picture is put together; nothing of files."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.data.rosette.chance import Chance
from napari_leafseg.data.rosette.drawing import draw_frame, label_by_birth, numbered, paint_scene, take
from napari_leafseg.data.rosette.laying import lay
from napari_leafseg.data.rosette.presets import preset_of
from napari_leafseg.data.rosette.ranges import Rosette
from napari_leafseg.data.rosette.scene import REFERENCE, Canvas, Frame
from napari_leafseg.data.rosette.truth import LeafTruth, truth

_WIDEST = 200.0
"""Length of the longest leaf, in pixels of the reference photograph, of which a pot has 512."""


@dataclass(frozen=True)
class Tray:
    """One picture of many plants, and its truth.

    Attributes
    ----------
    image
        uint8 (height, width, 3).
    labels
        int32 (height, width): one id per leaf, 1..n over all plants.
    plants
        int32 (height, width): one id per plant, row by row.
    leaves
        One per leaf.
    preset, seed
        What it was drawn from.
    """

    image: NDArray[np.uint8]
    labels: NDArray[np.int32]
    plants: NDArray[np.int32]
    leaves: tuple[LeafTruth, ...]
    preset: str
    seed: int


def draw_tray(preset: str | Rosette, seed: int, size: int = 1024, rows: int = 3, columns: int = 4) -> Tray:
    """Draw a tray of plants, each in its pot, in one light and by one camera.

    Parameters
    ----------
    preset, seed
        As `draw_plant` takes them.
    size
        Width, in pixels.
    rows, columns
        Of pots; not more rows than columns.

    Returns
    -------
    Tray
        Of ``rows / columns`` of its width in height.
    """
    name, rosette, chance = preset_of(preset, seed)
    rosette = _potted(rosette)
    cell = size // columns
    canvas = Canvas(*(np.zeros((size, size, *more), np.float32) for more in ((3,), (), ())))
    labels, plants = np.zeros((size, size), np.int32), np.zeros((size, size), np.int32)
    leaves: list[LeafTruth] = []
    for pot in range(rows * columns):
        row, column = divmod(pot, columns)
        window = slice(row * cell, (row + 1) * cell), slice(column * cell, (column + 1) * cell)
        scene, ids, described = _pot(chance, rosette, pot, cell)
        for whole, part in ((canvas.image, scene.image), (canvas.height, scene.height), (canvas.gloss, scene.gloss)):
            whole[window] = part
        labels[window] = np.where(ids > 0, ids + len(leaves), 0)
        plants[window] = np.where(ids > 0, pot + 1, 0)
        leaves += [replace(leaf, id=leaf.id + len(leaves)) for leaf in described]
    frame = Frame(size, cell / REFERENCE, ((size - 1) / 2, (size - 1) / 2))
    image = take(chance, rosette, frame, canvas, labels > 0)
    shown = slice(0, rows * cell), slice(0, columns * cell)
    return Tray(image[shown], labels[shown], plants[shown], tuple(leaves), name, seed)


def _potted(rosette: Rosette) -> Rosette:
    """Keep plants within their part of the picture, at whose edge their leaves would end in a straight line."""
    radius = (min(rosette.habit.radius[0], _WIDEST), min(rosette.habit.radius[1], _WIDEST))
    habit = rosette.habit.replace(radius=radius, offset=min(rosette.habit.offset, 0.03))
    return rosette.replace(habit=habit, neighbours=0.0, zoom=(0.95, 1.05))


def _pot(
    chance: Chance, rosette: Rosette, pot: int, cell: int
) -> tuple[Canvas, NDArray[np.int32], tuple[LeafTruth, ...]]:
    """Draw one pot's plant on the ground that all pots share."""
    own = chance.stream("pot", pot)
    frame = draw_frame(own, rosette, cell)
    plant = lay(own.stream("plant"), rosette, frame)
    scene = paint_scene(own, rosette, frame, plant, ground=chance.stream("ground"))
    labels, ids, visible = numbered(label_by_birth(plant), plant, relabel=True)
    return scene, labels, truth(plant, ids, visible)
