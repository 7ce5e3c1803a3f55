"""What pots stand on: metal, plastic, paper, cloth, gravel, sand, mats. Must know nothing of pots."""

from __future__ import annotations

import numpy as np

from napari_leafseg.data.rosette.chance import Chance
from napari_leafseg.data.rosette.easel import Colour, Easel, Palette, between, chosen, tinted
from napari_leafseg.data.rosette.grains import lay_pieces
from napari_leafseg.data.rosette.ground_ranges import Ground
from napari_leafseg.data.rosette.mat import paint_dotted, paint_mat, paint_ribbed
from napari_leafseg.data.rosette.scatter import scatter
from napari_leafseg.data.rosette.speckle import bumpy
from napari_leafseg.data.rosette.strip import Place
from napari_leafseg.data.rosette.texture import Pixels, cloud, resized

_PLASTICS: Palette = {
    "brown": (4.0, (0.36, 0.18, 0.14)),
    "rust": (3.0, (0.48, 0.26, 0.19)),
    "black": (2.0, (0.09, 0.09, 0.10)),
    "grey": (2.0, (0.40, 0.41, 0.43)),
    "green": (0.5, (0.16, 0.36, 0.20)),
}
_PAPERS: Palette = {
    "white": (3.0, (0.86, 0.86, 0.84)),
    "blue": (2.0, (0.25, 0.42, 0.66)),
    "grey": (2.0, (0.55, 0.56, 0.57)),
    "cream": (1.0, (0.82, 0.78, 0.66)),
    "green": (0.3, (0.30, 0.55, 0.38)),
}


def paint_bench(chance: Chance, ground: Ground, easel: Easel, zoom: float) -> None:
    """Cover the easel with one kind of bench.

    Parameters
    ----------
    chance
        Stream to draw from.
    ground
        Which kinds there are.
    easel
        All of it is painted.
    zoom
        Pixels per pixel of the reference photograph.
    """
    kind = chance.pick(ground.benches)
    easel.height[...] = np.float32(-25 * zoom)
    easel.gloss[...] = np.float32(0.05)
    {
        "mat": paint_mat,
        "dotted": paint_dotted,
        "ribbed": paint_ribbed,
        "metal": _metal,
        "plastic": _plastic,
        "paper": _paper,
        "cloth": _cloth,
        "gravel": _gravel,
        "sand": _sand,
        "dark": _dark,
    }[kind](chance.stream(kind), easel, zoom)


def _fill(easel: Easel, colour: Colour, tone: Pixels, gloss: float) -> None:
    for plane, part in zip(easel.colours, colour, strict=True):
        np.multiply(tone, np.float32(part), out=plane)
    easel.gloss[...] = np.float32(gloss)


def _metal(chance: Chance, easel: Easel, zoom: float) -> None:
    """Brushed, with streaks along one direction and a broad sheen."""
    rows, columns = easel.shape
    lines = resized(chance.shares(rows, max(2, columns // chance.whole(8, 60))), easel.shape)
    if chance.happens(0.5):
        lines = resized(chance.shares(max(2, rows // chance.whole(8, 60)), columns), easel.shape)
    tone = np.float32(0.8) + np.float32(chance.between((0.08, 0.35))) * lines
    tone += np.float32(chance.between((0.04, 0.15))) * cloud(chance, easel.shape, 260 * zoom)
    _fill(easel, tinted(chance, (0.50, 0.51, 0.52), 0.35), tone, chance.between((0.1, 0.5)))


def _plastic(chance: Chance, easel: Easel, zoom: float) -> None:
    """Moulded, mostly red-brown: steps along straight edges, each with a bright line, scratches."""
    colour = chosen(chance, _PLASTICS, 0.2)
    tone = 1 + np.float32(0.07) * bumpy(chance, easel.shape, 90 * zoom, 2)
    tone += np.float32(0.06) * (chance.shares(*easel.shape) - np.float32(0.5))
    for number in range(chance.whole(0, 3)):
        tone *= _step(chance.stream("step", number), easel.shape, zoom)
    _fill(easel, colour, tone, chance.between((0.1, 0.6)))


def _step(chance: Chance, shape: tuple[int, int], zoom: float) -> Pixels:
    """Return what a straight edge does to the light: another level behind it, a bright and a dark line."""
    angle = 90.0 * chance.whole(0, 3) + chance.bell(4.0)
    rows, columns = shape
    _, away = Place(rows * chance.share(), columns * chance.share(), angle).axes((slice(0, rows), slice(0, columns)))
    width = np.float32(max(chance.between_log((1.5, 9.0)) * zoom, 0.8))
    level = np.float32(chance.between((0.7, 1.1)))
    light = np.clip(1 - np.abs(away) / width, 0, 1) * np.float32(chance.between((0.1, 0.9)))
    shade = np.clip(1 - np.abs(away + width * 2) / (width * 2), 0, 1) * np.float32(chance.between((0.1, 0.5)))
    factor: Pixels = 1 + (level - 1) * np.clip(np.float32(0.5) - away, 0, 1) + light - shade
    return factor


def _paper(chance: Chance, easel: Easel, zoom: float) -> None:
    """White, blue or grey, unevenly lit, nearly without texture."""
    colour = chosen(chance, _PAPERS, 0.1)
    tone = 1 + np.float32(chance.between((0.01, 0.07))) * cloud(chance, easel.shape, 300 * zoom)
    tone += np.float32(chance.between((0.0, 0.05))) * (chance.shares(*easel.shape) - np.float32(0.5))
    _fill(easel, colour, tone, 0.05)


def _cloth(chance: Chance, easel: Easel, zoom: float) -> None:
    """Woven: two directions of threads, folds."""
    rows, columns = easel.shape
    thread = chance.between_log((3.0, 9.0)) * zoom
    colour = tinted(chance, (0.45, 0.44, 0.42), 0.5)
    waves = [
        np.abs(np.arange(side, dtype=np.float32) / np.float32(max(thread, 2.5)) % 2 - 1) for side in (rows, columns)
    ]
    tone = np.float32(0.75) + np.float32(0.4) * np.abs(np.subtract.outer(waves[0], waves[1]))
    tone += np.float32(0.1) * bumpy(chance, easel.shape, 160 * zoom, 3)
    tone += np.float32(0.12) * (chance.shares(*easel.shape) - np.float32(0.5))
    _fill(easel, colour, tone, 0.0)


def _gravel(chance: Chance, easel: Easel, zoom: float) -> None:
    """Stones on stones on darkness."""
    cell = chance.between_log((16.0, 48.0)) * zoom
    colour = tinted(chance, (0.55, 0.52, 0.48), 0.2)
    _fill(
        easel,
        colour,
        np.clip(bumpy(chance, easel.shape, 0.5 * cell, 2) * np.float32(0.3) + np.float32(0.3), 0.05, 1),
        0.0,
    )
    for layer, density in enumerate((0.9, 0.9)):
        own = chance.stream(layer)
        stones = scatter(own, easel.shape, cell * (1.25 - 0.4 * layer), density, (0.6, 1.0), (0.55, 0.95))
        lay_pieces(own, easel, stones, tinted(own, colour, 0.08), -8 * zoom)


def _sand(chance: Chance, easel: Easel, zoom: float) -> None:
    """Grains near the size of a pixel, of many colours."""
    tone = np.float32(0.55) + np.float32(0.7) * chance.shares(*easel.shape)
    tone += np.float32(0.1) * bumpy(chance, easel.shape, 120 * zoom, 4)
    _fill(easel, tinted(chance, (0.66, 0.57, 0.43), 0.2), tone, 0.0)


def _dark(chance: Chance, easel: Easel, zoom: float) -> None:
    """Nothing to be seen but a trace."""
    tone = 1 + np.float32(0.3) * cloud(chance, easel.shape, 200 * zoom)
    low = tinted(chance, (0.03, 0.03, 0.032), 0.5)
    for plane, value in zip(easel.colours, between(low, (0.0, 0.0, 0.0), tone * np.float32(0.5)), strict=True):
        plane[...] = value
