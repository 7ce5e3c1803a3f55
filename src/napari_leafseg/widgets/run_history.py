"""The earlier runs of the open folder: read, handed on, and weights of others taken in.

Between the state and the list; reads and writes files in jobs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qtpy.QtCore import QObject, Signal

from napari_leafseg.core.work import Check
from napari_leafseg.widgets.history_view import HistoryView, PastRun
from napari_leafseg.widgets.jobs import LatestWins
from napari_leafseg.widgets.past_runs import hand_on, past_runs
from napari_leafseg.widgets.state import State


class RunHistory(QObject):
    """Fills the list and answers its Export and Import.

    Signals
    -------
    told
        A sentence for the person.
    failed
        An error.
    """

    told = Signal(str)
    failed = Signal(object)

    def __init__(self, state: State, view: HistoryView, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state, self._view = state, view
        self._reading: LatestWins[Path] = LatestWins(state.jobs, past_runs, self)
        self._reading.returned.connect(self._on_read)
        self._reading.errored.connect(self.failed)
        view.export_requested.connect(self._on_export)
        view.import_requested.connect(self._on_import)

    def refresh(self) -> None:
        """Read the runs of the open folder anew."""
        folder = self._state.folder
        if folder is None:
            self._view.setRuns(())
        else:
            self._reading.submit(folder.root)

    def _on_read(self, runs: list[PastRun], root: Any) -> None:
        folder = self._state.folder
        if folder is not None and folder.root == root:
            self._view.setRuns(runs)

    def _on_export(self, run: Path, target: Path) -> None:
        self._state.jobs.start(
            lambda *_: f"Written: {hand_on(run, target)}.", returned=self.told.emit, errored=self.failed.emit
        )

    def _on_import(self, path: Path) -> None:
        self._state.jobs.start(
            lambda check, _: _imported(path, check), returned=self.told.emit, errored=self.failed.emit
        )


def _imported(path: Path, check: Check) -> str:
    from napari_leafseg.core.library import import_file
    from napari_leafseg.core.weights import read_header

    kept = import_file(path)
    check()
    header = read_header(kept)
    name = kept.stem.removeprefix(f"{header.method}-")
    licence = header.card.licence or "not stated"
    return f"“{name}” is in the menu of {header.method} now: {header.card.title}. Licence: {licence}."
