"""The part of a prediction around what a person looks at, decoded while a slider moves.

Knows predictions and windows; nothing of viewers.
"""

from __future__ import annotations

from napari_leafseg.core.geometry import Geometry
from napari_leafseg.core.prediction import EmbeddingMap, Prediction, Tile
from napari_leafseg.core.tiles import Window

LIVE_PIXELS = 1_000_000
"""Images up to this size are always decoded whole."""


def live_window(shape: tuple[int, int], view: tuple[slice, slice] | None, limit: int = LIVE_PIXELS) -> Window | None:
    """Choose what to decode while a slider moves.

    Parameters
    ----------
    shape
        Height and width of the image.
    view
        Rows and columns in sight, in image pixels; ``None`` for all of them.
    limit
        Most pixels to decode.

    Returns
    -------
    A square of ``limit`` pixels (less where the image is narrower) around the middle of the
    view, inside the image; ``None`` where the whole image is small enough.
    """
    height, width = shape
    if height * width <= limit:
        return None
    side = int(limit**0.5)
    tall = min(height, max(side, limit // width))
    wide = min(width, max(side, limit // height))
    rows, columns = view or (slice(0, height), slice(0, width))
    return Window(_start(rows, tall, height), _start(columns, wide, width), tall, wide)


def _start(seen: slice, length: int, whole: int) -> int:
    middle = (seen.start + seen.stop) // 2
    return max(0, min(middle - length // 2, whole - length))


def crop(prediction: Prediction, window: Window) -> tuple[Prediction, Window] | None:
    """Cut the part of a prediction that lies in a window.

    Returns
    -------
    The part, as the prediction of a smaller image, and where exactly it lies; ``None``
    where the prediction cannot be cut (candidates belong to whole images), or where the
    window does not touch it.
    """
    cut = [piece for tile in prediction.tiles if (piece := _cut(tile, window)) is not None]
    if not cut or any(not isinstance(tile.piece, EmbeddingMap) for tile in prediction.tiles):
        return None
    top, left = min(tile.top for tile in cut), min(tile.left for tile in cut)
    bottom = max(tile.top + tile.piece.geometry.image_shape[0] for tile in cut)
    right = max(tile.left + tile.piece.geometry.image_shape[1] for tile in cut)
    place = Window(top, left, bottom - top, right - left)
    moved = tuple(Tile(tile.top - top, tile.left - left, tile.piece) for tile in cut)
    return Prediction((place.height, place.width), moved, prediction.device, prediction.notes), place


def _cut(tile: Tile, window: Window) -> Tile | None:
    piece = tile.piece
    if not isinstance(piece, EmbeddingMap):
        return None
    geometry = piece.geometry
    rows = _along(tile.top, geometry.image_shape[0], geometry.scaled_shape[0], window.top, window.height)
    columns = _along(tile.left, geometry.image_shape[1], geometry.scaled_shape[1], window.left, window.width)
    if rows is None or columns is None:
        return None
    (network_rows, top, height), (network_columns, left, width) = rows, columns
    embedding = piece.embedding[:, network_rows, network_columns]
    foreground = None if piece.foreground is None else piece.foreground[network_rows, network_columns]
    scaled = (int(embedding.shape[1]), int(embedding.shape[2]))
    part = EmbeddingMap(Geometry((height, width), scaled, scaled), embedding, foreground)
    return Tile(tile.top + top, tile.left + left, part)


def _along(start: int, length: int, scaled: int, first: int, extent: int) -> tuple[slice, int, int] | None:
    """One axis: the network's slice, and the first image pixel and extent it stands for, both in the tile."""
    low, high = max(first - start, 0), min(first + extent - start, length)
    if high <= low:
        return None
    scale = scaled / length
    network = slice(int(low * scale), max(int(low * scale) + 1, min(scaled, -(-int(high * scaled) // length))))
    top, bottom = round(network.start / scale), min(length, round(network.stop / scale))
    return network, top, max(1, bottom - top)
