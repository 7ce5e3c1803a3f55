"""What lies over the plant: a string, a stick's end, drops, a black surround. Must know nothing of leaves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.data.rosette.chance import Chance
from napari_leafseg.data.rosette.easel import Colour, Easel, Palette, chosen
from napari_leafseg.data.rosette.ground_ranges import Ground
from napari_leafseg.data.rosette.scatter import soft
from napari_leafseg.data.rosette.scene import Canvas, Frame
from napari_leafseg.data.rosette.strip import Place, strip
from napari_leafseg.data.rosette.texture import Pixels

Labels = NDArray[np.int32]

_STRINGS: Palette = {
    "white": (3.0, (0.85, 0.84, 0.80)),
    "straw": (2.0, (0.62, 0.52, 0.32)),
    "black": (2.0, (0.06, 0.06, 0.07)),
    "blue": (1.0, (0.25, 0.35, 0.60)),
}
_STICKS: Palette = {
    "white": (3.0, (0.88, 0.88, 0.86)),
    "wood": (2.0, (0.72, 0.58, 0.38)),
    "yellow": (1.0, (0.85, 0.75, 0.20)),
    "green": (1.0, (0.22, 0.50, 0.25)),
}


def paint_over(chance: Chance, ground: Ground, frame: Frame, canvas: Canvas, labels: Labels) -> None:
    """Lay things over the plant, rarely; what they hide is no longer a leaf's.

    Parameters
    ----------
    chance
        Stream to draw from.
    ground
        How often.
    frame
        What part of the world the picture shows.
    canvas
        With the plant; changed in place.
    labels
        int32 (size, size): set to 0 where a leaf is hidden.
    """
    easel = Easel.onto(canvas)
    if chance.stream("string").happens(ground.string):
        _string(chance.stream("string", "how"), frame, easel, labels)
    if chance.stream("stick").happens(ground.stick):
        _stick(chance.stream("stick", "how"), frame, easel, labels)
    if chance.stream("drops").happens(ground.drops):
        _drops(chance.stream("drops", "how"), frame, easel)
    if chance.stream("cropped").happens(ground.cropped):
        _crop(chance.stream("cropped", "how"), easel, labels)


def _string(chance: Chance, frame: Frame, easel: Easel, labels: Labels) -> None:
    """From one side of the picture to another."""
    size = frame.size
    place = Place(
        size * chance.between((0.15, 0.85)), size * chance.between((0.15, 0.85)), chance.between((0.0, 180.0))
    )
    width = max(chance.between_log((1.2, 4.0)) * frame.zoom, 0.8)
    colour = chosen(chance, _STRINGS)
    _lay_strip(easel, labels, place, 3 * size, width, colour, chance.bell(0.3) * size, 14 * frame.zoom)


def _stick(chance: Chance, frame: Frame, easel: Easel, labels: Labels) -> None:
    """Reaching into the picture from outside."""
    size, length = frame.size, 400 * frame.zoom
    place = Place(size * 0.5, size * 0.5, chance.between((0.0, 360.0)))
    cosine, sine = place.turn
    away = size * chance.between((0.12, 0.5)) + length / 2
    aside = size * chance.bell(0.12)
    place = Place(place.row + sine * away + cosine * aside, place.column + cosine * away - sine * aside, place.angle)
    colour = chosen(chance, _STICKS)
    _lay_strip(easel, labels, place, length, chance.between((8.0, 34.0)) * frame.zoom, colour, 0.0, 20 * frame.zoom)


def _lay_strip(
    easel: Easel, labels: Labels, place: Place, length: float, width: float, colour: Colour, bend: float, height: float
) -> None:
    """Paint something opaque and take what it hides from the leaves."""
    thing = strip(easel.shape, place, length, width, bend)
    if thing is None:
        return
    cover = soft(thing.edge)
    tone = np.float32(1.05) - np.float32(0.3) * thing.across * thing.across
    easel.at(thing.window).lay(cover, [tone * np.float32(part) for part in colour], height, 0.2)
    labels[thing.window][cover >= 0.5] = 0


def _drops(chance: Chance, frame: Frame, easel: Easel) -> None:
    """Water: clear, so what is below stays a leaf; a dark flank, a bright spot opposite the lamp's mirror image."""
    lamp = Place(0.0, 0.0, chance.between((0.0, 360.0))).turn
    for number in range(chance.whole(2, 14)):
        own = chance.stream(number)
        radius = max(own.between_log((2.5, 11.0)) * frame.zoom, 1.2)
        place = Place(frame.size * own.share(), frame.size * own.share(), 0.0)
        window = place.window(easel.shape, radius + 1, radius + 1)
        if window is None:
            continue
        along, across = place.axes(window)
        away: Pixels = np.sqrt(_square(along) + _square(across))
        side = along * np.float32(lamp[0] / radius) + across * np.float32(lamp[1] / radius)
        cover, part = soft(away - np.float32(radius)), easel.at(window)
        bent: Pixels = cover * (np.float32(0.28) * side - np.float32(0.06))
        part.shade(1 + bent)
        gleam: Pixels = np.sqrt(
            _square(side + np.float32(0.5)) + np.maximum(_square(away / np.float32(radius)) - _square(side), 0)
        )
        part.lay(cover * np.clip(np.float32(1.3) - gleam * 5, 0, 1), (0.97, 0.98, 1.0))


def _crop(chance: Chance, easel: Easel, labels: Labels) -> None:
    """Black around the plant, as after cutting it out by its box or the circle around that."""
    rows, columns = (np.flatnonzero((labels > 0).any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return
    margin = chance.whole(0, 12)
    top, left, bottom, right = (int(at) for at in (rows[0], columns[0], rows[-1], columns[-1]))
    place = Place((top + bottom) / 2, (left + right) / 2, 0.0)
    half = ((bottom - top) / 2 + margin, (right - left) / 2 + margin)
    x, y = place.axes((slice(0, easel.shape[0]), slice(0, easel.shape[1])))
    if chance.happens(0.75):
        outside = (np.abs(y) > np.float32(half[0] + 0.5)) | (np.abs(x) > np.float32(half[1] + 0.5))
    else:
        outside = _square(x) + _square(y) > np.float32(half[0] ** 2 + half[1] ** 2)
    for plane in easel.planes:
        plane[outside] = 0


def _square(values: Pixels) -> Pixels:
    return values * values
