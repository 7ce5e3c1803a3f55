"""Black mats of a growth chamber: wet with wriggly reflections, dotted, ribbed. Must know nothing of pots."""

from __future__ import annotations

import numpy as np

from napari_leafseg.data.rosette.chance import Chance
from napari_leafseg.data.rosette.easel import Easel, tinted
from napari_leafseg.data.rosette.speckle import bumpy
from napari_leafseg.data.rosette.strip import Place
from napari_leafseg.data.rosette.texture import Pixels, cloud


def paint_mat(chance: Chance, easel: Easel, zoom: float) -> None:
    """Smooth and black."""
    _base(chance, easel, 1 + np.float32(0.25) * bumpy(chance, easel.shape, 60 * zoom, 3))
    _reflections(chance.stream("wet"), easel, zoom)


def paint_dotted(chance: Chance, easel: Easel, zoom: float) -> None:
    """A mesh of lighter lines around rows of dark holes."""
    along, across = _turned(chance, easel)
    pitch = np.float32(max(chance.between_log((14.0, 40.0)) * zoom, 4.0))
    row = np.rint(across / pitch)
    shift = np.float32(chance.pick({"square": 1.0, "staggered": 1.0}) == "staggered") * np.float32(0.5)
    x = along / pitch + row * shift
    x -= np.rint(x)
    y = across / pitch - row
    uneven = cloud(chance.stream("uneven"), easel.shape, 0.6 * float(pitch))
    hole = np.sqrt(x * x + y * y * np.float32(chance.between((0.8, 1.8)))) + np.float32(0.05) * uneven
    radius = np.float32(chance.between((0.22, 0.42)))
    open_ = np.clip(np.float32(0.5) - (hole - radius) * pitch / 2, 0, 1)
    tone = np.float32(chance.between((2.0, 5.0))) * (1 + np.float32(0.15) * uneven[::-1, ::-1])
    tone += (np.float32(chance.between((0.1, 0.6))) - tone) * open_
    _base(chance, easel, tone)
    if chance.happens(0.4):
        _reflections(chance.stream("wet"), easel, zoom)


def paint_ribbed(chance: Chance, easel: Easel, zoom: float) -> None:
    """Parallel ribs, each with a lighter crest."""
    along, _ = _turned(chance, easel)
    pitch = np.float32(max(chance.between_log((8.0, 30.0)) * zoom, 3.5))
    at = along / pitch + np.float32(0.06) * cloud(chance, easel.shape, 80 * zoom)
    crest = 1 - 2 * np.abs(at - np.rint(at))
    _base(chance, easel, np.float32(0.4) + np.float32(chance.between((0.8, 3.5))) * crest * crest)
    if chance.happens(0.5):
        _reflections(chance.stream("wet"), easel, zoom)


def _turned(chance: Chance, easel: Easel) -> tuple[Pixels, Pixels]:
    rows, columns = easel.shape
    angle = chance.bell(5.0) if chance.happens(0.6) else chance.between((0.0, 90.0))
    return Place(rows * chance.share(), columns * chance.share(), angle).axes((slice(0, rows), slice(0, columns)))


def _base(chance: Chance, easel: Easel, tone: Pixels) -> None:
    colour = tinted(chance, (0.065, 0.065, 0.072), 0.22)
    tone = tone * (np.float32(0.93) + np.float32(0.14) * chance.shares(*easel.shape))
    for plane, part in zip(easel.colours, colour, strict=True):
        np.multiply(tone, np.float32(part), out=plane)


def _reflections(chance: Chance, easel: Easel, zoom: float) -> None:
    """Lamps mirrored in water: bright winding lines, in some places only."""
    wave = chance.between_log((16.0, 70.0)) * zoom
    winding = np.abs(bumpy(chance, easel.shape, wave, 2, 0.5))
    thin = np.float32(chance.between_log((0.06, 0.25)))
    line = np.clip(1 - winding / thin, 0, 1)
    spot = cloud(chance, easel.shape, chance.between((60.0, 200.0)) * zoom)
    spot = np.clip(spot - np.float32(chance.between((-0.8, 0.8))), 0, 1)
    cover = line * spot * np.float32(chance.between((0.3, 1.0)))
    easel.lay(cover, tinted(chance, (0.86, 0.88, 0.92), 0.06))
    np.maximum(easel.gloss, spot * np.float32(chance.between((0.0, 0.15))), out=easel.gloss)
