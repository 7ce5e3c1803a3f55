"""Draw the picture of each method's page: validation images picked by a seed, not by looks.

Run as ``python docs/make_method_pictures.py [METHOD=WEIGHTS ...]`` with the data folder beside the checkout
(or in ``LEAFSEG_DATA``). Methods are drawn with the weights for nuclei that ship, or with those given
(a run folder or a file); methods that have neither are left out.

Columns: image; where objects are (foreground, or the candidates' boxes, surer ones brighter); what the
network says of each pixel, its three main components as colours; labels; truth.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from napari_leafseg import EncodeOptions, load, methods
from napari_leafseg.core.prediction import Candidates, EmbeddingMap, Piece
from napari_leafseg.core.sample import Sample
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.core.weights import shipped
from napari_leafseg.core.work import never, silent
from napari_leafseg.data.layouts import load_sample, open_folder
from napari_leafseg.inference.overlay import overlay

DOCS = Path(__file__).resolve().parent
DATA = Path(os.environ.get("LEAFSEG_DATA", DOCS.parent.parent / "shared" / "data")) / "dsb2018"
SEED, ROWS, SIDE = 1, 5, 256
LEAST_SCORE = 0.2
FEATURES = {"leafmask": "bases", "object_guided": "c2"}
"""Which of the candidates' features are shown; for the others, the masks of all steps."""


def main(given: list[str]) -> None:
    """Write ``images/<method>.png``."""
    weights = {name: "nuclei" for name in methods() if f"{name}-nuclei" in shipped(name)}
    weights |= dict(argument.split("=", 1) for argument in given)
    entries = [entry for entry in open_folder(DATA).entries if entry.split == "val"]
    chosen = np.random.default_rng(SEED).choice(len(entries), ROWS, replace=False)
    for name, file in weights.items():
        segmenter = load(name, file)
        rows = [_row(segmenter, load_sample(entries[i], segmenter.contrast)) for i in chosen]
        Image.fromarray(np.vstack(rows)).save(DOCS / "images" / f"{name}.png")


def _row(segmenter: Segmenter, sample: Sample) -> NDArray[np.uint8]:
    top, left = _crowded(sample.labels)
    seen = np.ascontiguousarray(sample.image[top : top + SIDE, left : left + SIDE])
    whole = segmenter.encode_rgb(sample.image, EncodeOptions(), never, silent)
    piece = segmenter.encode_rgb(seen, EncodeOptions(tile="off"), never, silent).tiles[0].piece
    labels = segmenter.decode(whole).labels
    pictures = (
        _bytes(seen),
        _where(piece, seen),
        _colours(piece, segmenter.method),
        overlay(sample.image, labels)[top : top + SIDE, left : left + SIDE],
        overlay(sample.image, sample.labels)[top : top + SIDE, left : left + SIDE],
    )
    return np.hstack([_filled(picture) for picture in pictures])


def _where(piece: Piece, image: NDArray[np.float32]) -> NDArray[np.uint8]:
    if isinstance(piece, EmbeddingMap):
        shape = piece.embedding.shape[1:]
        known = np.zeros(shape) if piece.foreground is None else piece.foreground.astype(np.float32)
        return _bytes(np.repeat(known[:, :, np.newaxis], 3, axis=2))
    picture = Image.fromarray(_bytes(image * 0.6))
    pen = ImageDraw.Draw(picture)
    down, across = piece.geometry.scale
    for score, (top, left, bottom, right) in list(zip(piece.scores, piece.boxes, strict=True))[::-1]:
        if score > LEAST_SCORE:
            shade = round(255 * float(score))
            pen.rectangle((left / across, top / down, right / across, bottom / down), outline=(shade, shade, 40))
    return np.array(picture)


def _colours(piece: Piece, method: str) -> NDArray[np.uint8]:
    """Three main components of what the network says of each pixel, as red, green and blue."""
    if isinstance(piece, Candidates):
        maps = piece.features[FEATURES[method]] if method in FEATURES else piece.masks
    else:
        maps = piece.embedding
    values = np.asarray(maps, np.float32).reshape(maps.shape[0], -1)
    values = values - values.mean(axis=1, keepdims=True)
    _, directions = np.linalg.eigh(values @ values.T)
    main = directions[:, ::-1][:, :3].T @ values
    low, high = np.percentile(main, (1, 99), axis=1, keepdims=True)
    scaled = np.clip((main - low) / np.maximum(high - low, 1e-6), 0, 1).reshape(-1, *maps.shape[1:])
    missing = np.zeros((3 - len(scaled), *maps.shape[1:]))
    picture = Image.fromarray(_bytes(np.concatenate([scaled, missing]).transpose(1, 2, 0)))
    height, width = piece.geometry.image_shape
    return np.array(picture.resize((width, height), Image.Resampling.BILINEAR))


def _crowded(labels: NDArray[np.int32]) -> tuple[int, int]:
    """Where the window lies that shows the most objects."""
    places = [(top, left) for top in range(0, labels.shape[0], 64) for left in range(0, labels.shape[1], 64)]
    return max(places, key=lambda at: len(np.unique(labels[at[0] : at[0] + SIDE, at[1] : at[1] + SIDE])))


def _bytes(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    return (255 * values).astype(np.uint8)


def _filled(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Fill to one size, with a thin margin."""
    missing = [(0, SIDE - length) for length in picture.shape[:2]]
    return np.pad(np.pad(picture, (*missing, (0, 0))), ((0, 4), (0, 4), (0, 0)), constant_values=255)


if __name__ == "__main__":
    main(sys.argv[1:])
