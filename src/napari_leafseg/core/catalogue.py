"""Which weights there are: those that ship, the person's own, and files and run folders by their paths.

Knows names and places; what is in a file is `core.weights`' business.
"""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache
from importlib import resources
from pathlib import Path

from platformdirs import user_data_path

from napari_leafseg.core.errors import WeightsError
from napari_leafseg.core.weights import BEST, SUFFIX

BEST_BACKBONE = "leafmask-rosette"
"""Weights whose encoder is the best to start a training from (`benchmarks/learning.py`)."""


def shipped(method: str | None = None) -> dict[str, Path]:
    """Weights that came with the package: ``"<method>-<subject>"`` to path, sorted."""
    return _listed(Path(str(resources.files("napari_leafseg") / "weights")), method)


def library() -> Path:
    """Folder of the person's own weights, there or not; ``LEAFSEG_HOME`` says where else it is to be."""
    home = os.environ.get("LEAFSEG_HOME")
    return (Path(home) if home else user_data_path("napari-leafseg", appauthor=False)) / "weights"


def own(method: str | None = None) -> dict[str, Path]:
    """The person's own weights (`core.library`), named as in `shipped`."""
    return _listed(library(), method)


def available(method: str | None = None) -> dict[str, Path]:
    """All weights that have a name: those that came with the package, then the person's own."""
    # A name that a person took before the package did keeps its meaning for their scripts.
    return shipped(method) | own(method)


def _listed(folder: Path, method: str | None) -> dict[str, Path]:
    found = {path.stem: path for path in sorted(folder.glob(f"*{SUFFIX}")) if not path.name.startswith(".")}
    return {name: path for name, path in found.items() if method is None or name.startswith(f"{method}-")}


def find(method: str, weights: str | Path | None) -> Path:
    """Find a weights file by name (shipped or the person's own), run folder or path.

    Raises
    ------
    WeightsError
        If there is none, with the names.
    """
    known = {name.removeprefix(f"{method}-"): path for name, path in available(method).items()}
    if weights is None:
        if not known:
            raise WeightsError(f"No weights of {method} come with the plugin: train some, or give a weights file.")
        return next(iter(known.values()))
    name = str(weights).removeprefix(f"{method}-")
    if name in known:
        return known[name]
    if path := file_of(Path(weights)):
        return path
    choices = [*known, "a run folder"]
    raise WeightsError(
        f"There are no weights {str(weights)!r} for {method}: give {', '.join(choices)} or a weights file."
    )


def file_of(path: Path) -> Path | None:
    """Return the weights file that a path stands for, itself or in its run folder; ``None`` if there is none."""
    path = path / BEST if path.is_dir() else path
    return path if path.is_file() else None


def find_any(weights: str | Path) -> Path:
    """Find a weights file of whatever method: by its whole name (``leafmask-rosette``), run folder or path.

    Raises
    ------
    WeightsError
        If there is none, with the names.
    """
    known = available()
    if str(weights) in known:
        return known[str(weights)]
    if path := file_of(Path(weights)):
        return path
    raise WeightsError(
        f"There are no weights {str(weights)!r}: give {', '.join(known)}, a run folder or a weights file."
    )


def file_hash(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal; computed once per state of the file."""
    state = path.stat()
    return _hash(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=64)
def _hash(path: Path, _changed: int, _size: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
