"""Where corrections are kept and whether they are; the current image's status; the order of the list.

Emits intents; knows no project, no file and no viewer.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from napari_leafseg.data.project import Status
from napari_leafseg.widgets.message_line import ERROR
from napari_leafseg.widgets.status_icons import status_icon

BY_NAME, BY_DOUBT = "As in the folder", "Next to correct first"


class ProjectBar(QWidget):
    """Controls of the project in the Images dock.

    Signals
    -------
    status_chosen
        A `Status` for the current image.
    finished
        The current image is corrected, and the next one wanted.
    order_chosen
        Whether the most doubtful images are to come first.
    offer_taken
        The button beside the sentence was pressed.
    """

    status_chosen = Signal(object)
    finished = Signal()
    order_chosen = Signal(bool)
    offer_taken = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line, self.offer = QLabel(), QPushButton()
        self.status, self.done = QComboBox(), QPushButton("Corrected, next")
        self.order, self.why = QComboBox(), QLabel()
        self._lay_out()
        self._set_up()
        self.status.activated.connect(lambda _: self.status_chosen.emit(self.status.currentData()))
        self.done.clicked.connect(self.finished)
        self.order.activated.connect(lambda _: self.order_chosen.emit(self.byDoubt()))
        self.offer.clicked.connect(self.offer_taken)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        rows: tuple[Sequence[QWidget], ...] = (
            (QLabel("Order"), self.order),
            (self.why,),
            (QLabel("Status"), self.status, self.done),
            (self.line,),
            (self.offer,),
        )
        for widgets in rows:
            row = QHBoxLayout()
            for widget in widgets:
                row.addWidget(widget, int(widget in (self.order, self.status, self.line, self.why)))
            layout.addLayout(row)

    def _set_up(self) -> None:
        for label in (self.line, self.why):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.RichText)
            label.hide()
        self.line.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.offer.hide()
        for each in Status:
            icon = status_icon(each)
            assert icon is not None
            self.status.addItem(icon, str(each), each)
        self.status.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.status.setToolTip("How far this image is. Corrected images are what fine-tuning learns from.")
        self.done.setToolTip("Mark this image as corrected and show the next one.")
        self.order.addItems([BY_NAME, BY_DOUBT])
        self.order.setToolTip("Put the images first whose labels are the most doubtful: correcting them teaches most.")

    def setOpen(self, opened: bool, writable: bool) -> None:
        """Show the controls of a folder, usable as far as its project is ours."""
        for widget in (self.status, self.done):
            widget.setEnabled(opened and writable)
        self.order.setEnabled(opened)
        if not opened:
            self.say("")

    def setStatus(self, status: Status | None) -> None:
        """Show the current image's status, telling nobody; ``None`` for none."""
        self.status.setCurrentIndex(-1 if status is None else self.status.findData(status))

    def byDoubt(self) -> bool:
        """Whether the most doubtful images come first."""
        return self.order.currentText() == BY_DOUBT

    def setByDoubt(self, chosen: bool, why: str = "") -> None:
        """Show which order is chosen and why the images come in it, telling nobody."""
        self.order.setCurrentText(BY_DOUBT if chosen else BY_NAME)
        self.why.setText(escape(why))
        self.why.setVisible(bool(why))

    def say(self, sentence: str, *, wrong: bool = False, offer: str = "", tip: str = "") -> None:
        """Show where things are kept, or what is wrong with that and what the button beside it does."""
        text = escape(sentence)
        self.line.setText(f"<span style='color:{ERROR}'>{text}</span>" if wrong else text)
        self.line.setToolTip(tip)
        self.line.setVisible(bool(sentence))
        self.offer.setText(offer)
        self.offer.setVisible(bool(offer))
