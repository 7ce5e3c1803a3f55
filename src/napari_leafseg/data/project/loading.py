"""Reads one image's part of a project, and says what is wrong with it.

Writes nothing, so that a training may read while a window writes.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.core.catalogue import file_hash
from napari_leafseg.core.errors import DamagedLabelsError, ImageError, ProjectError
from napari_leafseg.data.project.catalogue import read_sidecar
from napari_leafseg.data.project.change import Stored, Version
from napari_leafseg.data.project.commit import current, digest_of
from napari_leafseg.data.project.files import ImageFiles
from napari_leafseg.data.project.ids import ids_of
from napari_leafseg.data.project.sidecar import Sidecar, Status
from napari_leafseg.data.reading import read_labels

_TRIES = 3


def load(files: ImageFiles) -> Stored | None:
    """Read an image's labels, region to ignore and JSON; ``None`` if there are none.

    Raises
    ------
    DamagedLabelsError
        If the label file or the region cannot be read or is gone.
    """
    for _ in range(_TRIES):
        before = digest_of(files.sidecar)
        try:
            stored = _load(files)
        except DamagedLabelsError:
            # A window may just have saved: then the files that this began with are not the newest.
            if digest_of(files.sidecar) == before:
                raise
            continue
        if digest_of(files.sidecar) == before:
            return stored
    return _load(files)


def _load(files: ImageFiles) -> Stored | None:
    sidecar, notices = _sidecar(files)
    labels = _labels(files, sidecar, notices)
    if labels is None:
        return None if sidecar is None else Stored(None, None, sidecar, tuple(notices))
    ignore = _ignore(files, sidecar, labels.shape)
    if sidecar is None:
        sidecar = Sidecar(image=files.key, status=Status.IN_WORK)
    return Stored(labels, ignore, sidecar.kept_to(ids_of(labels)), tuple(notices))


def _sidecar(files: ImageFiles) -> tuple[Sidecar | None, list[str]]:
    try:
        return read_sidecar(files), []
    except ProjectError as error:
        return None, [str(error)]


def _labels(files: ImageFiles, sidecar: Sidecar | None, notices: list[str]) -> NDArray[np.int32] | None:
    wanted = None if sidecar is None else sidecar.labels_hash
    path = current(files.labels, wanted)
    if not path.exists():
        if wanted is None:
            return None
        raise DamagedLabelsError(f"The labels {files.labels.name} are gone: {_offer(files)}.")
    labels = _read(path, files)
    if wanted is not None and digest_of(path) != wanted:
        notices.append(
            f"{files.labels.name} was changed by another program since it was saved here: it is taken as it is now."
        )
    return labels


def _ignore(files: ImageFiles, sidecar: Sidecar | None, shape: tuple[int, ...]) -> NDArray[np.bool_] | None:
    path = current(files.ignore, None if sidecar is None else sidecar.ignore_hash)
    if not path.exists():
        return None
    region = _read(path, files) > 0
    if region.shape != shape:
        raise DamagedLabelsError(f"{path.name} has another size than {files.labels.name}: delete it, or make it anew.")
    return region if region.any() else None


def _read(path: Path, files: ImageFiles) -> NDArray[np.int32]:
    try:
        return read_labels(path)
    except ImageError as error:
        raise DamagedLabelsError(f"{str(error).rsplit(':', 1)[0]}: {_offer(files)}.") from error


def _offer(files: ImageFiles) -> str:
    older = versions(files)
    if not older:
        return "there is no older version, so label the image anew"
    return f"restore the version of {older[0].in_words}, or label the image anew"


def state_of(image: Path) -> tuple[int, int] | None:
    """Size and time of change (ns) of a file; ``None`` if it is not there."""
    try:
        state = image.stat()
    except OSError:
        return None
    return state.st_size, state.st_mtime_ns


def hash_of(image: Path) -> str | None:
    """SHA-256 of a file; ``None`` if it cannot be read."""
    try:
        return file_hash(image)
    except OSError:
        return None


def changed_notice(image: Path, sidecar: Sidecar) -> str:
    """Say that an image is not the one that was labelled."""
    when = f" on {sidecar.steps[-1].until.astimezone():%d %B}" if sidecar.steps else ""
    return f"{image.name} was changed since it was labelled{when}: look whether the labels still fit, and mend them."


def versions(files: ImageFiles) -> list[Version]:
    """List the older label images that can be read, newest first."""
    found = []
    for path, what in ((files.previous, "the save before"), (files.before, "before this sitting")):
        try:
            read_labels(path)
        except ImageError:
            continue
        found.append(Version(path, datetime.fromtimestamp(path.stat().st_mtime, UTC), what))
    return sorted(found, key=lambda version: version.when, reverse=True)
