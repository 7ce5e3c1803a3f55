"""From one integer to one picture with its true leaves: the order in which everything is put together.

Knows every part of the drawing; nothing of files, networks and windows.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.core.errors import ParameterError
from napari_leafseg.data.rosette.camera import expose
from napari_leafseg.data.rosette.chance import Chance
from napari_leafseg.data.rosette.ground import paint_ground
from napari_leafseg.data.rosette.laying import LEAST_VISIBLE, Grown, lay
from napari_leafseg.data.rosette.light import light_up
from napari_leafseg.data.rosette.over import paint_over
from napari_leafseg.data.rosette.painting import paint_plant
from napari_leafseg.data.rosette.plant import plan
from napari_leafseg.data.rosette.presets import preset_of
from napari_leafseg.data.rosette.ranges import Rosette
from napari_leafseg.data.rosette.scene import REFERENCE, Canvas, Frame
from napari_leafseg.data.rosette.truth import Drawing, truth

LEAST_SIZE = 32
"""Of a picture, in pixels."""


def draw_plant(preset: str | Rosette, seed: int, size: int = REFERENCE) -> Drawing:
    """Draw one plant.

    Parameters
    ----------
    preset
        One of `PRESETS`, ``"mixed"``, or ranges of your own.
    seed
        The same integer draws the same plant: the same labels on every machine, and the same image
        to within two grey levels.
    size
        Height and width, in pixels.

    Raises
    ------
    ParameterError
        If the preset is unknown or the size is below 32 pixels.
    """
    name, rosette, chance = preset_of(preset, seed)
    frame = draw_frame(chance, rosette, size)
    return paint_picture(chance, rosette, frame, lay(chance.stream("plant"), rosette, frame), name, seed)


def draw_frame(chance: Chance, rosette: Rosette, size: int) -> Frame:
    """Choose where the plant stands.

    Raises
    ------
    ParameterError
        If the picture would be too small to show a plant.
    """
    if size < LEAST_SIZE:
        raise ParameterError(
            f"A picture of {size} pixels is too small to draw a plant in: choose at least {LEAST_SIZE}."
        )
    drawn = chance.stream("frame")
    zoom = size / REFERENCE * drawn.between(rosette.zoom)
    middle = (size - 1) / 2
    row, column = (round(middle + size * drawn.between((-1, 1)) * rosette.habit.offset, 3) for _ in range(2))
    return Frame(size, round(zoom, 6), (row, column))


def paint_picture(
    chance: Chance,
    rosette: Rosette,
    frame: Frame,
    plant: Grown,
    preset: str,
    seed: int,
    *,
    relabel: bool = True,
) -> Drawing:
    """Paint everything and take the picture.

    Parameters
    ----------
    chance
        The picture's stream.
    rosette, frame, plant
        What to paint, and where.
    preset, seed
        For the record.
    relabel
        Number the leaves 1..n; else by their birth.
    """
    canvas = paint_scene(chance, rosette, frame, plant)
    labels = label_by_birth(plant)
    paint_over(chance.stream("over"), rosette.ground, frame, canvas, labels)
    labels, ids, visible = numbered(labels, plant, relabel)
    image = take(chance, rosette, frame, canvas, labels > 0)
    return Drawing(image, labels, truth(plant, ids, visible), preset, seed)


def paint_scene(chance: Chance, rosette: Rosette, frame: Frame, plant: Grown, ground: Chance | None = None) -> Canvas:
    """Paint the ground (drawn from a stream of its own, if one is given), the neighbours and the plant."""
    reach = max((leaf.length for leaf in plant.leaves), default=0.0)
    lamp = chance.stream("lamp").between((0, 360))
    canvas = paint_ground(ground or chance.stream("ground"), rosette.ground, frame, reach)
    _paint_neighbours(chance.stream("neighbours"), rosette, frame, canvas, lamp)
    paint_plant(chance.stream("plant"), rosette, canvas, plant, lamp)
    return canvas


def take(chance: Chance, rosette: Rosette, frame: Frame, canvas: Canvas, plant: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Light the canvas and take its picture."""
    lit = light_up(chance.stream("light"), rosette.light, frame, canvas)
    return expose(chance.stream("camera"), rosette.camera, frame, lit, canvas.height, plant)


def _paint_neighbours(chance: Chance, rosette: Rosette, frame: Frame, canvas: Canvas, lamp: float) -> None:
    """Let a plant beside the picture reach into it with a leaf or two."""
    if not chance.happens(rosette.neighbours):
        return
    life = plan(chance, rosette)
    reach = life.radius * frame.zoom
    angle = chance.between((0, 360))
    away = frame.size / 2 + reach * chance.between((0.25, 0.8))
    # On the square around the picture, not on a circle: corners are farther away.
    x, y = round(math.cos(math.radians(angle)), 9), round(math.sin(math.radians(angle)), 9)
    far = away / max(abs(x), abs(y))
    middle = frame.size / 2
    beside = replace(frame, centre=(round(middle + y * far, 3), round(middle + x * far, 3)))
    paint_plant(chance, rosette, canvas, lay(chance, rosette, beside, life), lamp)


def label_by_birth(plant: Grown) -> NDArray[np.int32]:
    """Label every leaf by its birth, from 1."""
    births = np.array([0, *(leaf.index + 1 for leaf in plant.leaves)], np.int32)
    labels: NDArray[np.int32] = births[plant.owners]
    return labels


def numbered(labels: NDArray[np.int32], plant: Grown, relabel: bool) -> tuple[NDArray[np.int32], list[int], list[int]]:
    """Drop what is too small to be labelled, and close the gaps if asked.

    Returns
    -------
    labels
        Anew.
    ids, visible
        Each leaf's id (0 for none) and pixels.
    """
    births = [leaf.index + 1 for leaf in plant.leaves]
    areas = np.bincount(labels.ravel(), minlength=max(births, default=0) + 1)
    shown = sorted(birth for birth in births if areas[birth] >= LEAST_VISIBLE)
    ids = np.zeros(len(areas), np.int32)
    ids[shown] = np.arange(1, len(shown) + 1) if relabel else shown
    return ids[labels], [int(ids[birth]) for birth in births], [int(areas[birth]) for birth in births]
