"""Weights files: safetensors whose header rebuilds the segmenter and carries its card.

Reads and writes numpy arrays; knows neither torch nor any method. Nothing of a file is
executed or unpickled, and no path is taken from a file's content.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError

from napari_leafseg.core.errors import WeightsError
from napari_leafseg.core.packing import SCALE, packed, unpacked
from napari_leafseg.core.params import FrozenModel
from napari_leafseg.core.tensor_hash import tensor_hash

FORMAT = 1
SUFFIX = ".safetensors"
BEST = f"best{SUFFIX}"
"""The weights file inside a run folder."""
_KEY = "napari_leafseg"
_SOURCES = {"rosette": "drawn:mixed", "nuclei": "drawn:nuclei"}
_TOLD_FIRST = {"rosette": "SBD"}
# What normalisation layers count instead of learning it.
_COUNTED = ("running_mean", "running_var", "num_batches_tracked", SCALE)


class Card(FrozenModel):
    """What a person should know of a weights file.

    Attributes
    ----------
    title
        One line.
    subject
        What it segments: ``"nuclei"``, ``"rosette"``, ...
    data
        What it was trained on, with that data's licence.
    licence
        What the weights may be used for.
    object_size
        Typical diameter of the objects it knows, in network pixels.
    object_sizes
        Least and greatest diameter that it learned from images resized for it; such weights find an image's
        object size by themselves (`core.sizes`). ``None`` where images were learned as they are.
    enlarge
        How far images are enlarged for the network, besides what an object size asks for: small objects are
        told apart better on more pixels than they have. `object_size` is the diameter before.
    figures
        Named results, and on what.
    measured_on
        What the figures were measured on.
    groups
        The most telling figures of parts of those images: by name of the part, for example a kind of picture.
    training
        How long, on what device.
    failures
        What it is known to do badly.
    source
        What it was first trained on, for programs: ``"drawn:mixed"`` for plants that this program draws, and
        ``"drawn:nuclei"``, which also stands in for photographs of nuclei. Empty where nothing like it can be drawn.
    """

    title: str = "untrained"
    subject: str = ""
    data: str = ""
    licence: str = ""
    object_size: float | None = None
    object_sizes: tuple[float, float] | None = None
    enlarge: float = Field(1.0, gt=0, le=8)
    figures: dict[str, float] = Field(default_factory=dict)
    measured_on: str = ""
    groups: dict[str, dict[str, float]] = Field(default_factory=dict)
    training: str = ""
    failures: str = ""
    source: str = ""

    @property
    def origin(self) -> str:
        """Its `source`; of older files, which do not say it, what their subject stands for."""
        return self.source or _SOURCES.get(self.subject, "")

    def as_line(self) -> str:
        """Subject, main figure, size of objects and licence, as in ``"nuclei · AP50 0.754 · 24 px · CC0 1.0"``."""
        licence = re.split(r"[:,;(]", self.licence)[0].strip() or "licence not stated"
        return " · ".join(part for part in (self.subject, self._main_figure(), self._size(), licence) if part)

    def objects_as_text(self) -> str:
        """Say what is known of the objects' size; nothing if nothing is."""
        if self.object_sizes:
            low, high = self.object_sizes
            return f"found by itself, and brought to {low:g} to {high:g} px"
        return f"typically {self.object_size:g} px across" if self.object_size else ""

    def _main_figure(self) -> str:
        """Say the figure that the subject's field compares by, or the first."""
        names = [name for name in (_TOLD_FIRST.get(self.subject), *self.figures) if name in self.figures]
        return figures_text({name: self.figures[name] for name in names[:1]})

    def _size(self) -> str:
        if self.object_sizes:
            return f"{self.object_sizes[0]:.0f}-{self.object_sizes[1]:.0f} px"
        return f"{self.object_size:.0f} px" if self.object_size else ""


def figures_text(figures: Mapping[str, float]) -> str:
    """Say figures in words, for example ``"108 images, AP50 0.812"``."""
    return ", ".join(
        f"{value:g} images" if name == "images" else f"{name} {value:.3g}" for name, value in figures.items()
    )


class Header(FrozenModel):
    """Everything needed to rebuild a segmenter, besides its tensors.

    Attributes
    ----------
    format
        Version of this header.
    method, preset
        Which network.
    config
        The network's configuration, whole.
    params
        Live parameters that suit these weights.
    classes
        Names of the classes, for methods that have them.
    card
        For people.
    version
        Version of this package that wrote the file.
    tensor_hash
        Of the tensors (`core.tensor_hash`), set by `write`; empty in files that were written without.
    """

    format: int = FORMAT
    method: str
    preset: str
    config: dict[str, Any] = Field(default_factory=dict)
    params: dict[str, Any] = Field(default_factory=dict)
    classes: tuple[str, ...] = ()
    card: Card = Card()
    version: str = ""
    tensor_hash: str = ""


@dataclass(frozen=True)
class Facts:
    """What a weights file says of itself without its tensors' values.

    Attributes
    ----------
    header
        Its header.
    parameters
        How many numbers the network learned.
    nbytes
        Size of the file.
    """

    header: Header
    parameters: int
    nbytes: int

    def as_text(self) -> str:
        """In words, for example ``"compact, 3.5 million parameters, 7.1 MB"``."""
        return f"{self.header.preset}, {self.parameters / 1e6:.1f} million parameters, {self.nbytes / 1e6:.1f} MB"


def read_facts(path: Path) -> Facts:
    """Read what a weights file is, once per state of the file; errors as in `read_header`."""
    try:
        state = path.stat()
    except OSError:
        raise WeightsError(f"There is no weights file {path}.") from None
    return _facts(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=64)
def _facts(path: Path, _changed: int, size: int) -> Facts:
    from safetensors import safe_open

    header = read_header(path)
    with safe_open(path, framework="numpy") as file:
        names = file.keys()
        learned = [name for name in names if not name.endswith(_COUNTED)]
        parameters = sum(math.prod(file.get_slice(name).get_shape()) for name in learned)
    return Facts(header, parameters, size)


def read_header(path: Path) -> Header:
    """Read a weights file's header.

    Raises
    ------
    WeightsError
        If the file is missing, truncated, not safetensors, or not of this package.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
    except FileNotFoundError:
        raise WeightsError(f"There is no weights file {path}.") from None
    except (SafetensorError, OSError) as error:
        raise WeightsError(
            f"{path} cannot be read as weights ({error}): it is damaged or no safetensors file."
        ) from None
    if _KEY not in metadata:
        raise WeightsError(f"{path} is a safetensors file of another program: choose one that napari-leafseg wrote.")
    return _parse_header(path, metadata[_KEY])


def _parse_header(path: Path, text: str) -> Header:
    try:
        values = json.loads(text)
        written = int(values.get("format", 0))
        if written > FORMAT:
            raise WeightsError(f"{path} was written by a newer napari-leafseg (format {written}): update the plugin.")
        return Header.model_validate(values)
    except (ValueError, AttributeError, TypeError, ValidationError) as error:
        unknown = _unknown_names(error)
        if unknown:
            raise WeightsError(
                f"{path} says what this napari-leafseg does not know ({', '.join(unknown)}): update the plugin."
            ) from error
        raise WeightsError(f"{path} has a header that cannot be understood: it is damaged.") from error


def _unknown_names(error: Exception) -> list[str]:
    """Return the names that a newer program has added, if nothing else is wrong with a header."""
    wrong = error.errors() if isinstance(error, ValidationError) else []
    names = [str(each["loc"][-1]) for each in wrong if each["type"] == "extra_forbidden"]
    return names if len(names) == len(wrong) else []


def read_tensors(path: Path) -> dict[str, NDArray[Any]]:
    """Read all tensors of a weights file by name, those that were packed as float32.

    Raises
    ------
    WeightsError
        If it cannot be read, or its tensors are not those that were written.
    """
    return unpacked(read_stored(path))


def read_stored(path: Path) -> dict[str, NDArray[Any]]:
    """Read the tensors as they lie in the file (`core.packing`).

    Raises
    ------
    WeightsError
        If it cannot be read, or its tensors are not those that were written.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    expected = read_header(path).tensor_hash
    try:
        tensors = dict(load_file(path))
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{path} cannot be read as weights ({error}): it is damaged.") from None
    if expected and tensor_hash(tensors) != expected:
        raise WeightsError(f"{path} holds other numbers than were written: it is damaged, get it again.")
    return tensors


def write(
    path: Path, header: Header, tensors: Mapping[str, NDArray[Any]], *, half: bool = False, pack: bool = False
) -> None:
    """Write a weights file; it appears whole or not at all.

    Parameters
    ----------
    path
        Ends in ``.safetensors``.
    header, tensors
        What to write; the tensors' hash is put into the header.
    half
        Whether floating tensors are stored in half precision.
    pack
        Whether large ones are stored in one byte a number.

    Raises
    ------
    WeightsError
        If the file cannot be written.
    """
    from safetensors.numpy import save

    if half:
        tensors = {
            name: value.astype(np.float16) if value.dtype == np.float32 else value for name, value in tensors.items()
        }
    # Not ascontiguousarray, which gives scalars an axis, so that they would not fit when read again.
    arrays = {
        name: np.asarray(value, order="C") for name, value in sorted((packed(tensors) if pack else tensors).items())
    }
    header = header.replace(tensor_hash=tensor_hash(arrays))
    content = save(arrays, metadata={_KEY: header.model_dump_json()})
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        os.replace(temporary, path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise WeightsError(
            f"{path} cannot be written ({error.strerror}): choose another folder or free some space."
        ) from None


def rewrite(source: Path, target: Path, header: Header) -> None:
    """Write a copy of a weights file under another header; its tensors stay as they are.

    Raises
    ------
    WeightsError
        If the one cannot be read or the other not written.
    """
    write(target, header, read_stored(source))
