"""Draw the pictures of the page on drawn plants.

Run as ``python docs/make_drawings.py [NAME ...]``: all of them, or those named (a preset, ``labels``, ``series``,
``tray``). The walls show seeds 0 to 39, without any choice.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from napari_leafseg.data.drawing import DRAWN, MIXED, draw
from napari_leafseg.data.rosette import Drawing, draw_tray, growth_series
from napari_leafseg.inference.overlay import COLOURS, overlay

IMAGES = Path(__file__).resolve().parent / "images"
SIZE, THUMB, COLUMNS, PLANTS = 512, 160, 8, 40
QUALITY = 85
Picture = NDArray[np.uint8]


def main(names: Sequence[str]) -> None:
    """Write ``images/drawn-<name>.jpg``."""
    makers: dict[str, Callable[[], Picture]] = {preset: partial(wall, preset) for preset in DRAWN}
    makers |= {"labels": labelled, "series": series, "tray": tray}
    for name in names or makers:
        Image.fromarray(makers[name]()).save(IMAGES / f"drawn-{name}.jpg", quality=QUALITY, optimize=True)


def wall(preset: str) -> Picture:
    """Forty pictures of one preset."""
    return _tiled([_small(_rgb(draw(preset, seed, SIZE).image)) for seed in range(PLANTS)])


def labelled() -> Picture:
    """Eight pictures of all presets, with their labels below."""
    drawn = [draw(MIXED, seed, SIZE) for seed in range(COLUMNS)]
    images = [_small(drawing.image) for drawing in drawn]
    return _tiled(
        [*images, *(_small(overlay((drawing.image / 255).astype(np.float32), drawing.labels)) for drawing in drawn)]
    )


def series() -> Picture:
    """One plant on eight days; a leaf keeps its colour."""
    drawn = growth_series("arabidopsis-old", 4, [2 * day for day in range(COLUMNS)], SIZE)
    images = [_small(drawing.image) for drawing in drawn]
    return _tiled([*images, *(_small(_coloured(drawing)) for drawing in drawn)])


def tray() -> Picture:
    """Twelve plants in one picture."""
    return draw_tray("arabidopsis-old", 4, COLUMNS * THUMB).image


def _coloured(drawing: Drawing) -> Picture:
    """Paint leaves by id alone, so that one keeps its colour on every day."""
    colours = np.concatenate((np.zeros((1, 3)), np.resize(COLOURS, (drawing.labels.max() + 1, 3))))
    veil = 0.6 * colours[drawing.labels] + 0.4 * drawing.image
    return np.where(drawing.labels[:, :, np.newaxis] > 0, veil, drawing.image).astype(np.uint8)


def _rgb(image: Picture) -> Picture:
    return image if image.ndim == 3 else np.repeat(image[:, :, np.newaxis], 3, axis=2)


def _small(image: Picture) -> Picture:
    return np.asarray(Image.fromarray(image).resize((THUMB, THUMB), Image.Resampling.LANCZOS))


def _tiled(pictures: Sequence[Picture]) -> Picture:
    rows = [np.hstack(pictures[start : start + COLUMNS]) for start in range(0, len(pictures), COLUMNS)]
    return np.vstack(rows)


if __name__ == "__main__":
    main(sys.argv[1:])
