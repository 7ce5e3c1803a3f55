"""How light varies over a picture: falling off, dappled, striped. Must know neither lamps nor what they light."""

from __future__ import annotations

import math

import numpy as np

from napari_leafseg.data.rosette.chance import Chance
from napari_leafseg.data.rosette.ranges import Light
from napari_leafseg.data.rosette.scene import Frame
from napari_leafseg.data.rosette.texture import Curve, Pixels, cloud, resized


def unevenness(chance: Chance, light: Light, frame: Frame, flash: bool) -> Pixels:
    """Draw by how much each part of the picture is brighter or darker than even light makes it.

    Returns
    -------
    NDArray
        float32 (S, S), factors about 1, above 0.
    """
    slope, fall, dapple, stripes = (chance.stream(name) for name in ("slope", "fall", "dapple", "stripes"))
    coarse = max(4, frame.size // 8)
    field = np.ones((coarse, coarse), np.float32)
    if slope.happens(light.uneven):
        field += _slope(slope, light, coarse)
    if fall.happens(1.0 if flash else light.uneven):
        field -= _fall(fall, light, coarse)
    if dapple.happens(light.dappled):
        field += _dapple(dapple, light, frame, coarse)
    full = np.ones((frame.size, frame.size), np.float32)
    if field.min() != field.max():
        full = resized(np.maximum(field, np.float32(0.25)), (frame.size, frame.size))
    if stripes.happens(light.striped):
        full = full * _stripes(stripes, light, frame)
    return full


def direction(chance: Chance) -> tuple[float, float]:
    """Draw rows and columns of a step of length 1, to nine digits, which all machines agree on."""
    angle = chance.between((0.0, 2 * math.pi))
    return round(math.sin(angle), 9), round(math.cos(angle), 9)


def along(chance: Chance, side: int) -> Pixels:
    """Measure the way across the picture in some direction, from about -1 to 1."""
    rows, columns = direction(chance)
    steps = ((2 * np.arange(side) + 1 - side) / side).astype(np.float32)
    return steps[:, None] * np.float32(rows) + steps[None, :] * np.float32(columns)


def _slope(chance: Chance, light: Light, side: int) -> Pixels:
    return along(chance, side) * np.float32(chance.between(light.gradient))


def _fall(chance: Chance, light: Light, side: int) -> Pixels:
    """Darker away from a bright middle."""
    steps = ((2 * np.arange(side) + 1 - side) / side).astype(np.float32)
    rows, columns = (steps - np.float32(chance.bell(0.2)) for _ in range(2))
    square = (rows * rows)[:, None] + (columns * columns)[None, :]
    return (square - np.float32(0.3)) * np.float32(0.5 * chance.between(light.falloff))


def _dapple(chance: Chance, light: Light, frame: Frame, side: int) -> Pixels:
    wave = chance.between_log((40.0, 300.0)) * frame.zoom * side / frame.size
    return np.clip(cloud(chance, (side, side), wave), -1.5, 1.5) * np.float32(chance.between(light.dapple))


def _stripes(chance: Chance, light: Light, frame: Frame) -> Pixels:
    """Bands of shade, as of blinds, bars and rows of lamps."""
    pitch = chance.between_log(light.pitch) * frame.zoom
    turns = along(chance, frame.size) * np.float32(frame.size / 2 / pitch) + np.float32(chance.share())
    turns -= np.floor(turns)
    depth, shaded, soft = chance.between(light.stripes), chance.between((0.15, 0.6)), chance.between((0.04, 0.35))
    profile = Curve(lambda at: 1 - depth * np.clip((shaded / 2 - np.abs(at - 0.5)) / soft + 0.5, 0, 1), 0.0, 1.0)
    return profile(turns)
