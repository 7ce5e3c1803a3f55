"""Green that grows beside the plant and is none of its leaves: grass, thin seedlings. Must not know the plant."""

from __future__ import annotations

import numpy as np

from napari_leafseg.data.rosette.chance import Chance
from napari_leafseg.data.rosette.clutter import beside
from napari_leafseg.data.rosette.easel import Colour, Easel, tinted
from napari_leafseg.data.rosette.ground_ranges import Ground
from napari_leafseg.data.rosette.scatter import soft
from napari_leafseg.data.rosette.scene import Frame
from napari_leafseg.data.rosette.strip import Place, strip

_GREEN: Colour = (0.36, 0.52, 0.20)
_PALE: Colour = (0.62, 0.66, 0.40)


def paint_weeds(chance: Chance, ground: Ground, frame: Frame, cover: float, easel: Easel) -> None:
    """Let weeds come up, or not.

    Parameters
    ----------
    chance
        Stream to draw from.
    ground
        How often.
    frame
        Where the plant stands.
    cover
        Radius of the plant, in pixels.
    easel
        Painted over in part.
    """
    if not chance.happens(ground.weeds):
        return
    grow = _grass if chance.happens(0.5) else _seedling
    for number in range(chance.whole(1, 9)):
        grow(chance.stream(number), frame, cover, easel)


def _grass(chance: Chance, frame: Frame, cover: float, easel: Easel) -> None:
    """One blade, bent, pointed."""
    place = beside(chance, frame, cover)
    length = chance.between_log((40.0, 220.0)) * frame.zoom
    _blade(chance, easel, place, length, chance.between_log((1.5, 6.0)) * frame.zoom, _GREEN, 10 * frame.zoom)


def _seedling(chance: Chance, frame: Frame, cover: float, easel: Easel) -> None:
    """A pale thread with two narrow leaves at its end."""
    place = beside(chance, frame, cover)
    length = chance.between((12.0, 60.0)) * frame.zoom
    _blade(chance, easel, place, length, chance.between((1.2, 2.5)) * frame.zoom, _PALE, 4 * frame.zoom, "even")
    cosine, sine = place.turn
    tip = place.row + sine * length / 2, place.column + cosine * length / 2
    leaf = chance.between((6.0, 18.0)) * frame.zoom
    for side in (-1, 1):
        angle = place.angle + side * chance.between((40.0, 100.0))
        cosine, sine = Place(0.0, 0.0, angle).turn
        middle = Place(tip[0] + sine * leaf / 2, tip[1] + cosine * leaf / 2, angle)
        _blade(chance, easel, middle, leaf, leaf * chance.between((0.18, 0.4)), _GREEN, 8 * frame.zoom, "pointed")


def _blade(
    chance: Chance,
    easel: Easel,
    place: Place,
    length: float,
    width: float,
    colour: Colour,
    height: float,
    shape: str = "tapered",
) -> None:
    bend = chance.bell(0.12) * length if shape != "pointed" else 0.0
    thing = strip(easel.shape, place, length, width, bend, shape)
    if thing is None:
        return
    tone = np.float32(0.9) + np.float32(0.18) * thing.across + np.float32(0.15) * thing.along
    green = tinted(chance, colour, 0.2)
    easel.at(thing.window).lay(soft(thing.edge), [tone * np.float32(each) for each in green], height, 0.15)
