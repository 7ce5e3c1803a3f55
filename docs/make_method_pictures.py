"""Draw the picture of a method's page: validation images picked by a seed, not by looks.

Run as ``python docs/make_method_pictures.py`` with the data folder beside the checkout (or
in ``LEAFSEG_DATA``).
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from napari_leafseg import EncodeOptions, load
from napari_leafseg.core.prediction import EmbeddingMap
from napari_leafseg.core.sample import Sample
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.core.work import never, silent
from napari_leafseg.data.layouts import load_sample, open_folder
from napari_leafseg.inference.overlay import overlay

DOCS = Path(__file__).resolve().parent
DATA = Path(os.environ.get("LEAFSEG_DATA", DOCS.parent.parent / "shared" / "data")) / "dsb2018"
SEED, ROWS, SIDE = 1, 5, 256


def main() -> None:
    """Write ``images/harmonic.png``."""
    segmenter = load("harmonic", "nuclei")
    entries = [entry for entry in open_folder(DATA).entries if entry.split == "val"]
    chosen = np.random.default_rng(SEED).choice(len(entries), ROWS, replace=False)
    rows = [_row(segmenter, load_sample(entries[i], segmenter.contrast)) for i in chosen]
    Image.fromarray(np.vstack(rows)).save(DOCS / "images" / "harmonic.png")


def _row(segmenter: Segmenter, sample: Sample) -> NDArray[np.uint8]:
    prediction = segmenter.encode_rgb(sample.image, EncodeOptions(), never, silent)
    piece = prediction.tiles[0].piece
    assert isinstance(piece, EmbeddingMap) and piece.foreground is not None
    channels = np.clip(piece.embedding[[0, 3, 8]].astype(np.float32), -1, 1)
    pictures = (
        _bytes(sample.image),
        _bytes(np.repeat(piece.foreground.astype(np.float32)[:, :, np.newaxis], 3, axis=2)),
        _bytes((channels.transpose(1, 2, 0) + 1) / 2),
        overlay(sample.image, segmenter.decode(prediction).labels),
        overlay(sample.image, sample.labels),
    )
    top, left = _crowded(sample.labels)
    return np.hstack([_cut(picture, top, left) for picture in pictures])


def _crowded(labels: NDArray[np.int32]) -> tuple[int, int]:
    """Where the window lies that shows the most objects."""
    places = [(top, left) for top in range(0, labels.shape[0], 64) for left in range(0, labels.shape[1], 64)]
    return max(places, key=lambda at: len(np.unique(labels[at[0] : at[0] + SIDE, at[1] : at[1] + SIDE])))


def _bytes(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    return (255 * values).astype(np.uint8)


def _cut(picture: NDArray[np.uint8], top: int, left: int) -> NDArray[np.uint8]:
    """Cut or fill to one size, with a thin margin."""
    cut = picture[top : top + SIDE, left : left + SIDE]
    missing = [(0, SIDE - length) for length in cut.shape[:2]]
    return np.pad(np.pad(cut, (*missing, (0, 0))), ((0, 4), (0, 4), (0, 0)), constant_values=255)


if __name__ == "__main__":
    main()
