"""Reads images for the window, in jobs: whole ones to be shown, and rows of thumbnails.

Knows files and what a layer takes; no control and no layer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from qtpy.QtGui import QImage

from napari_leafseg.core.errors import DamagedLabelsError, ImageError
from napari_leafseg.core.provenance import METADATA_KEY
from napari_leafseg.core.work import Check
from napari_leafseg.data.layouts import Entry, labels_of
from napari_leafseg.data.project import Status, Stored, Version
from napari_leafseg.data.reading import fitting, read_image, read_labels, read_size, read_thumbnail
from napari_leafseg.widgets.images_model import THUMBNAIL, Details
from napari_leafseg.widgets.project_marks import Standing, as_features, standing_of
from napari_leafseg.widgets.project_session import ProjectSession
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
    standing
        What is said of the image and its objects.
    notices
        Sentences for the person.
    offer
        Older labels that can take the place of damaged ones.
    """

    entry: Entry
    shown: Shown
    labels: NDArray[Any] | None = None
    metadata: dict[str, Any] | None = None
    features: Any = None
    read: int | None = None
    problem: str = ""
    standing: Standing = field(default_factory=Standing)
    notices: tuple[str, ...] = ()
    offer: Version | None = None


def open_entry(
    entry: Entry,
    result: Path | None = None,
    kept: Kept | Packed | None = None,
    session: ProjectSession | None = None,
) -> Opened:
    """Read an image and its labels.

    Parameters
    ----------
    entry
        Which.
    result
        Labels that a folder run wrote; they count more than those of the layout, and than those of the project that
        no person touched.
    kept
        Labels that this window had for it; they count most.
    session
        Holds the project.

    Raises
    ------
    ImageError
        If the image cannot be read.
    """
    loaded = read_image(entry.image)
    laid_out = shown(loaded.array, loaded.axes)
    if kept is not None:
        kept = kept.unpacked() if isinstance(kept, Packed) else kept
        return Opened(entry, laid_out, kept.labels, kept.metadata, kept.features, standing=kept.standing)
    try:
        stored = None if session is None else session.load(entry.image)
        if stored is not None and stored.labels is not None and (result is None or _touched(stored)):
            return _of_project(entry, laid_out, stored)
        labels = _labels(entry, laid_out, result)
        standing = Standing() if stored is None else standing_of(None, stored)
        return Opened(entry, laid_out, labels, read=None if labels is None else checksum(labels), standing=standing)
    except DamagedLabelsError as error:
        offer = None if session is None else session.newest_version(entry.image)
        return Opened(entry, laid_out, problem=str(error), offer=offer)
    except ImageError as error:
        return Opened(entry, laid_out, problem=str(error))


def _touched(stored: Stored) -> bool:
    return stored.sidecar.status in (Status.IN_WORK, Status.CORRECTED)


def _of_project(entry: Entry, image: Shown, stored: Stored) -> Opened:
    assert stored.labels is not None
    labels, sidecar = fitting(stored.labels, _shape(image), entry.image.name), stored.sidecar
    metadata = {} if sidecar.record is None else {METADATA_KEY: sidecar.record.model_dump(mode="json")}
    return Opened(
        entry,
        image,
        labels,
        metadata,
        as_features(sidecar.scores, sidecar.classes),
        checksum(labels),
        standing=standing_of(labels, stored),
        notices=stored.notices,
    )


def _labels(entry: Entry, image: Shown, result: Path | None) -> NDArray[Any] | None:
    shape = _shape(image)
    return labels_of(entry, shape) if result is None else read_labels(result, shape)


def _shape(image: Shown) -> tuple[int, int]:
    sizes = dict(zip(image.axes.names, image.data.shape, strict=True))
    return int(sizes["Y"]), int(sizes["X"])


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
