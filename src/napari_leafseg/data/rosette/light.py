"""Lights an evenly lit picture: lamps, shadows, highlights, coloured and uneven light. Must know no plant."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from napari_leafseg.data.rosette.chance import Chance
from napari_leafseg.data.rosette.filters import slopes
from napari_leafseg.data.rosette.ranges import Light
from napari_leafseg.data.rosette.scene import Canvas, Frame
from napari_leafseg.data.rosette.shadow import Lamp, cast, crowding
from napari_leafseg.data.rosette.texture import Pixels
from napari_leafseg.data.rosette.uneven import direction, unevenness

Colour = tuple[float, float, float]

_WARM, _PURPLE, _GREENISH = (0.20, 0.03, -0.30), (0.14, -0.16, 0.20), (-0.08, 0.06, -0.06)
# What comes through a leaf.
_THROUGH = (0.35, 1.0, 0.1)


@dataclass(frozen=True)
class _Lit:
    """What one lamp does.

    Attributes
    ----------
    share, colour
        Of all light, and red, green and blue of it, each about 1.
    dark
        float32 (S, S): what things keep from it, 0 to 1.
    facing
        float32 (S, S): how squarely it meets the surface, about 1.
    shine
        float32 (S, S): what is mirrored.
    """

    share: float
    colour: Colour
    dark: Pixels
    facing: Pixels
    shine: Pixels


def light_up(chance: Chance, light: Light, frame: Frame, canvas: Canvas) -> Pixels:
    """Light what has been drawn.

    Parameters
    ----------
    chance
        Stream to draw from.
    light
        What may happen.
    frame
        The part of the world that is shown.
    canvas
        What has been drawn, in even light; is not changed.

    Returns
    -------
    NDArray
        float32 (S, S, 3), RGB as a screen shows it, above 1 where it shines; a view of three whole planes.
    """
    flash = chance.happens(light.flash)
    even = unevenness(chance.stream("uneven"), light, frame, flash)
    lamps = _lamps(chance.stream("lamps"), light, frame, canvas, flash)
    sky = (1 - sum(lit.share for lit in lamps)) * _open(chance.stream("sky"), light, frame, canvas.height)
    colour = _colour(chance.stream("colour"), light)
    through = chance.between(light.through)
    planes = np.array(np.moveaxis(canvas.image, -1, 0), np.float32, order="C")
    for channel in range(3):
        reaching = sky * np.float32(colour[channel])
        for lit in lamps:
            reaching += _beam(lit, channel, through * _THROUGH[channel])
        # A screen shows about the square root of what physics counts as light.
        planes[channel] *= np.sqrt(reaching, out=reaching)
        for lit in lamps:
            planes[channel] += lit.shine * np.float32(lit.colour[channel])
        planes[channel] *= even
    return np.moveaxis(planes, 0, -1)


def _beam(lit: _Lit, channel: int, through: float) -> Pixels:
    """What arrives from one lamp, of one colour, as physics counts light."""
    beam = lit.dark * np.float32(through - 1)
    beam += 1
    beam *= lit.facing
    beam *= np.float32(lit.share * lit.colour[channel])
    return beam


def _open(chance: Chance, light: Light, frame: Frame, height: Pixels) -> Pixels:
    """How much of the sky each pixel sees, 0 to 1."""
    depth = chance.between(light.crowding)
    return 1 - np.float32(depth) * crowding(height, chance.between_log(light.reach) * frame.zoom)


def _lamps(chance: Chance, light: Light, frame: Frame, canvas: Canvas, flash: bool) -> list[_Lit]:
    """Draw one to three lamps, or a flash beside the lens, and what each does."""
    whole, more = chance.between(light.shadow), sum(chance.happens(light.more) for _ in range(2))
    weights = [1.0, *(chance.between((0.3, 1.0)) for _ in range(0 if flash else more))]
    steep = slopes(canvas.height)
    elevation = (78.0, 88.0) if flash else light.elevation
    return [
        _lit(chance.stream("lamp", at), light, frame, canvas, steep, elevation, weight * whole / sum(weights))
        for at, weight in enumerate(weights)
    ]


def _lit(
    chance: Chance,
    light: Light,
    frame: Frame,
    canvas: Canvas,
    steep: tuple[Pixels, Pixels],
    elevation: tuple[float, float],
    share: float,
) -> _Lit:
    rise = round(math.tan(math.radians(chance.between(elevation))), 9)
    lamp = Lamp(direction(chance), rise, chance.between_log(light.wide))
    dark = cast(canvas.height, lamp, frame.zoom)
    facing = _facing(steep, lamp, chance.between(light.shading))
    shine = _shine(chance, light, canvas.gloss, steep, lamp)
    shine *= 1 - dark
    return _Lit(share, _colour(chance, light), dark, facing, shine)


def _colour(chance: Chance, light: Light) -> Colour:
    """Draw the colour of a light: warm or cold, purple as lamps for plants, or greenish as tubes."""
    if not chance.happens(light.coloured):
        return 1.0, 1.0, 1.0
    kind = chance.pick({"warm": 3.0, "cold": 3.0, "purple": 1.0, "greenish": 1.0})
    amount = chance.between(light.colour)
    tint = {"warm": _WARM, "cold": _WARM, "purple": _PURPLE, "greenish": _GREENISH}[kind]
    red, green, blue = (1 + (-amount if kind == "cold" else amount) * part for part in tint)
    return red, green, blue


def _facing(steep: tuple[Pixels, Pixels], lamp: Lamp, amount: float) -> Pixels:
    """How squarely a lamp meets the surface, over how squarely it meets the soil."""
    down, right = steep
    away = down * np.float32(lamp.towards[0] / lamp.rise)
    away += right * np.float32(lamp.towards[1] / lamp.rise)
    square = down * down
    square += right * right
    facing = (1 - away) / np.sqrt(square + 1)
    facing -= 1
    facing *= np.float32(amount)
    facing += 1
    return np.clip(facing, 0.1, 2, out=facing)


def _shine(chance: Chance, light: Light, gloss: Pixels, steep: tuple[Pixels, Pixels], lamp: Lamp) -> Pixels:
    """What a glossy surface mirrors into the lens where it leans half way towards the lamp."""
    amount, wide = chance.between(light.shine), chance.between_log(light.roughness)
    # A surface that mirrors rises away from the lamp by the tangent of half the angle between lamp and lens.
    half = round(math.tan((math.pi / 2 - math.atan(lamp.rise)) / 2), 9)
    down, right = (part + np.float32(half * to) for part, to in zip(steep, lamp.towards, strict=True))
    down *= down
    right *= right
    down += right
    down *= np.float32(1 / (wide * wide))
    down += 1
    down *= down
    return gloss * np.float32(amount) / down
