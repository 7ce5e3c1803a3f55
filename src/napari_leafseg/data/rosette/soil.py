"""Peat from above: crumbs, crevices, grains, perlite, stones, fibres, wet and dry parts. Must know nothing of pots."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from napari_leafseg.data.rosette.chance import Chance, Range
from napari_leafseg.data.rosette.easel import Colour, Easel, between, tinted
from napari_leafseg.data.rosette.ground_ranges import Ground
from napari_leafseg.data.rosette.scatter import Strewn, scatter
from napari_leafseg.data.rosette.speckle import speckle
from napari_leafseg.data.rosette.texture import Pixels, cloud

# Gaps and crumbs.
_DARK: dict[str, Colour] = {
    "black": (0.045, 0.040, 0.038),
    "brown": (0.075, 0.058, 0.045),
    "red": (0.095, 0.060, 0.045),
    "grey": (0.085, 0.083, 0.080),
}
_LIGHT: dict[str, Colour] = {
    "black": (0.34, 0.30, 0.275),
    "brown": (0.45, 0.37, 0.29),
    "red": (0.47, 0.34, 0.25),
    "grey": (0.46, 0.445, 0.425),
}
_TAN, _PERLITE, _STONE = (0.66, 0.53, 0.37), (0.88, 0.87, 0.82), (0.44, 0.41, 0.37)
_BARK, _FIBRE = (0.36, 0.24, 0.17), (0.50, 0.36, 0.22)


def paint_soil(chance: Chance, ground: Ground, easel: Easel, zoom: float) -> None:
    """Cover the easel with peat.

    Parameters
    ----------
    chance
        Stream to draw from.
    ground
        What may lie there.
    easel
        All of it is painted.
    zoom
        Pixels per pixel of the reference photograph.
    """
    tone, relief, lumps = _crumbs(chance.stream("crumbs"), ground, easel.shape, zoom)
    dry = _dryness(chance.stream("dry"), ground, easel.shape, zoom)
    kind = chance.stream("kind").pick(ground.peat)
    dark, light = (tinted(chance.stream(kind), colours[kind], 0.15) for colours in (_DARK, _LIGHT))
    tone *= np.float32(chance.stream("light").between_log(ground.light))
    tone *= np.float32(0.75) + np.float32(0.4) * dry
    hue = 1 + relief[::-1, ::-1] * np.float32(chance.stream("hues").between((0.0, 0.045)))
    red, green, blue = between(dark, light, tone)
    np.multiply(red, hue, out=easel.colours[0])
    easel.colours[1][...] = green
    np.divide(blue, np.maximum(hue, np.float32(0.5)), out=easel.colours[2])
    np.multiply(relief, np.float32(2.2 * zoom), out=easel.height)
    np.multiply(np.clip(np.float32(0.4) - dry, 0, 1), np.float32(0.8), out=easel.gloss)
    _strew(chance, ground, easel, zoom, lumps)


def _crumbs(chance: Chance, ground: Ground, shape: tuple[int, int], zoom: float) -> tuple[Pixels, Pixels, Pixels]:
    """Return how light the peat is (lumps of many sizes, black gaps between them), its relief and its lumps."""
    wave = chance.between_log(ground.crumb) * zoom
    lumps = cloud(chance.stream("lumps"), shape, wave * 2.7)
    crumbs = speckle(chance.stream("small"), shape, wave)
    grit = speckle(chance.stream("grit"), shape, min(2.4, wave / 3))
    whole = crumbs + lumps * np.float32(0.7)
    relief = whole + grit * np.float32(0.45)
    steep, open_ = chance.between((0.25, 0.7)), chance.between((0.25, 0.8))
    floor = np.float32(chance.between((0.05, 0.45)))
    gaps = np.clip(relief * np.float32(steep) + np.float32(open_), floor, 1)
    gaps += np.float32(0.10) * np.maximum(relief, 0)
    tone = lumps * np.float32(chance.between((0.02, 0.12))) + np.float32(chance.between((0.22, 0.6)))
    tone += grit * np.float32(chance.between((0.02, 0.09)))
    # Turned about, the same noise is as good as another.
    tone += crumbs[::-1, ::-1] * np.float32(0.05)
    tone *= gaps
    return np.clip(tone, 0, 1.3), relief, whole


def _dryness(chance: Chance, ground: Ground, shape: tuple[int, int], zoom: float) -> Pixels:
    """Return 0 where the soil is wet to 1 where it is dry."""
    middle, blotch = chance.between(ground.dry), chance.between((0.0, 0.5))
    return np.clip(np.float32(middle) + np.float32(blotch) * cloud(chance, shape, 170 * zoom), 0, 1)


def _strew(chance: Chance, ground: Ground, easel: Easel, zoom: float, lumps: Pixels) -> None:
    """Lay what is mixed into the peat on top of it."""
    kinds: tuple[tuple[str, Range, Range, Colour, Range, Range], ...] = (
        ("bark", ground.bark, (20.0, 64.0), _BARK, (0.35, 1.0), (0.3, 0.9)),
        ("fibres", ground.fibres, (24.0, 60.0), _FIBRE, (0.4, 1.0), (0.03, 0.09)),
        ("grains", ground.grains, (9.0, 20.0), _TAN, (0.15, 0.65), (0.5, 1.0)),
        ("perlite", ground.perlite, (14.0, 34.0), _PERLITE, (0.15, 0.75), (0.6, 1.0)),
        ("stones", ground.stones, (24.0, 64.0), _STONE, (0.3, 0.9), (0.55, 0.95)),
    )
    for name, share, cells, colour, size, slim in kinds:
        own = chance.stream(name)
        density = own.between(share)
        if density < 0.004 or not own.happens(0.5):
            continue
        cell = own.between_log(cells) * zoom
        things = scatter(own, easel.shape, cell, density, size, slim, bend=0.3 if name == "fibres" else 0.0)
        ragged = np.clip(lumps.reshape(-1).take(things.at), -2, 2) * np.float32(-cell * own.between((0.01, 0.045)))
        things = replace(things, edge=things.edge + (0 if name == "fibres" else ragged))
        lay_pieces(own, easel, things, tinted(own, colour, 0.12), cell / 5)


def lay_pieces(chance: Chance, easel: Easel, things: Strewn, colour: Colour, high: float) -> None:
    """Paint strewn things as bodies: lighter on top, each with its own tone, dark where they meet the ground."""
    tone = things.tone * np.float32(chance.between((0.2, 0.6))) + np.float32(0.4)
    tone += np.sqrt(things.dome) * np.float32(0.3)
    tone += chance.shares(things.at.size) * np.float32(chance.between((0.1, 0.3)))
    colours = [tone * np.float32(part) for part in colour]
    easel.lay_at(things.at, things.cover, colours, things.dome * np.float32(high), shade=things.shade)
