"""The out folder of a folder run: labels, ``objects.csv``, ``record.json``, and its journal.

An image counts as finished when its line stands in the journal (``images.jsonl``), which is
written last; so a run that was interrupted anywhere goes on where it stopped, with no row
lost or doubled. Knows files only; runs nothing.
"""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import ValidationError

from napari_leafseg.core.errors import ImageError
from napari_leafseg.core.image import as_planes, as_rgb
from napari_leafseg.core.params import FrozenModel
from napari_leafseg.core.provenance import Record, array_hash
from napari_leafseg.data.reading import LoadedImage
from napari_leafseg.data.writing import write_labels
from napari_leafseg.inference.overlay import overlay, write_png
from napari_leafseg.inference.planes import COLUMNS, Segmentation, objects_table
from napari_leafseg.inference.records import differences, read_record, write_record
from napari_leafseg.inference.sources import Source
from napari_leafseg.inference.text_files import replace_text, writing

RECORD, OBJECTS, JOURNAL, OVERLAYS = "record.json", "objects.csv", "images.jsonl", "overlays"


class FinishedImage(FrozenModel):
    """A line of the journal.

    Attributes
    ----------
    name
        Of the outputs.
    image
        The image's whole path.
    bytes, modified
        Its size, and its time of change in nanoseconds, when it was read.
    image_hash
        `core.provenance.array_hash` of its pixels.
    objects, planes
        How many.
    device, notes
        As `core.prediction.Prediction` says them.
    """

    name: str
    image: str
    bytes: int
    modified: int
    image_hash: str
    objects: int
    planes: int
    device: str
    notes: tuple[str, ...] = ()

    def is_of(self, source: Source) -> bool:
        """Whether the image is still the same file, unchanged."""
        try:
            state = source.path.stat()
        except OSError:
            return False
        return (self.image, self.bytes, self.modified) == (source.image, state.st_size, state.st_mtime_ns)


class OutFolder:
    """Where a run writes.

    Parameters
    ----------
    path
        Made if it is not there.
    record
        How the labels are made.
    sources
        The images to come.
    overlays
        Whether a coloured picture of each plane is written too.

    Raises
    ------
    ImageError
        If it cannot be written, holds images of the run that labels would replace, labels
        that no run wrote, or labels of a run with another record.
    """

    def __init__(self, path: Path, record: Record, sources: Sequence[Source], *, overlays: bool = False) -> None:
        self.path = path
        self._overlays = overlays
        _make_writable(path)
        _refuse_inputs(path, sources)
        started = self._file(RECORD).is_file()
        if started:
            earlier = read_record(self._file(RECORD))
            _refuse_another_record(path, earlier, record)
            record = record.replace(device=record.device or earlier.device)
        else:
            _refuse_foreign_labels(path, sources)
        self._finished = self._still_finished(sources) if started else {}
        # The record comes first: an interruption right here must not leave files that look foreign.
        self._write_record(record)
        self._tidy()

    def is_finished(self, source: Source) -> bool:
        """Whether an earlier run finished this image."""
        return source.name in self._finished

    def labels_path(self, source: Source) -> Path:
        """Where an image's labels are written."""
        return self._file(f"{source.name}.tif")

    def write(self, source: Source, loaded: LoadedImage, found: Segmentation, state: os.stat_result) -> None:
        """Write all of an image's outputs; ``state`` is the file's when it was read.

        Raises
        ------
        ImageError
            If the folder cannot be written any more.
        """
        _append(self._file(OBJECTS), _csv_lines(objects_table(source.name, found)))
        write_labels(self.labels_path(source), found.labels)
        if self._overlays:
            self._write_overlays(source, loaded, found)
        line = FinishedImage(
            name=source.name,
            image=source.image,
            bytes=state.st_size,
            modified=state.st_mtime_ns,
            image_hash=array_hash(loaded.array),
            objects=found.count,
            planes=len(found.instances),
            device=found.device,
            notes=found.notes,
        )
        _append(self._file(JOURNAL), line.model_dump_json() + "\n")

        if not self._record.device:
            self._write_record(self._record.replace(device=found.device))

    def _file(self, name: str) -> Path:
        return self.path / name

    def _write_record(self, record: Record) -> None:
        self._record = record
        write_record(self._file(RECORD), record)

    def _still_finished(self, sources: Sequence[Source]) -> dict[str, FinishedImage]:
        """Read the journal; what was deleted or changed since counts as never done."""
        now = {source.name: source for source in sources}
        return {
            name: line
            for name, line in _read_journal(self._file(JOURNAL)).items()
            if self._file(f"{name}.tif").is_file() and (name not in now or self._is_whole(line, now[name]))
        }

    def _is_whole(self, line: FinishedImage, source: Source) -> bool:
        pictures = not self._overlays or all(path.is_file() for path in self._overlay_paths(source.name, line.planes))
        return pictures and line.is_of(source)

    def _tidy(self) -> None:
        """Leave in the table and the journal only what belongs to finished images."""
        rows = _finished_rows(self._file(OBJECTS), self._finished)
        replace_text(self._file(OBJECTS), chain([",".join(COLUMNS) + "\n"], rows))
        replace_text(self._file(JOURNAL), (line.model_dump_json() + "\n" for line in self._finished.values()))

    def _overlay_paths(self, name: str, planes: int) -> list[Path]:
        names = [f"{name}.png"] if planes == 1 else [f"{name}_{index:04d}.png" for index in range(planes)]
        return [self.path / OVERLAYS / each for each in names]

    def _write_overlays(self, source: Source, loaded: LoadedImage, found: Segmentation) -> None:
        planes, leading = as_planes(loaded.array, loaded.axes)
        channels: Literal["S", "C"] = "C" if loaded.axes.channel == "C" else "S"
        paths = self._overlay_paths(source.name, len(found.instances))
        for path, index, plane in zip(paths, np.ndindex(leading), found.instances, strict=True):
            rgb = as_rgb(planes[index], contrast="stretch", channels=channels)
            write_png(path, overlay(rgb, plane.labels))


# --- what is refused ------------------------------------------------------------------


def _make_writable(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=path):
            pass
    except OSError as error:
        reason = error.strerror or error
        raise ImageError(f"The folder {path} cannot be written ({reason}): choose another one.") from None


def _refuse_inputs(path: Path, sources: Sequence[Source]) -> None:
    inside = {folder for folder in {source.path.parent for source in sources} if _is_same(folder, path)}
    for source in sources:
        if source.path.parent in inside and source.path.name.casefold() == f"{source.name}.tif".casefold():
            raise ImageError(
                f"The labels of {source.path.name} would replace the image itself in {path}: choose another folder."
            )


def _is_same(one: Path, other: Path) -> bool:
    return os.path.normcase(os.path.realpath(one)) == os.path.normcase(os.path.realpath(other))


def _refuse_another_record(path: Path, old: Record, new: Record) -> None:
    changed = differences(old, new)
    if changed:
        raise ImageError(
            f"{path} holds the labels of another run ({'; '.join(changed)}): choose another folder, or empty this one."
        )


def _refuse_foreign_labels(path: Path, sources: Sequence[Source]) -> None:
    there = {file.name for file in path.iterdir()}
    wanted = (OBJECTS, JOURNAL, *(f"{source.name}.tif" for source in sources))
    for name in wanted:
        if name in there:
            raise ImageError(f"{path} already holds a {name} that no run of this program wrote: choose another folder.")


# --- files ----------------------------------------------------------------------------


def _append(path: Path, text: str) -> None:
    with writing(path), path.open("a", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        # The journal must never name an image whose rows a power cut took.
        os.fsync(file.fileno())


def _read_journal(path: Path) -> dict[str, FinishedImage]:
    found = {}
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return {}
    for line in text.split("\n"):
        with suppress(ValidationError):  # the last line of a run that was killed may be half written
            entry = FinishedImage.model_validate_json(line)
            found[entry.name] = entry
    return found


def _finished_rows(path: Path, finished: Container[str]) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8", errors="replace", newline="") as file:
            for row in csv.reader(file):
                if len(row) == len(COLUMNS) and row[0] in finished:
                    yield _csv_line(row)
    except FileNotFoundError:
        return


def _csv_lines(table: pd.DataFrame) -> str:
    return "".join(_csv_line(row) for row in table.itertuples(index=False, name=None))


def _csv_line(row: Iterable[Any]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow([_cell(value) for value in row])
    return line.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, tuple):
        return " ".join(str(part) for part in value)
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.6g}"
    return value
