"""Peat from above: crumbs, crevices, grains, perlite, stones, fibres, wet and dry parts. Must know nothing of pots."""

from __future__ import annotations

import numpy as np

from napari_leafseg.data.rosette.chance import Chance, Range
from napari_leafseg.data.rosette.easel import Colour, Easel, between, tinted
from napari_leafseg.data.rosette.ground_ranges import Ground
from napari_leafseg.data.rosette.scatter import Strewn, scatter
from napari_leafseg.data.rosette.texture import Pixels, cloud

_DARK: dict[str, Colour] = {
    "black": (0.035, 0.028, 0.026),
    "brown": (0.085, 0.055, 0.038),
    "red": (0.105, 0.055, 0.035),
    "grey": (0.095, 0.09, 0.085),
}
_LIGHT: dict[str, Colour] = {
    "black": (0.30, 0.25, 0.215),
    "brown": (0.46, 0.345, 0.24),
    "red": (0.50, 0.32, 0.20),
    "grey": (0.47, 0.44, 0.40),
}
_TAN, _PERLITE, _STONE, _FIBRE = (0.66, 0.54, 0.38), (0.86, 0.85, 0.80), (0.42, 0.38, 0.34), (0.50, 0.36, 0.22)


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
    tone = _crumbs(chance.stream("crumbs"), ground, easel.shape, zoom)
    dry = _dryness(chance.stream("dry"), ground, easel.shape, zoom)
    kind = chance.stream("kind").pick(ground.peat)
    dark, light = (tinted(chance.stream(kind), colours[kind], 0.2) for colours in (_DARK, _LIGHT))
    tone *= 0.75 + 0.35 * dry
    red, green, blue = between(dark, light, tone)
    hue = cloud(chance.stream("hue"), easel.shape, 36 * zoom)
    red *= 1 + np.float32(0.10) * hue
    blue *= 1 - np.float32(0.06) * hue
    for plane, value in zip(easel.colours, (red, green, blue), strict=True):
        plane[...] = value
    easel.height[...] = tone * np.float32(3 * zoom)
    easel.gloss[...] = np.clip(np.float32(0.35) - dry, 0, 1) * np.float32(0.6)
    _strew(chance, ground, easel, zoom)


def _crumbs(chance: Chance, ground: Ground, shape: tuple[int, int], zoom: float) -> Pixels:
    """Return how light the peat is: lumps parted by dark crevices, mostly dark with a few light bits."""
    wave = chance.between_log(ground.crumb) * zoom
    lumps = cloud(chance.stream("lumps"), shape, wave * 3.1)
    small = cloud(chance.stream("small"), shape, max(wave, 2.5))
    grit = chance.stream("grit").shares(*shape)
    # Where smooth noise changes its sign it is near 0 along winding lines: the crevices.
    parted = np.clip(np.abs(small) * np.float32(1.8) + np.float32(0.15), 0, 1)
    parted *= np.clip(np.abs(lumps) * np.float32(2.4) + np.float32(0.3), 0, 1)
    tone = np.float32(0.30) + np.float32(0.14) * lumps + np.float32(0.12) * small
    tone = np.clip(tone, 0.02, 1.2)
    tone *= parted
    tone += tone * grit
    contrast, level = chance.between((0.6, 1.4)), chance.between((0.15, 0.3))
    return np.clip((tone - np.float32(level)) * np.float32(contrast) + np.float32(level), 0, 1.3)


def _dryness(chance: Chance, ground: Ground, shape: tuple[int, int], zoom: float) -> Pixels:
    """Return 0 where the soil is wet to 1 where it is dry."""
    middle, blotch = chance.between(ground.dry), chance.between((0.0, 0.5))
    return np.clip(np.float32(middle) + np.float32(blotch) * cloud(chance, shape, 170 * zoom), 0, 1)


def _strew(chance: Chance, ground: Ground, easel: Easel, zoom: float) -> None:
    """Lay what is mixed into the peat on top of it."""
    kinds: tuple[tuple[str, Range, Range, Colour, Range, Range], ...] = (
        ("fibres", ground.fibres, (24.0, 60.0), _FIBRE, (0.4, 1.0), (0.03, 0.09)),
        ("grains", ground.grains, (7.0, 15.0), _TAN, (0.35, 0.95), (0.6, 1.0)),
        ("perlite", ground.perlite, (12.0, 26.0), _PERLITE, (0.3, 0.95), (0.65, 1.0)),
        ("stones", ground.stones, (28.0, 70.0), _STONE, (0.3, 0.9), (0.55, 0.95)),
    )
    for name, share, cells, colour, size, slim in kinds:
        own = chance.stream(name)
        density = own.between(share)
        if density < 0.004 or not own.happens(0.7):
            continue
        cell = own.between_log(cells) * zoom
        things = scatter(own, easel.shape, cell, density, size, slim, bend=0.3 if name == "fibres" else 0.0)
        lay_pieces(own, easel, things, tinted(own, colour, 0.15), cell / 4, own.between((0.3, 1.0)))


def lay_pieces(
    chance: Chance, easel: Easel, things: Strewn, colour: Colour, high: float, strength: float = 1.0
) -> None:
    """Paint strewn things as bodies: lighter on top, each with its own tone, dark where they meet the ground."""
    ring = np.clip(1 - np.abs(things.edge - 1) * np.float32(0.5), 0, 1)
    easel.lay_at(things.at, np.float32(0.45 * strength) * ring, (0.0, 0.0, 0.0))
    tone = things.tone * np.float32(0.35) + np.float32(0.47)
    tone += np.sqrt(things.dome) * np.float32(0.3)
    tone += chance.shares(things.at.size) * np.float32(0.16)
    cover = things.cover * np.float32(strength)
    easel.lay_at(things.at, cover, [tone * np.float32(part) for part in colour], things.dome * np.float32(high))
