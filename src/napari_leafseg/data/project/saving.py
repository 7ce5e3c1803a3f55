"""Writes one image's part of a project: what changes, and what stays as it was.

The caller holds the project's lock. Knows no index and no other image.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.core.atomic import rename
from napari_leafseg.core.errors import ImageError
from napari_leafseg.data.project.catalogue import sidecar_of
from napari_leafseg.data.project.change import Change
from napari_leafseg.data.project.commit import digest, digest_of, settle, write
from napari_leafseg.data.project.files import ImageFiles
from napari_leafseg.data.project.ids import ids_of
from napari_leafseg.data.project.sidecar import Sidecar, Status
from napari_leafseg.data.reading import read_labels
from napari_leafseg.data.writing import packed_labels

_FULL = {errno.ENOSPC, errno.EDQUOT}
_VALUES = ("checked", "classes", "scores", "uncertainty", "record", "status")


def save(
    files: ImageFiles,
    change: Change,
    sitting: datetime,
    image_hash: str | None,
    keep: Callable[[ImageFiles, Path], Path | None],
) -> Sidecar:
    """Write a change of an image.

    Parameters
    ----------
    files
        Of the image.
    change
        What is new.
    sitting
        When this sitting began.
    image_hash
        Of the image that the labels are of.
    keep
        Says where labels go that newer ones replace.

    Returns
    -------
    The JSON that stands there now.

    Raises
    ------
    OSError
        If it cannot be written; all is as before.
    ImageError
        If the labels are none.
    """
    old = sidecar_of(files)
    settle(files, old, partial(keep, files))
    if old is None and files.sidecar.exists():
        rename(files.sidecar, files.aside(files.sidecar))
    old = old or _found(files)
    contents = _contents(files, change)
    new = _changed(old, change, sitting).model_copy(
        update={
            "image_hash": image_hash,
            "labels_hash": _hash(contents, files.labels) or old.labels_hash,
            "ignore_hash": _hash(contents, files.ignore) or old.ignore_hash,
        }
    )
    unwritten = {path: content for path, content in contents.items() if digest_of(path) != digest(content)}
    write(files, new, unwritten, partial(_kept, files, old, keep))
    return new


def _found(files: ImageFiles) -> Sidecar:
    """Describe labels of which no JSON tells anything: put there by hand, or their JSON is lost."""
    fresh = Sidecar(image=files.key)
    try:
        ids = ids_of(read_labels(files.labels))
    except ImageError:
        return fresh
    return fresh.replace(status=Status.IN_WORK, labels_hash=digest_of(files.labels)).kept_to(ids)


def restoring(labels: NDArray[np.int32], what: str) -> Change:
    """Take older labels up again: nobody has checked these, so much as they may look like those that were."""
    return Change(labels=labels, status=Status.IN_WORK, checked=(), what=(what,))


def refusal(path: Path, error: OSError) -> str:
    """Say in one sentence why something cannot be saved and what to do."""
    remedy = "free some space" if error.errno in _FULL else "look whether its folder is there and can be written"
    reason = error.strerror or str(error)
    return f"{path} cannot be saved ({reason}): {remedy}; until then your changes are only in this window."


def _contents(files: ImageFiles, change: Change) -> dict[Path, bytes]:
    if change.labels is not None and change.ignore is not None and change.labels.shape != change.ignore.shape:
        raise ImageError(
            f"{files.key} is not saved (its labels measure {change.labels.shape}, the region to ignore "
            f"{change.ignore.shape}): give both the size of the image."
        )
    parts: dict[Path, NDArray[Any] | None] = {files.labels: change.labels, files.ignore: change.ignore}
    return {path: packed_labels(values, path.name) for path, values in parts.items() if values is not None}


def _hash(contents: dict[Path, bytes], path: Path) -> str | None:
    return digest(contents[path]) if path in contents else None


def _changed(old: Sidecar, change: Change, sitting: datetime) -> Sidecar:
    given = {name: getattr(change, name) for name in _VALUES if getattr(change, name) is not None}
    if change.checked is not None:
        given["checked"] = tuple(sorted(set(change.checked)))
    if change.labels is not None and change.status is None and old.status in (Status.NEW, Status.PREDICTED):
        given["status"] = Status.IN_WORK
    # Validated, unlike a mere copy: what came from a window must be readable again.
    new = old.replace(**given)
    if change.labels is not None:
        new = new.kept_to(ids_of(change.labels))
    return new.with_steps(_what(old, new, change), sitting)


def _what(old: Sidecar, new: Sidecar, change: Change) -> list[str]:
    said = list(change.what)
    if not said and (change.labels is not None or change.ignore is not None):
        said.append("edited")
    if new.status is not old.status:
        said.append(f"status: {new.status}")
    return said


def _kept(files: ImageFiles, old: Sidecar, keep: Callable[[ImageFiles, Path], Path | None], path: Path) -> Path | None:
    """Keep a damaged file apart: it must not take the place of a good older version."""
    wanted = old.labels_hash if path == files.labels else old.ignore_hash
    if digest_of(path) != wanted:
        try:
            read_labels(path)
        except ImageError:
            return files.aside(path)
    return keep(files, path)
