"""Reads images for the window, in jobs: whole ones to be shown, and rows of thumbnails.

Knows files and what a layer takes; no control and no layer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from qtpy.QtGui import QImage

from napari_leafseg.core.errors import ImageError
from napari_leafseg.core.work import Check
from napari_leafseg.data.layouts import Entry, labels_of
from napari_leafseg.data.reading import read_image, read_labels, read_size, read_thumbnail
from napari_leafseg.widgets.images_model import THUMBNAIL, Details
from napari_leafseg.widgets.shelf import Kept, Packed, checksum
from napari_leafseg.widgets.shown import AMBIGUOUS, Shown, shown


@dataclass(frozen=True, eq=False)
class Opened:
    """An image of a folder, ready to be shown.

    Attributes
    ----------
    entry
        Which.
    shown
        As a layer takes it.
    labels
        That belong to it, from this window, a folder run, or its layout; ``None`` if none do.
    metadata, features
        Of the labels, as their layer had them.
    read
        `shelf.checksum` of labels that came from a file.
    problem
        One sentence, if the image is fine and its labels cannot be used.
    """

    entry: Entry
    shown: Shown
    labels: NDArray[Any] | None = None
    metadata: dict[str, Any] | None = None
    features: Any = None
    read: int | None = None
    problem: str = ""


def open_entry(entry: Entry, result: Path | None = None, kept: Kept | Packed | None = None) -> Opened:
    """Read an image and its labels.

    Parameters
    ----------
    entry
        Which.
    result
        Labels that a folder run wrote; they count more than those of the layout.
    kept
        Labels that this window had for it; they count most.

    Raises
    ------
    ImageError
        If the image cannot be read.
    """
    loaded = read_image(entry.image)
    laid_out = shown(loaded.array, loaded.axes)
    if kept is not None:
        kept = kept.unpacked() if isinstance(kept, Packed) else kept
        return Opened(entry, laid_out, kept.labels, kept.metadata, kept.features)
    try:
        labels = _labels(entry, laid_out, result)
        return Opened(entry, laid_out, labels, read=None if labels is None else checksum(labels))
    except ImageError as error:
        return Opened(entry, laid_out, problem=str(error))


def _labels(entry: Entry, image: Shown, result: Path | None) -> NDArray[Any] | None:
    sizes = dict(zip(image.axes.names, image.data.shape, strict=True))
    shape = (int(sizes["Y"]), int(sizes["X"]))
    return labels_of(entry, shape) if result is None else read_labels(result, shape)


def read_details(rows: Sequence[tuple[int, Path]], check: Check) -> Iterator[Details]:
    """Read sizes and thumbnails, one row after another; a bad file gets its sentence."""
    for row, path in rows:
        check()
        try:
            yield Details(row, in_words(read_size(path)), _as_image(read_thumbnail(path, THUMBNAIL)))
        except ImageError as error:
            yield Details(row, problem=str(error))


def in_words(shape: tuple[int, ...]) -> str:
    """Say how large an image is."""
    colour = len(shape) > 2 and shape[-1] in AMBIGUOUS
    sides = shape[:-1] if colour else shape
    return " x ".join(str(side) for side in sides) + (" RGB" if colour else "")


def _as_image(pixels: NDArray[Any]) -> QImage:
    height, width, _ = pixels.shape
    return QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()
