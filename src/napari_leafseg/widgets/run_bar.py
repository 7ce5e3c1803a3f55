"""Run, cancel, and how far it is.

Emits intents; knows nothing of what runs.
"""

from __future__ import annotations

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

CURRENT, SLICE, SLICES, FOLDER = "image", "slice", "slices", "folder"
TITLES = {
    CURRENT: "the current image",
    SLICE: "the current slice",
    SLICES: "all slices",
    FOLDER: "all images of the folder…",
}


class RunBar(QWidget):
    """Starts and stops runs.

    Signals
    -------
    run_requested
        On what: one of `TITLES`.
    cancel_requested
        The run is to stop.
    """

    run_requested = Signal(str)
    cancel_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run, self._scope = QPushButton("Run on"), QComboBox()
        self._progress, self._cancel = QProgressBar(), QPushButton("Cancel")
        self._lay_out()
        self.setScopes((CURRENT,))
        self.setRunning(False)
        self._run.clicked.connect(self._on_run)
        self._cancel.clicked.connect(self._on_cancel)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        start, going = QHBoxLayout(), QHBoxLayout()
        start.addWidget(self._run)
        start.addWidget(self._scope, 1)
        going.addWidget(self._progress, 1)
        going.addWidget(self._cancel)
        layout.addLayout(start)
        layout.addLayout(going)
        self._scope.setAccessibleName("What to run on")
        self._scope.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._scope.setMinimumContentsLength(8)
        self._progress.setTextVisible(True)

    def setScopes(self, scopes: tuple[str, ...]) -> None:
        """Offer what can be run on, keeping the choice if it still can."""
        before = self._scope.currentData()
        if [self._scope.itemData(i) for i in range(self._scope.count())] == list(scopes):
            return
        self._scope.clear()
        for scope in scopes:
            self._scope.addItem(TITLES[scope], scope)
        self._scope.setCurrentIndex(max(0, self._scope.findData(before)))

    def setReady(self, ready: bool, why_not: str = "") -> None:
        """Say whether a run can start, and if not, why."""
        self._run.setEnabled(ready)
        self._run.setToolTip(why_not or "Run the network, then find the objects.")

    def setRunning(self, running: bool) -> None:
        """Show the progress and Cancel while something runs."""
        for widget in (self._progress, self._cancel):
            widget.setVisible(running)
        self._run.setVisible(not running)
        self._scope.setVisible(not running)
        self._cancel.setEnabled(True)
        self._progress.setRange(0, 0)

    def setProgress(self, done: int, total: int) -> None:
        """Show how far the run is; one step of one has no share worth showing."""
        self._progress.setRange(0, total if total > 1 else 0)
        self._progress.setValue(done)
        self._progress.setFormat(f"{done} of {total}")

    def _on_run(self) -> None:
        self.run_requested.emit(str(self._scope.currentData()))

    def _on_cancel(self) -> None:
        self._cancel.setEnabled(False)
        self.cancel_requested.emit()
