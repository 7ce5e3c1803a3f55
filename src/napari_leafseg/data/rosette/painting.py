"""Puts a plant's colours, heights and gloss onto the canvas. Knows leaves and canvases; nothing of light."""

from __future__ import annotations

import numpy as np

from napari_leafseg.data.rosette.chance import Chance
from napari_leafseg.data.rosette.laying import Grown
from napari_leafseg.data.rosette.ranges import Rosette
from napari_leafseg.data.rosette.scene import REFERENCE, Canvas
from napari_leafseg.data.rosette.surface import Coat, Grain, coat, draw_paint
from napari_leafseg.data.rosette.texture import rough


def paint_plant(chance: Chance, rosette: Rosette, canvas: Canvas, plant: Grown, lamp: float) -> None:
    """Paint a plant's leaves, lowest first."""
    size = len(canvas.image)
    paint = draw_paint(chance, rosette.surface)
    noise = chance.stream("grain")
    wave = noise.between((8.0, 40.0)) * size / REFERENCE
    grain = Grain(rough(noise, (size, size), wave, 2).ravel(), noise.bells(size * size))
    planes = np.ascontiguousarray(np.moveaxis(canvas.image, -1, 0)).reshape(3, -1)
    coats = [
        coat(chance, rosette.surface, paint, grain, leaf, laid, lamp)
        for leaf, laid in zip(plant.leaves, plant.stamps, strict=True)
    ]
    for drawn, laid in zip(coats, plant.stamps, strict=True):
        for plane, colour in zip(planes, drawn.colour, strict=True):
            below = plane[laid.at]
            plane[laid.at] = below + laid.cover * (colour - below)
    canvas.image = np.moveaxis(planes.reshape(3, size, size), 0, -1)
    _raise(canvas, plant, coats)


def _raise(canvas: Canvas, plant: Grown, coats: list[Coat]) -> None:
    """Set height and gloss where a leaf covers a pixel."""
    size = len(canvas.image)
    height, gloss = canvas.height.ravel(), canvas.gloss.ravel()
    for number, (drawn, laid) in enumerate(zip(coats, plant.stamps, strict=True)):
        inside = laid.cover >= 0.5
        at = laid.at[inside]
        # What lies over another leaf is higher than it, by about a leaf's thickness and some air.
        height[at] = np.maximum(drawn.height[inside], 0) + np.float32((2 + 0.8 * number) * size / REFERENCE)
        gloss[at] = drawn.gloss
