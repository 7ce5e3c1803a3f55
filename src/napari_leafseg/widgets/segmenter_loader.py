"""Loads segmenters and asks the machine for its devices, beside the window (both may import torch).

Knows the registry and devices; no control and no layer.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qtpy.QtCore import QObject, Signal

from napari_leafseg.core.errors import DeviceError
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.core.work import Check
from napari_leafseg.widgets.jobs import Jobs, LatestWins


@dataclass(frozen=True)
class Machine:
    """Devices there are, and the chosen one in words."""

    available: tuple[str, ...]
    words: str


class SegmenterLoader(QObject):
    """Answers with the newest segmenter, and the newest device, that was asked for.

    Signals
    -------
    loaded
        A segmenter.
    probed
        A `Machine`.
    failed
        An error of either.
    """

    loaded = Signal(object)
    probed = Signal(object)
    failed = Signal(object)

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._loading: LatestWins[tuple[str, Path | None]] = LatestWins(jobs, _load, self)
        self._probing: LatestWins[str] = LatestWins(jobs, _probe, self)
        self._loading.returned.connect(self._on_loaded)
        self._probing.returned.connect(self._on_probed)
        self._loading.errored.connect(self.failed)
        self._probing.errored.connect(self.failed)

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._loading.busy or self._probing.busy

    def load(self, method: str, path: Path | None) -> None:
        """Ask for a segmenter."""
        self._loading.submit((method, path))

    def probe(self, device: str) -> None:
        """Ask what a device is called."""
        self._probing.submit(device)

    def _on_loaded(self, segmenter: Segmenter, _: Any) -> None:
        self.loaded.emit(segmenter)

    def _on_probed(self, machine: Machine, _: Any) -> None:
        self.probed.emit(machine)


def _load(request: tuple[str, Path | None], _check: Check) -> Segmenter:
    from napari_leafseg.core.catalogue import file_hash
    from napari_leafseg.core.registry import load
    from napari_leafseg.core.weights import read_facts

    segmenter = load(*request)
    if segmenter.source is not None:
        # Read here once, they cost nothing where the cache, the record and the card ask for them.
        file_hash(segmenter.source)
        read_facts(segmenter.source)
    return segmenter


def _probe(name: str, _check: Check) -> Machine:
    from napari_leafseg.core.device import available, choose, describe

    names = available()
    try:
        return Machine(names, describe(choose(name)))  # type: ignore[arg-type]
    except DeviceError as error:
        return Machine(names, str(error))
