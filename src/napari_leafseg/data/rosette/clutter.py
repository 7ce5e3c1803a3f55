"""Things that lie about: labels, sticks, hoses, dry leaves, water drops, stray grains. Must know nothing of plants."""

from __future__ import annotations

import numpy as np

from napari_leafseg.data.rosette.chance import Chance
from napari_leafseg.data.rosette.easel import Colour, Easel, Palette, chosen, tinted
from napari_leafseg.data.rosette.ground_ranges import Ground
from napari_leafseg.data.rosette.scatter import scatter, soft
from napari_leafseg.data.rosette.scene import Frame
from napari_leafseg.data.rosette.strip import Place, Strip, strip
from napari_leafseg.data.rosette.texture import Pixels

_CARDS: Palette = {
    "white": (4.0, (0.90, 0.90, 0.88)),
    "yellow": (1.0, (0.88, 0.80, 0.22)),
    "green": (1.5, (0.18, 0.52, 0.26)),
    "lime": (1.0, (0.50, 0.72, 0.20)),
    "red": (1.0, (0.72, 0.16, 0.14)),
    "blue": (1.0, (0.18, 0.36, 0.66)),
    "wood": (1.0, (0.70, 0.56, 0.37)),
}
_HOSES: Palette = {
    "black": (3.0, (0.06, 0.06, 0.065)),
    "green": (1.5, (0.13, 0.36, 0.18)),
    "clear": (1.5, (0.62, 0.63, 0.60)),
}
_INK = (0.10, 0.10, 0.13)


def paint_clutter(chance: Chance, ground: Ground, frame: Frame, cover: float, easel: Easel) -> None:
    """Lay what lies about, most of it beside the plant.

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
    for name, often, most, painter in (
        ("stray", ground.stray, 1, _stray),
        ("dry leaves", ground.dry_leaves, 7, _dry_leaf),
        ("hoses", ground.hoses, 2, _hose),
        ("cards", ground.cards, 2, _card),
        ("marks", ground.marks, 2, _marks),
        ("water", ground.water, 1, _water),
    ):
        own = chance.stream(name)
        if own.happens(often):
            for number in range(own.whole(1, most)):
                painter(own.stream(number), frame, cover, easel)


def beside(chance: Chance, frame: Frame, cover: float) -> Place:
    """Choose a place from near the plant's rim to the picture's corners, turned anyhow."""
    away = chance.between((min(0.6 * cover, 0.3 * frame.size), 0.7 * frame.size))
    cosine, sine = Place(0.0, 0.0, chance.between((0.0, 360.0))).turn
    return Place(frame.centre[0] + sine * away, frame.centre[1] + cosine * away, chance.between((0.0, 360.0)))


def _body(easel: Easel, thing: Strip, tone: Pixels, colour: Colour, height: float, gloss: float) -> None:
    """Paint a strip with its shade on what is around it."""
    part = easel.at(thing.window)
    part.shade(1 - np.float32(0.35) * np.clip(1 - np.abs(thing.edge - 1) * np.float32(0.4), 0, 1))
    part.lay(soft(thing.edge), [tone * np.float32(each) for each in colour], height, gloss)


def _card(chance: Chance, frame: Frame, cover: float, easel: Easel) -> None:
    """A plastic label or stick, perhaps written on."""
    place = beside(chance, frame, cover)
    length, width = chance.between((70.0, 320.0)) * frame.zoom, chance.between((12.0, 60.0)) * frame.zoom
    colour = chosen(chance, _CARDS)
    thing = strip(easel.shape, place, length, width, 0.0)
    if thing is None:
        return
    tone = np.float32(1.0) - np.float32(chance.between((0.0, 0.2))) * thing.along - np.float32(0.06) * thing.across
    _body(easel, thing, tone, colour, 8 * frame.zoom, chance.between((0.05, 0.5)))
    if chance.happens(0.6):
        _write(chance, easel, thing, length, width, 0.85)


def _marks(chance: Chance, frame: Frame, cover: float, easel: Easel) -> None:
    """Writing or a printed code on whatever is there."""
    thing = strip(
        easel.shape,
        beside(chance, frame, cover),
        chance.between((50.0, 200.0)) * frame.zoom,
        chance.between((14.0, 60.0)) * frame.zoom,
    )
    if thing is not None:
        _write(chance, easel, thing, 120 * frame.zoom, 36 * frame.zoom, chance.between((0.4, 0.9)))


def _write(chance: Chance, easel: Easel, thing: Strip, length: float, width: float, strength: float) -> None:
    """Fill a strip with lines of something like letters."""
    lines = chance.whole(1, 3)
    pens = max(4, round(length / max(width, 1.0) * lines * 3.5))
    table = (chance.shares(4 * lines, pens) < np.float32(0.5)).astype(np.float32)
    table[3::4] = 0  # between the lines
    table[:, :: chance.whole(4, 9)] = 0  # between the words
    rows, columns = (
        np.clip((each * np.float32(0.55) + np.float32(0.5)) * np.float32(count), 0, count - 1).astype(np.intp)
        for each, count in ((thing.across, 4 * lines), (thing.along, pens))
    )
    inside = (np.abs(thing.across) < np.float32(0.85)) & (np.abs(thing.along) < np.float32(0.85))
    easel.at(thing.window).lay(table[rows, columns] * inside * np.float32(strength), tinted(chance, _INK, 0.3))


def _hose(chance: Chance, frame: Frame, cover: float, easel: Easel) -> None:
    """A drip hose or a wire across the picture."""
    size = frame.size
    length = 2.2 * size
    thing = strip(
        easel.shape,
        beside(chance, frame, cover),
        length,
        chance.between_log((3.0, 22.0)) * frame.zoom,
        chance.bell(0.25) * size,
    )
    if thing is None:
        return
    colour = chosen(chance, _HOSES, 0.2)
    shine = np.clip(1 - np.abs(thing.across - np.float32(chance.between((-0.5, 0.5)))) * 4, 0, 1)
    tone = (
        np.float32(1.1) - np.float32(0.6) * thing.across * thing.across + np.float32(chance.between((0.2, 2.0))) * shine
    )
    _body(easel, thing, tone, colour, 9 * frame.zoom, 0.3)


def _dry_leaf(chance: Chance, frame: Frame, cover: float, easel: Easel) -> None:
    """A fallen leaf or a bit of one: brown, curled, with a dark midrib."""
    place = beside(chance, frame, 0.5 * cover)
    length = chance.between_log((10.0, 80.0)) * frame.zoom
    thing = strip(
        easel.shape, place, length, length * chance.between((0.2, 0.6)), chance.bell(0.12) * length, "pointed"
    )
    if thing is None:
        return
    colour = tinted(chance, (0.47, 0.34, 0.20), 0.3)
    grit = chance.shares(*thing.edge.shape)
    tone = np.float32(0.75) + np.float32(chance.between((-0.4, 0.4))) * thing.across + np.float32(0.35) * grit
    tone -= np.float32(0.25) * np.clip(1 - np.abs(thing.across) * 7, 0, 1)
    _body(easel, thing, tone, colour, 4 * frame.zoom, 0.05)


def _stray(chance: Chance, frame: Frame, _: float, easel: Easel) -> None:
    """Crumbs and grains that fell on everything."""
    things = scatter(chance, easel.shape, chance.between_log((10.0, 30.0)) * frame.zoom, 0.04, (0.15, 0.7), (0.4, 1.0))
    tone = np.float32(0.5) + np.float32(0.7) * things.tone
    colour = tinted(chance, (0.5, 0.42, 0.33) if chance.happens(0.5) else (0.16, 0.11, 0.08), 0.3)
    easel.lay_at(things.at, things.cover, [tone * np.float32(each) for each in colour])


def _water(chance: Chance, frame: Frame, _: float, easel: Easel) -> None:
    """Drops on everything: a dark rim on one side, a gleam."""
    cell = chance.between_log((14.0, 50.0)) * frame.zoom
    drops = scatter(chance, easel.shape, cell, chance.between((0.03, 0.3)), (0.15, 0.8), (0.8, 1.0))
    easel.lay_at(drops.at, drops.cover * np.float32(0.35) * (1 - drops.dome), (0.0, 0.0, 0.0), gloss=0.5)
    gleam = np.clip((drops.dome - np.float32(0.8)) * 6, 0, 1) * np.float32(chance.between((0.3, 0.9)))
    easel.lay_at(drops.at, gleam, (0.92, 0.94, 0.96))
