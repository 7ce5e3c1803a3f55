"""Reads back what a folder run wrote, image by image, while it goes on or later: labels, scores, classes, record.

Knows the files of `outputs`; nothing of projects or windows.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from napari_leafseg.core.errors import ImageError
from napari_leafseg.core.provenance import Record
from napari_leafseg.data.reading import read_labels
from napari_leafseg.inference.outputs import JOURNAL, OBJECTS, RECORD, FinishedImage
from napari_leafseg.inference.planes import COLUMNS
from napari_leafseg.inference.records import read_record


@dataclass(frozen=True, eq=False)
class Result:
    """What a run found in one image.

    Attributes
    ----------
    labels
        int32, (height, width) or (*leading, height, width).
    scores, classes
        By id; empty for a stack, where ids count per plane.
    record
        How they were made.
    """

    labels: NDArray[np.int32]
    scores: Mapping[int, float]
    classes: Mapping[int, str]
    record: Record


class Results:
    """The results in an out folder; what a run added since the last question is read when the next one is asked.

    Parameters
    ----------
    out
        The out folder.
    """

    def __init__(self, out: Path) -> None:
        self._out = out
        self._objects, self._journal = _Tail(out / OBJECTS), _Tail(out / JOURNAL)
        self._rows: dict[str, list[dict[str, str]]] = defaultdict(list)
        self._finished: dict[str, FinishedImage] = {}

    def of(self, name: str) -> Result:
        """Read the result of an image by the name of its outputs; it can be asked for once.

        Raises
        ------
        ImageError
            If its files cannot be read.
        ParameterError
            If the run's record cannot be.
        """
        self._read_on()
        labels = read_labels(self._out / f"{name}.tif")
        rows, line = self._rows.pop(name, []), self._finished.pop(name, None)
        told = {} if line is None else {"device": line.device, "image_hash": line.image_hash}
        record = read_record(self._out / RECORD).replace(**told)
        rows = rows if labels.ndim == 2 else []
        scores = {int(row["id"]): float(row["score"]) for row in rows if row["score"]}
        return Result(labels, scores, {int(row["id"]): row["class"] for row in rows if row["class"]}, record)

    def _read_on(self) -> None:
        for row in csv.DictReader(self._objects.lines(), COLUMNS):
            self._rows[row["image"]].append(row)
        for text in self._journal.lines():
            with suppress(ValidationError):
                line = FinishedImage.model_validate_json(text)
                self._finished[line.name] = line


class _Tail:
    """The lines that were added to a file since they were last asked for."""

    def __init__(self, path: Path) -> None:
        self._path, self._at = path, 0

    def lines(self) -> list[str]:
        try:
            with self._path.open("rb") as file:
                file.seek(self._at)
                new = file.read()
        except OSError as error:
            raise ImageError(f"{self._path} cannot be read ({error.strerror}): run the folder again.") from None
        # What stands behind the last end of a line is still being written.
        whole = new[: new.rfind(b"\n") + 1]
        self._at += len(whole)
        # Names of images may hold what Python, but not the files' format, takes for ends of lines.
        return [f"{line}\n" for line in whole.decode("utf-8", errors="replace").split("\n")[:-1]]
