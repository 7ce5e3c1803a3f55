"""How far a training is: stage, epoch, step, time left, curves, and one image that gets better.

Emits intents; knows neither processes nor files.
"""

from __future__ import annotations

from html import escape

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QGroupBox, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from napari_leafseg.widgets.curve_plot import CurvePlot
from napari_leafseg.widgets.message_line import in_warning_colour
from napari_leafseg.widgets.preview_strip import PreviewStrip

GRAIN = 1000
RUNNING, PAUSED, STOPPING, BROKEN, OVER = "running", "paused", "stopping", "broken off", "over"


class TrainingView(QGroupBox):
    """A training that runs, or the curves of one that did.

    Signals
    -------
    pause_requested, continue_requested, stop_requested
        Buttons.
    resume_requested
        A run that was broken off is to go on.
    """

    pause_requested = Signal()
    continue_requested = Signal()
    stop_requested = Signal()
    resume_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.progress, self._doing, self._warnings = QProgressBar(), QLabel(), QLabel()
        self.pause, self.stop = QPushButton("Pause"), QPushButton("Stop")
        self.losses, self.scores = CurvePlot("Losses", log=True), CurvePlot("On images it checks on", limits=(0, 1))
        self.preview = PreviewStrip()
        self._state = OVER
        self._lay_out()
        self.setState(OVER)
        self.pause.clicked.connect(self._on_pause)
        self.stop.clicked.connect(self._on_stop)

    def _lay_out(self) -> None:
        layout, going = QVBoxLayout(self), QHBoxLayout()
        for label in (self._doing, self._warnings):
            label.setWordWrap(True)
        self.progress.setAccessibleName("Training")
        self.stop.setToolTip("End now; the best weights so far are kept.")
        self.pause.setToolTip("Hold, and leave the processor to other things, until you go on.")
        going.addWidget(self.progress, 1)
        going.addWidget(self.pause)
        going.addWidget(self.stop)
        layout.addLayout(going)
        for widget in (self._doing, self._warnings, self.scores, self.losses, self.preview):
            layout.addWidget(widget)
        self._warnings.hide()

    def setState(self, state: str) -> None:
        """Show the buttons of one of ``running``, ``paused``, ``stopping``, ``broken off`` and ``over``."""
        self._state = state
        self.pause.setText({PAUSED: "Continue", BROKEN: "Go on where it stopped"}.get(state, "Pause"))
        self.pause.setVisible(state != OVER)
        for widget in (self.stop, self.progress):
            widget.setVisible(state not in (BROKEN, OVER))
        for button in (self.pause, self.stop):
            button.setEnabled(state != STOPPING)

    def state(self) -> str:
        """Which of them."""
        return self._state

    def setProgress(self, share: float | None) -> None:
        """Show how far it is, 0 to 1; ``None`` while that is not known."""
        # A bar does not wait for its turn to be painted, and the whole window would be put together once more.
        self.progress.setUpdatesEnabled(False)
        self.progress.setRange(0, 0 if share is None else GRAIN)
        self.progress.setValue(0 if share is None else round(share * GRAIN))
        # Qt would write thousandths.
        self.progress.setFormat("" if share is None else f"{share:.0%}")
        self.progress.setUpdatesEnabled(True)

    def setDoing(self, words: str) -> None:
        """Say what it does now."""
        self._doing.setText(escape(words))
        self._doing.setVisible(bool(words))

    def setWarnings(self, sentences: tuple[str, ...]) -> None:
        """Say what will probably not work."""
        self._warnings.setText(in_warning_colour(sentences))
        self._warnings.setVisible(bool(sentences))

    def doing(self) -> str:
        """What is said."""
        return self._doing.text()

    def setTextColour(self, colour: str) -> None:
        """Say in which colour the theme writes."""
        for plot in (self.losses, self.scores):
            plot.setTextColour(colour)

    def _on_pause(self) -> None:
        asked = {PAUSED: self.continue_requested, BROKEN: self.resume_requested}
        asked.get(self._state, self.pause_requested).emit()

    def _on_stop(self) -> None:
        self.setState(STOPPING)
        self.stop_requested.emit()


def in_words(seconds: float | None) -> str:
    """Say how long something still takes, as in ``"about 3 min left"``; nothing if that is not known."""
    if seconds is None:
        return ""
    if seconds < 90:
        return f"about {max(5, round(seconds / 5) * 5)} s left"
    return f"about {round(seconds / 60)} min left" if seconds < 5400 else f"about {seconds / 3600:.1f} h left"
