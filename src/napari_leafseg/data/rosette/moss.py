"""Green on the soil that is no leaf: moss, algae, liverwort. Must know nothing of plants or pots."""

from __future__ import annotations

from dataclasses import replace
from statistics import NormalDist

import numpy as np

from napari_leafseg.data.rosette.chance import Chance
from napari_leafseg.data.rosette.easel import Colour, Easel, between, tinted
from napari_leafseg.data.rosette.ground_ranges import Ground
from napari_leafseg.data.rosette.scatter import scatter
from napari_leafseg.data.rosette.speckle import bumpy, speckle
from napari_leafseg.data.rosette.texture import Pixels, cloud

# From yellow-green to deep green.
_PALE: Colour = (0.56, 0.60, 0.24)
_DEEP: Colour = (0.14, 0.26, 0.10)


def paint_moss(chance: Chance, ground: Ground, easel: Easel, zoom: float) -> None:
    """Let moss grow on the easel's soil, or not.

    Parameters
    ----------
    chance
        Stream to draw from.
    ground
        Whether, how much and which kinds.
    easel
        Soil; painted over in part.
    zoom
        Pixels per pixel of the reference photograph.
    """
    if not chance.happens(ground.mossy):
        return
    growths = {"cushion": _cushion, "fine": _fine, "dots": _dots, "film": _film, "lobes": _lobes}
    for number in range(2 if chance.happens(0.35) else 1):
        own = chance.stream(number)
        growths[own.pick(ground.mosses)](own, own.between_log(ground.moss), easel, zoom)


def _greens(chance: Chance) -> tuple[Colour, Colour]:
    """Choose a moss's dark and light colour."""
    depth = chance.share()
    middle = (
        _PALE[0] + depth * (_DEEP[0] - _PALE[0]),
        _PALE[1] + depth * (_DEEP[1] - _PALE[1]),
        _PALE[2] + depth * (_DEEP[2] - _PALE[2]),
    )
    red, green, blue = tinted(chance, middle, 0.15)
    return (0.22 * red, 0.28 * green, 0.2 * blue), (1.15 * red, 1.1 * green, 1.1 * blue)


def _patches(chance: Chance, share: float, shape: tuple[int, int], zoom: float, sharp: float) -> Pixels:
    """Return where it grows, 0 to 1, so that about ``share`` of the picture is covered."""
    threshold = round(NormalDist().inv_cdf(min(max(1 - share, 0.001), 0.999)), 9)
    ground = bumpy(chance, shape, chance.between_log((50.0, 260.0)) * zoom, 3, 0.55)
    return np.clip((ground - np.float32(threshold)) * np.float32(sharp) + np.float32(0.5), 0, 1)


def _cushion(chance: Chance, share: float, easel: Easel, zoom: float) -> None:
    """Soft heads crowding each other, hairy, dark between."""
    where = _patches(chance, share, easel.shape, zoom, 3.5)
    wave = chance.between_log((8.0, 26.0)) * zoom
    heads = np.abs(cloud(chance.stream("heads"), easel.shape, wave))
    # Turned about, the same noise is as good as another.
    bumps = np.clip(heads + heads[::-1, ::-1], 0, 1.6) * np.float32(0.55)
    bumps += speckle(chance.stream("hairs"), easel.shape, 3 * zoom) * np.float32(chance.between((0.08, 0.22)))
    _grow(chance, easel, where, np.clip(bumps, 0, 1.2), zoom)


def _fine(chance: Chance, share: float, easel: Easel, zoom: float) -> None:
    """A lawn of tiny shoots."""
    where = _patches(chance, share, easel.shape, zoom, 3.0)
    shoots = bumpy(chance.stream("shoots"), easel.shape, chance.between_log((4.0, 14.0)) * zoom, 2, 0.8)
    _grow(chance, easel, where, np.clip(np.float32(0.5) + np.float32(0.28) * shoots, 0, 1.2), zoom)


def _dots(chance: Chance, share: float, easel: Easel, zoom: float) -> None:
    """Single young tufts strewn over the soil."""
    cell = chance.between_log((10.0, 30.0)) * zoom
    low, high = _greens(chance.stream("greens"))
    hairs = speckle(chance.stream("hairs"), easel.shape, 3 * zoom).reshape(-1)
    for layer in (1.0, 0.7):
        own = chance.stream("layer", int(10 * layer))
        tufts = scatter(own, easel.shape, layer * cell, 0.05 + 0.5 * share, (0.15, 0.8), (0.6, 1.0))
        grit = hairs.take(tufts.at) * np.float32(0.29) + np.float32(0.5)
        cover = np.clip(np.float32(0.5) - tufts.edge + np.float32(0.25 * cell) * (grit - np.float32(0.5)), 0, 1)
        light = np.clip(np.sqrt(tufts.dome) * (np.float32(0.4) + tufts.tone * 0.5 + grit * 0.4), 0, 1.3)
        easel.lay_at(tufts.at, cover, between(low, high, light), tufts.dome * np.float32(4 * zoom), 0.0)


def _grow(chance: Chance, easel: Easel, where: Pixels, bumps: Pixels, zoom: float) -> None:
    """Paint what has bumps: light on top, nearly black between, uneven in colour."""
    low, high = _greens(chance.stream("greens"))
    light = chance.stream("grit").shares(*easel.shape)
    light *= np.float32(0.5)
    light += np.float32(0.7)
    light *= bumps
    light *= 1 + np.float32(0.18) * cloud(chance.stream("light"), easel.shape, 70 * zoom)
    # Between the shoots the soil shows through at the patches' borders.
    cover = np.clip(where * 2 - (1 - bumps) * (1 - where), 0, 1)
    bumps *= np.float32(5 * zoom)
    bumps += easel.height
    easel.lay(cover, between(low, high, light), bumps, 0.0)


def _film(chance: Chance, share: float, easel: Easel, zoom: float) -> None:
    """Algae: the soil's own relief, tinged green."""
    where = _patches(chance, share, easel.shape, zoom, 1.2)
    where *= np.float32(chance.between((0.3, 0.9)))
    _, colour = _greens(chance.stream("greens"))
    tone = easel.colours[1] * np.float32(0.9) + np.float32(0.22)
    easel.lay(where, [tone * np.float32(part) for part in colour], gloss=chance.between((0.0, 0.5)))


def _lobes(chance: Chance, share: float, easel: Easel, zoom: float) -> None:
    """Liverwort: flat overlapping lobes with a wavy, lighter margin."""
    where = _patches(chance, share, easel.shape, zoom, 6.0)
    cell = chance.between_log((20.0, 44.0)) * zoom
    wavy = speckle(chance, easel.shape, 0.35 * cell).reshape(-1)
    low, high = _greens(chance.stream("greens"))
    for layer in range(2):
        own = chance.stream("layer", layer)
        lobes = scatter(own, easel.shape, cell * (1.2 - 0.35 * layer), 0.75, (0.7, 1.0), (0.6, 0.95), where=where)
        wave = wavy.take(lobes.at)
        lobes = replace(lobes, edge=lobes.edge + wave * np.float32(0.07 * cell))
        light = np.float32(0.65) + np.float32(0.25) * lobes.tone - np.float32(0.2) * lobes.dome
        light += np.float32(0.12) * own.shares(wave.size) + np.float32(0.05) * wave
        easel.lay_at(lobes.at, lobes.cover, between(low, high, light), 2 * zoom, 0.2, shade=lobes.shade)
