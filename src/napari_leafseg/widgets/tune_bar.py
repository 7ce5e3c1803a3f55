"""Tune on my labels: start, progress, what was gained, and the way back.

Emits intents; knows nothing of how parameters are searched.
"""

from __future__ import annotations

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from napari_leafseg.widgets.message_line import MessageLine


class TuneBar(QWidget):
    """Starts and stops a search for parameters, and says what came out.

    Signals
    -------
    tune_requested, cancel_requested
        The search is to start, or to stop.
    undo_requested
        The parameters are to be what they were before it.
    """

    tune_requested = Signal()
    cancel_requested = Signal()
    undo_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tune, self._undo = QPushButton("Tune on my labels"), QPushButton("Undo tuning")
        self._progress, self._cancel = QProgressBar(), QPushButton("Cancel")
        self.message = MessageLine()
        self._lay_out()
        self.setRunning(False)
        self.setUndo(False)
        self._tune.clicked.connect(self.tune_requested)
        self._undo.clicked.connect(self.undo_requested)
        self._cancel.clicked.connect(self._on_cancel)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        buttons, going = QHBoxLayout(), QHBoxLayout()
        buttons.addWidget(self._tune, 1)
        buttons.addWidget(self._undo)
        going.addWidget(self._progress, 1)
        going.addWidget(self._cancel)
        layout.addLayout(buttons)
        layout.addLayout(going)
        layout.addWidget(self.message)
        self._progress.setAccessibleName("Tuning")
        self._undo.setToolTip("Set the parameters to what they were before the tuning.")

    def setReady(self, ready: bool, why_not: str = "") -> None:
        """Say whether a search can start, and if not, why."""
        self._tune.setEnabled(ready)
        self._tune.setToolTip(
            why_not
            or "Search the parameters that fit the labels of this image best, or of all labelled images of the folder."
        )

    def setRunning(self, running: bool) -> None:
        """Show the progress and Cancel while a search runs."""
        for widget in (self._progress, self._cancel):
            widget.setVisible(running)
        self._tune.setVisible(not running)
        self._cancel.setEnabled(True)
        self._progress.setRange(0, 0)
        if running:
            self.setUndo(False)

    def setProgress(self, done: int, total: int) -> None:
        """Show how far the search is."""
        self._progress.setRange(0, total)
        self._progress.setValue(done)
        self._progress.setFormat(f"{done} of {total}")

    def setUndo(self, possible: bool) -> None:
        """Offer the way back, or not."""
        self._undo.setVisible(possible)

    def _on_cancel(self) -> None:
        self._cancel.setEnabled(False)
        self.cancel_requested.emit()
