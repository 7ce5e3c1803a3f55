"""Pictures side by side, for the pages: small tiles of images and labels under their columns' names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from napari_leafseg.core.catalogue import shipped
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.core.weights import read_header
from napari_leafseg.inference.overlay import overlay

IMAGES = Path(__file__).resolve().parent / "images"
GAP, LINE = 4, 20
"""Between tiles, and of a line of text, in pixels."""
QUALITIES, MOST_BYTES = (84, 76, 68, 60, 50), 260_000
Picture = NDArray[np.uint8]
Box = tuple[int, int, int, int]
"""Top, left, bottom, right."""


def files_for(subject: str) -> dict[str, Path]:
    """Shipped weights for a subject, by method."""
    cards = {path: read_header(path) for path in shipped().values()}
    return {header.method: path for path, header in cards.items() if header.card.subject == subject}


def as_bytes(image: NDArray[np.float32]) -> Picture:
    """Turn values from 0 to 1 into grey values."""
    return np.round(np.clip(image, 0, 1) * 255).astype(np.uint8)


def found_in(segmenter: Segmenter, image: NDArray[np.float32]) -> NDArray[np.int32]:
    """Segment a float image (height, width, 3) as a first press of Run does."""
    return segmenter.decode(segmenter.encode(as_bytes(image))).labels


def plain(image: NDArray[np.float32], box: Box, side: int) -> Picture:
    """Part of an image as a tile, brightened if it is dark."""
    top, left, bottom, right = box
    bright = image / max(float(np.percentile(image, 99.8)), 0.05)
    part = Image.fromarray(as_bytes(bright)[top:bottom, left:right])
    return np.asarray(part.resize((side, side), Image.Resampling.LANCZOS))


def painted(image: NDArray[np.float32], labels: NDArray[np.int32], box: Box, side: int) -> Picture:
    """Labels over a part of an image, enlarged first, so that outlines stay thin."""
    top, left, bottom, right = box
    part = Image.fromarray(labels[top:bottom, left:right].astype(np.int32))
    enlarged = np.asarray(part.resize((side, side), Image.Resampling.NEAREST))
    return overlay((plain(image, box, side) / 255).astype(np.float32), enlarged)


def square_around(labels: NDArray[np.int32], margin: int) -> Box:
    """The square that holds all objects with a margin, moved into the image; all of a smaller image."""
    spans = [np.flatnonzero((labels > 0).any(axis=axis)) for axis in (1, 0)]
    side = max(int(span[-1] - span[0]) + 1 for span in spans) + 2 * margin
    side = min(side, *labels.shape)
    starts = [
        int(np.clip((span[0] + span[-1] + 1 - side) // 2, 0, length - side))
        for span, length in zip(spans, labels.shape, strict=True)
    ]
    return starts[0], starts[1], starts[0] + side, starts[1] + side


def wall(rows: Sequence[Sequence[Picture]], columns: Sequence[str], notes: Sequence[Sequence[str]] = ()) -> Picture:
    """Put tiles of one size into a table.

    Parameters
    ----------
    rows
        Tiles, row by row.
    columns
        Written above; as many as tiles in a row.
    notes
        Written below each tile, row by row; none if empty.
    """
    side = rows[0][0].shape[0]
    step, high = side + GAP, side + GAP + (LINE if notes else 0)
    whole = Image.new("RGB", (len(columns) * step - GAP, LINE + len(rows) * high - GAP), "white")
    pen, font = ImageDraw.Draw(whole), ImageFont.load_default(13)
    for across, title in enumerate(columns):
        pen.text((across * step + 2, 2), title, fill="black", font=font)
    for down, row in enumerate(rows):
        for across, tile in enumerate(row):
            whole.paste(Image.fromarray(tile), (across * step, LINE + down * high))
            if notes:
                pen.text(
                    (across * step + 2, LINE + down * high + side + 1), notes[down][across], fill="black", font=font
                )
    return np.asarray(whole)


def save(picture: Picture, name: str) -> None:
    """Write ``images/<name>.jpg``, as well as a small file allows."""
    path = IMAGES / f"{name}.jpg"
    for quality in QUALITIES:
        Image.fromarray(picture).save(path, quality=quality, optimize=True)
        if path.stat().st_size <= MOST_BYTES:
            return
