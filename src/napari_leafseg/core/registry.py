"""Which methods there are: one folder in `models`, found by looking, made on demand.

A method's folder names it in a `Method` called ``METHOD``; nothing else lists it. Imports
neither torch nor a method's network until one is made.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_leafseg.core import catalogue
from napari_leafseg.core import weights as weights_files
from napari_leafseg.core.errors import ParameterError, WeightsError
from napari_leafseg.core.triton import load_apart

if TYPE_CHECKING:
    from napari_leafseg.core.segmenter import Segmenter

_MODELS = "napari_leafseg.models"


@dataclass(frozen=True)
class Method:
    """What is known of a method before it is loaded.

    Attributes
    ----------
    name
        As on the command line.
    title
        As in menus.
    summary
        One sentence: what it does and when to use it.
    paper
        Authors, title, year.
    presets
        Names of its configurations, the default first.
    factory
        ``"module:class"`` of its `Segmenter`, which takes ``preset`` or a ``header``
        (see `nets.segmenter.NetworkSegmenter`).
    """

    name: str
    title: str
    summary: str
    paper: str
    presets: tuple[str, ...]
    factory: str

    def type(self) -> type[Segmenter]:
        """Import the method's segmenter class (this may import torch)."""
        module, name = self.factory.split(":")
        if module.startswith(f"{_MODELS}."):
            # Whatever a method imports first may bring Triton along.
            load_apart()
        return getattr(importlib.import_module(module), name)


_added: dict[str, Method] = {}


def register(method: Method) -> None:
    """Add a method that has no folder in `models` (another package's, or a test's).

    Raises
    ------
    ValueError
        If the name is taken.
    """
    if method.name in methods():
        raise ValueError(f"a method named {method.name!r} is registered already")
    _added[method.name] = method


def unregister(name: str) -> None:
    """Take back what `register` added."""
    del _added[name]


def methods() -> dict[str, Method]:
    """All methods by name, sorted."""
    package = importlib.import_module(_MODELS)
    found = dict(_added)
    for module in pkgutil.iter_modules(package.__path__):
        method: Method = importlib.import_module(f"{_MODELS}.{module.name}").METHOD
        found[method.name] = method
    return dict(sorted(found.items()))


def method(name: str) -> Method:
    """One method by name.

    Raises
    ------
    ParameterError
        If there is none, with the nearest names.
    """
    known = methods()
    if name in known:
        return known[name]
    close = get_close_matches(name, known, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise ParameterError(f"There is no model {name!r}; there are {', '.join(known)}.{hint}")


def create(name: str, preset: str | None = None, config: Mapping[str, Any] | None = None) -> Segmenter:
    """Make an untrained segmenter.

    Parameters
    ----------
    name
        Method.
    preset
        One of its presets; the first if not given.
    config
        Changes to the preset's configuration.

    Raises
    ------
    ParameterError
        If the method, the preset or a configuration name is unknown.
    """
    chosen = method(name)
    preset = preset or chosen.presets[0]
    if preset not in chosen.presets:
        raise ParameterError(f"{name} has no preset {preset!r}; it has {', '.join(chosen.presets)}.")
    return chosen.type().create(preset, dict(config or {}))


def load(name: str, weights: str | Path | None = None) -> Segmenter:
    """Make a segmenter with trained weights.

    Parameters
    ----------
    name
        Method, for example ``"harmonic"``.
    weights
        A name (``"nuclei"``, or of the person's own), a run folder, or a file; the first
        named one of the method if not given.

    Raises
    ------
    ParameterError
        If there is no such method.
    WeightsError
        If the weights are missing, damaged, foreign or of another method.

    Examples
    --------
    >>> segmenter = load("harmonic", "nuclei")
    >>> prediction = segmenter.encode(image)
    >>> instances = segmenter.decode(prediction)
    """
    chosen = method(name)
    file = catalogue.find(name, weights)
    header = weights_files.read_header(file)
    if header.method != name:
        raise WeightsError(
            f"{file} holds weights of {header.method}, not of {name}: choose the model {header.method} for this file."
        )
    return chosen.type().from_weights(file, header)
