"""Draw the picture of each method's page: validation images picked by a seed, not by looks.

Run as ``python docs/make_method_pictures.py [METHOD=WEIGHTS ...]`` with the data folder beside the checkout
(or in ``LEAFSEG_DATA``). Methods are drawn with the weights for nuclei that ship, or with those given
(a run folder or a file); methods that have neither are left out.

Columns: image; where objects are (foreground, or the candidates' boxes, surer ones brighter); what the
network says of each pixel, its three main components as colours (for methods with an order: the objects,
yellow first, blue last); labels; truth.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from napari_leafseg import EncodeOptions, Instances, load, methods
from napari_leafseg.core.catalogue import shipped
from napari_leafseg.core.prediction import Candidates, EmbeddingMap, Piece, Prediction
from napari_leafseg.core.sample import Sample
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.core.work import never, silent
from napari_leafseg.data.layouts import load_sample, open_folder
from napari_leafseg.inference.overlay import overlay

DOCS = Path(__file__).resolve().parent
DATA = Path(os.environ.get("LEAFSEG_DATA", DOCS.parent.parent / "shared" / "data")) / "dsb2018"
SEED, ROWS, SIDE = 1, 5, 192
LEAST_SCORE = 0.2
FEATURES = {"leafmask": "bases", "object_guided": "c2"}
"""Which of the candidates' features are shown."""


def main(given: list[str]) -> None:
    """Write ``images/<method>.png``."""
    weights = {name: "nuclei" for name in methods() if f"{name}-nuclei" in shipped(name)}
    weights |= dict(argument.split("=", 1) for argument in given)
    entries = [entry for entry in open_folder(DATA).entries if entry.split == "val"]
    chosen = np.random.default_rng(SEED).choice(len(entries), ROWS, replace=False)
    for name, file in weights.items():
        segmenter = load(name, file)
        rows = [_row(segmenter, load_sample(entries[i], segmenter.contrast)) for i in chosen]
        Image.fromarray(np.vstack(rows)).save(DOCS / "images" / f"{name}.png", optimize=True)


def _row(segmenter: Segmenter, sample: Sample) -> NDArray[np.uint8]:
    prediction = segmenter.encode_rgb(sample.image, EncodeOptions(), never, silent)
    found = segmenter.decode(prediction)
    pictures = (
        _bytes(sample.image),
        _where(prediction, sample.image),
        _bytes(_by_order(found)) if found.order is not None else _colours(prediction, segmenter.method),
        overlay(sample.image, found.labels),
        overlay(sample.image, sample.labels),
    )
    top, left = _crowded(sample.labels)
    return np.hstack([_cut(picture, top, left) for picture in pictures])


def _where(prediction: Prediction, image: NDArray[np.float32]) -> NDArray[np.uint8]:
    first = prediction.tiles[0].piece
    if isinstance(first, EmbeddingMap):
        known = np.zeros(first.embedding.shape[1:]) if first.foreground is None else first.foreground
        return _bytes(np.repeat(known.astype(np.float32)[:, :, np.newaxis], 3, axis=2))
    picture = Image.fromarray(_bytes(image * 0.6))
    pen = ImageDraw.Draw(picture)
    for tile in prediction.tiles:
        piece = tile.piece
        assert isinstance(piece, Candidates)
        down, across = piece.geometry.scale
        for score, (top, left, bottom, right) in list(zip(piece.scores, piece.boxes, strict=True))[::-1]:
            if score > LEAST_SCORE:
                shade = round(255 * float(score))
                edges = (left / across, top / down, right / across, bottom / down)
                place = [value + start for value, start in zip(edges, (tile.left, tile.top) * 2, strict=True)]
                pen.rectangle(place, outline=(shade, shade, 40))
    return np.array(picture)


def _by_order(found: Instances) -> NDArray[np.float32]:
    """Objects from yellow, found first in their window, to blue, found last."""
    assert found.order is not None
    late = np.concatenate([[0], found.order / max(found.order.max(initial=1), 1)])[found.labels]
    colours = np.stack([1 - late, 1 - 0.7 * late, 0.2 + 0.8 * late], axis=2)
    return (colours * (found.labels > 0)[:, :, np.newaxis]).astype(np.float32)


def _colours(prediction: Prediction, method: str) -> NDArray[np.uint8]:
    """Three main components of what the network says of each pixel, as red, green and blue."""
    piece = prediction.tiles[0].piece
    maps, seen = _maps(piece, method)
    values = np.asarray(maps, np.float32).reshape(maps.shape[0], -1)
    values = values - values[:, seen].mean(axis=1, keepdims=True)
    _, directions = np.linalg.eigh(values[:, seen] @ values[:, seen].T)
    main = directions[:, ::-1][:, :3].T @ values
    low, high = np.percentile(main[:, seen], (1, 99), axis=1, keepdims=True)
    scaled = np.clip((main - low) / np.maximum(high - low, 1e-6), 0, 1) * seen
    picture = Image.fromarray(_bytes(scaled.reshape(-1, *maps.shape[1:]).transpose(1, 2, 0)))
    height, width = piece.geometry.image_shape
    return np.array(picture.resize((width, height), Image.Resampling.BILINEAR))


def _maps(piece: Piece, method: str) -> tuple[NDArray[np.floating], NDArray[np.bool_]]:
    """What is shown, (channels, height, width), and the pixels where it means something, flat."""
    if isinstance(piece, Candidates):
        maps = piece.features[FEATURES[method]]
        return maps, np.ones(maps[0].size, bool)
    everywhere = np.ones(piece.embedding[0].size, bool)
    return piece.embedding, everywhere if piece.foreground is None else piece.foreground.ravel() > 0.5


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
    main(sys.argv[1:])
