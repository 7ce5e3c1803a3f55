"""Brings a project's index in line with its files, reading only what changed since.

Must not write anything but the index and what an interrupted save left to finish.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from napari_leafseg.core.atomic import remove
from napari_leafseg.core.errors import ProjectError
from napari_leafseg.data.project.commit import settle
from napari_leafseg.data.project.files import SIDECAR, STAGED, ImageFiles
from napari_leafseg.data.project.index import Index, Summary
from napari_leafseg.data.project.lock import LOCK
from napari_leafseg.data.project.sidecar import Sidecar, Status
from napari_leafseg.data.reading import IMAGE_SUFFIXES

RUN = "run.json"
"""Lies in every folder of a training run; no file of a project has this name, since no image is called ``run``."""


def refresh(place: Path, index: Index) -> list[str]:
    """Read the JSON files that the index does not know as they are; say in sentences what is wrong with them."""
    problems: list[str] = []
    changed: list[Summary] = []
    there: set[str] = set()
    for key, state in _sidecars(place):
        there.add(key)
        known = index.rows.get(key)
        if known is not None and (known.sidecar_bytes, known.sidecar_modified) == (state.st_size, state.st_mtime_ns):
            continue
        try:
            changed.append(_summary(ImageFiles(place, key)))
        except ProjectError as error:
            problems.append(str(error))
            changed.append(Summary(key, Status.IN_WORK, 0, 0, None, state.st_size, state.st_mtime_ns))
    if changed:
        index.put(changed)
    index.drop(set(index.rows) - there)
    return problems


def finish_interrupted(place: Path) -> None:
    """Finish or forget every save that was cut short, and clear away what else it left."""
    for folder, names in _walk(place):
        for name in names:
            if name.startswith(".") and name.endswith(f".tif{STAGED}"):
                inner = name.removeprefix(".").removesuffix(f".tif{STAGED}").removesuffix(".ignore")
                files = ImageFiles(place, _key(place, folder, inner))
                settle(files, sidecar_of(files), partial(kept_name, files))
            elif name.startswith(".") and name.endswith(".tmp") and LOCK not in name:
                remove(Path(folder, name))


def used_classes(place: Path) -> set[str]:
    """Read the names of classes out of all JSON files."""
    sidecars = (sidecar_of(ImageFiles(place, key)) for key, _ in _sidecars(place))
    return {name for sidecar in sidecars if sidecar is not None for name in sidecar.classes.values()}


def sidecar_of(files: ImageFiles) -> Sidecar | None:
    """Read an image's JSON; ``None`` if there is none or it cannot be used."""
    try:
        return read_sidecar(files)
    except ProjectError:
        return None


def read_sidecar(files: ImageFiles) -> Sidecar | None:
    """Read an image's JSON; ``None`` if there is none.

    Raises
    ------
    ProjectError
        If it cannot be used.
    """
    try:
        content = files.sidecar.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ProjectError(f"{files.sidecar} cannot be read ({error.strerror}): ask its owner to let you.") from None
    return Sidecar.from_text(content, files.key)


def kept_name(files: ImageFiles, path: Path) -> Path | None:
    """Say where labels go that newer ones replace; an older ignore region is not kept."""
    return files.previous if path == files.labels else None


def _summary(files: ImageFiles) -> Summary:
    sidecar = read_sidecar(files)
    assert sidecar is not None
    return Summary.of(sidecar, files.sidecar, None)


def _sidecars(place: Path) -> Iterator[tuple[str, os.stat_result]]:
    for folder, names in _walk(place):
        for name in names:
            inner = name.removesuffix(SIDECAR)
            # No file of a project but this one is an image's whole name with an ending.
            if inner != name and Path(inner).suffix.lower() in IMAGE_SUFFIXES:
                yield _key(place, folder, inner), os.stat(os.path.join(folder, name))


def _walk(place: Path) -> Iterator[tuple[str, list[str]]]:
    for folder, inner, names in os.walk(place):
        if RUN in names:
            # A training run lies here, and may be writing at this moment.
            inner.clear()
        else:
            yield folder, names


def _key(place: Path, folder: str, inner: str) -> str:
    return (Path(folder).relative_to(place) / inner).as_posix()
