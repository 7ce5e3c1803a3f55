"""Records on disk: read one, tell whether two say the same, and run it again.

Knows files and the registry; nothing of images or of how a record came about.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from napari_leafseg.core.catalogue import available, file_hash
from napari_leafseg.core.errors import ParameterError, WeightsError
from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.core.params import Params
from napari_leafseg.core.provenance import METADATA_KEY, Record
from napari_leafseg.core.registry import load
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.inference.text_files import replace_text


def read_record(path: Path) -> Record:
    """Read a record from a ``record.json``, or from any JSON file that holds one as layers do.

    Raises
    ------
    ParameterError
        If the file is missing or holds no record.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(values, dict) and METADATA_KEY in values:
            values = values[METADATA_KEY]
        return Record.model_validate(values)
    except OSError as error:
        raise ParameterError(f"The record {path} cannot be read ({error.strerror}): give a record.json.") from None
    except (ValueError, ValidationError):
        raise ParameterError(f"{path} holds no record of napari-leafseg: give a run's record.json.") from None


def write_record(path: Path, record: Record) -> None:
    """Write a record, whole or not at all.

    Raises
    ------
    ImageError
        If it cannot be written.
    """
    replace_text(path, [record.model_dump_json(indent=2) + "\n"])


def differences(old: Record, new: Record) -> list[str]:
    """Say what makes two records give other labels, in words; empty if nothing does.

    The device and the version do not count: a run may go on elsewhere.
    """
    said = [
        f"{name} {_or_none(before)} there, {_or_none(after)} now"
        for name, before, after in (
            ("model", old.method, new.method),
            ("axes", old.axes, new.axes),
            *_changes(old.options, new.options),
            *_changes(old.params, new.params),
        )
        if before != after and name != "device"
    ]
    if old.weights_hash != new.weights_hash:
        said.insert(0, f"weights {_or_none(old.weights)} there, {_or_none(new.weights)} now")
    return said


def load_recorded(record: Record, weights: str | Path | None = None) -> Segmenter:
    """Load the segmenter of a record, from weights of the very same content.

    Parameters
    ----------
    record
        What was written down.
    weights
        Where the weights lie now; if not given, where they lay, or among those that have a name.

    Raises
    ------
    WeightsError
        If that file is not there any more or has another content.
    ParameterError
        If there is no such method.
    """
    if not record.weights_hash:
        raise WeightsError("This record was made with weights that were never saved: it cannot be run again.")
    given = [Path(weights)] if weights else [Path(record.weights), *available(record.method).values()]
    for path in given:
        if path.is_file() and file_hash(path) == record.weights_hash:
            return load(record.method, path)
    if given[0].is_file():
        raise WeightsError(f"{given[0]} is not the weights file of the record (its SHA-256 differs): {_REMEDY}")
    raise WeightsError(f"The weights file {given[0]} of the record is not there: {_REMEDY}")


_REMEDY = "give the same file with --weights, or segment anew without the record."


def recorded_options(record: Record, **changes: Any) -> EncodeOptions:
    """The `encode` options of a record, some of them changed."""
    return EncodeOptions.parse({**record.options, **changes})


def recorded_params(record: Record, segmenter: Segmenter) -> Params:
    """The live parameters of a record, checked against the method's."""
    return segmenter.params_type.parse(record.params)


def with_whole_path(record: Record) -> Record:
    """Make the weights' path independent of the working folder."""
    return record.replace(weights=os.path.abspath(record.weights)) if record.weights else record


def _changes(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    return [(name, old.get(name), new.get(name)) for name in dict.fromkeys((*old, *new))]


def _or_none(value: Any) -> str:
    return "none" if value is None or value == "" else str(value)
