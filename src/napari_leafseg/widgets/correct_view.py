"""The Correct dock's controls in their order; connects nothing and knows no viewer."""

from __future__ import annotations

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QSpinBox, QVBoxLayout, QWidget

from napari_leafseg.widgets.message_line import MessageLine
from napari_leafseg.widgets.piece_offer import PieceOffer
from napari_leafseg.widgets.review_bar import ReviewBar
from napari_leafseg.widgets.tall_area import TallArea
from napari_leafseg.widgets.tool_box import ToolBox

NO_LABELS = "No labels yet: select a labels layer, or run a model in the Segment dock and accept."
LEAST = 50


class CorrectView(QWidget):
    """All controls of the dock.

    Signals
    -------
    corrected_chosen
        Whether the image is corrected.
    small_requested
        Objects of fewer pixels than this are to go.
    relabel_requested
        Objects are to be numbered without gaps.
    """

    corrected_chosen = Signal(bool)
    small_requested = Signal(int)
    relabel_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tools, self.offer, self.review, self.message = ToolBox(), PieceOffer(), ReviewBar(), MessageLine()
        self.facts, self.corrected = QLabel(NO_LABELS), QCheckBox("This image is corrected")
        self.small, self.least = QPushButton("Remove objects below"), QSpinBox()
        self.relabel = QPushButton("Renumber")
        self._lay_out()
        self.corrected.clicked.connect(self.corrected_chosen)
        self.small.clicked.connect(self._on_small)
        self.relabel.clicked.connect(self.relabel_requested)

    def _lay_out(self) -> None:
        content, whole = QWidget(), QHBoxLayout()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(6, 6, 6, 6)
        self.facts.setWordWrap(True)
        self.least.setRange(2, 1_000_000)
        self.least.setValue(LEAST)
        self.least.setSuffix(" px")
        self.small.setToolTip("Delete all objects with fewer pixels.")
        self.relabel.setToolTip("Number the objects 1, 2, 3 … without gaps.")
        self.corrected.setToolTip("Fine-tuning learns from images that are corrected.")
        for widget in (self.small, self.least, self.relabel):
            whole.addWidget(widget)
        for widget in (self.facts, self.tools, self.offer, self.message, self.review):
            layout.addWidget(widget)
        layout.addLayout(whole)
        layout.addWidget(self.corrected)
        layout.addStretch()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(TallArea(content))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)

    def setFacts(self, name: str, status: str, objects: int, checked: int) -> None:
        """Say which labels are corrected, and how far they are; no name for none."""
        there = bool(name)
        counted = f"{objects} object{'' if objects == 1 else 's'}" + (f", {checked} checked" if checked else "")
        self.facts.setText(f"<b>{name}</b>: {counted}. {status.capitalize()}." if there else NO_LABELS)
        self.corrected.setChecked(status == "corrected")
        for widget in (self.tools, self.small, self.least, self.relabel, self.corrected):
            widget.setEnabled(there)
        self.review.setReady(there and objects > 0)

    def _on_small(self) -> None:
        self.small_requested.emit(self.least.value())
