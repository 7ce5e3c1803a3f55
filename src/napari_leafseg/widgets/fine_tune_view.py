"""The Fine-tune dock's controls in their order; connects nothing and knows no viewer."""

from __future__ import annotations

from qtpy.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from napari_leafseg.widgets.history_view import HistoryView
from napari_leafseg.widgets.message_line import MessageLine
from napari_leafseg.widgets.result_view import ResultView
from napari_leafseg.widgets.section import Section
from napari_leafseg.widgets.start_form import StartForm
from napari_leafseg.widgets.tall_area import TallArea
from napari_leafseg.widgets.teaching_view import TeachingView
from napari_leafseg.widgets.training_view import TrainingView


class FineTuneView(QWidget):
    """What came of a training, how far it is, what the next learns from, how it begins, and what was before."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.data, self.form, self.message = TeachingView(), StartForm(), MessageLine()
        self.training, self.result, self.history = TrainingView(), ResultView(), HistoryView()
        self.past = Section("Earlier runs", self.history)
        self._lay_out()
        self.training.hide()
        self.result.hide()

    def _lay_out(self) -> None:
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(6, 6, 6, 6)
        for widget in (self.message, self.result, self.training, self.data, self.form, self.past):
            layout.addWidget(widget)
        # Room that is left over belongs below all of them.
        layout.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(TallArea(content))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)

    def setRunning(self, running: bool) -> None:
        """Show what a training that runs needs, or what another one can be started with."""
        self.form.setVisible(not running)
        if running:
            self.training.show()
            self.result.hide()
