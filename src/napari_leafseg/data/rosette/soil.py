"""Peat from above: lumps and crumbs with gaps between them, wet and dry parts. Must know nothing of pots."""

from __future__ import annotations

import numpy as np

from napari_leafseg.data.rosette.chance import Chance
from napari_leafseg.data.rosette.easel import Colour, Easel, between, tinted
from napari_leafseg.data.rosette.grains import strew
from napari_leafseg.data.rosette.ground_ranges import Ground
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
    tone, relief = _crumbs(chance.stream("crumbs"), ground, easel.shape, zoom)
    dry = _dryness(chance.stream("dry"), ground, easel.shape, zoom)
    kind = chance.stream("kind").pick(ground.peat)
    dark, light = (tinted(chance.stream(kind), colours[kind], 0.15) for colours in (_DARK, _LIGHT))
    light_of = chance.stream("light").between_log(ground.light)
    tone *= np.float32(light_of)
    tone *= np.float32(0.75) + np.float32(0.4) * dry
    hue = 1 + relief[::-1, ::-1] * np.float32(chance.stream("hues").between((0.0, 0.045)))
    red, green, blue = between(dark, light, tone)
    np.multiply(red, hue, out=easel.colours[0])
    easel.colours[1][...] = green
    np.divide(blue, np.maximum(hue, np.float32(0.5)), out=easel.colours[2])
    np.multiply(relief, np.float32(2.2 * zoom), out=easel.height)
    np.multiply(np.clip(np.float32(0.4) - dry, 0, 1), np.float32(0.8), out=easel.gloss)
    clod = chance.stream("clods").between((0.3, 0.8)) * light_of
    strew(chance, ground, easel, zoom, relief, (light[0] * clod, light[1] * clod, light[2] * clod))


def _crumbs(chance: Chance, ground: Ground, shape: tuple[int, int], zoom: float) -> tuple[Pixels, Pixels]:
    """Return how light the peat is (lumps of many sizes, black gaps between them), and its relief."""
    wave = chance.between_log(ground.crumb) * zoom
    lumps = cloud(chance.stream("lumps"), shape, wave * 2.7)
    crumbs = speckle(chance.stream("small"), shape, wave)
    grit = speckle(chance.stream("grit"), shape, min(2.4, wave / 3))
    relief = crumbs + lumps * np.float32(0.7) + grit * np.float32(chance.between((0.3, 0.9)))
    steep, open_ = chance.between((0.25, 0.8)), chance.between((0.2, 0.7))
    floor = np.float32(chance.between((0.05, 0.45)))
    gaps = np.clip(relief * np.float32(steep) + np.float32(open_), floor, 1)
    gaps += np.float32(0.10) * np.maximum(relief, 0)
    tone = lumps * np.float32(chance.between((0.02, 0.12))) + np.float32(chance.between((0.22, 0.6)))
    tone += grit * np.float32(chance.between((0.02, 0.09)))
    # Turned about, the same noise is as good as another.
    tone += crumbs[::-1, ::-1] * np.float32(0.05)
    tone *= gaps
    # Wet grit glints.
    tone += np.clip(grit * np.float32(0.6) - np.float32(chance.between((0.9, 2.0))), 0, 1)
    return np.clip(tone, 0, 1.3), relief


def _dryness(chance: Chance, ground: Ground, shape: tuple[int, int], zoom: float) -> Pixels:
    """Return 0 where the soil is wet to 1 where it is dry."""
    middle, blotch = chance.between(ground.dry), chance.between((0.0, 0.5))
    return np.clip(np.float32(middle) + np.float32(blotch) * cloud(chance, shape, 170 * zoom), 0, 1)
