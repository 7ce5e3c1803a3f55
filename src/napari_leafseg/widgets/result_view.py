"""Before and after: a table of both sets of images, each image on demand, and what is to become of the weights.

Emits intents; knows figures only.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QGroupBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from napari_leafseg.inference.comparison_file import FIGURES, ORIGINAL, VALIDATION, ComparedSet, Comparison
from napari_leafseg.widgets.message_line import MessageLine
from napari_leafseg.widgets.section import Section

TITLES = {VALIDATION: "Your images", ORIGINAL: "What it knew"}
BETTER, WORSE = "#3cb371", "#e05555"
SMALLER_IS_BETTER = "|DiC|"
NOTABLE = 0.01
"""Smaller changes are shown without a colour."""
ROW = "AP50", "SBD"
HEIGHT = 150


class ResultView(QGroupBox):
    """What a training changed.

    Signals
    -------
    use_requested, train_on_requested, discard_requested
        Buttons.
    image_requested
        Name of a set, and the row's place in it: an image to be opened with both results.
    close_requested
        That image is to be closed.
    """

    use_requested = Signal()
    train_on_requested = Signal()
    discard_requested = Signal()
    image_requested = Signal(str, int)
    close_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Before and after", parent)
        self._sentence, self._table, self.message = QLabel(), QLabel(), MessageLine()
        self.sets, self.rows, self.close_image = QComboBox(), QTreeWidget(), QPushButton("Close this image")
        self.use, self.train_on, self.discard = (
            QPushButton(text) for text in ("Use new weights", "Train on", "Discard")
        )
        self._comparison: Comparison | None = None
        self.each = Section("Image by image", self._per_image())
        self._lay_out()
        self.use.clicked.connect(self.use_requested)
        self.train_on.clicked.connect(self.train_on_requested)
        self.discard.clicked.connect(self.discard_requested)
        self.close_image.clicked.connect(self.close_requested)
        self.sets.currentIndexChanged.connect(self._fill_rows)
        self.rows.itemActivated.connect(self._on_activated)
        self.rows.itemClicked.connect(self._on_activated)

    def _per_image(self) -> QWidget:
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        self.sets.setAccessibleName("Which images")
        self.rows.setHeaderLabels(["Worst first", *ROW])
        self.rows.setRootIsDecorated(False)
        self.rows.setUniformRowHeights(True)
        self.rows.setFixedHeight(HEIGHT)
        self.rows.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.rows.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header = self.rows.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in range(1, 1 + len(ROW)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
            header.resizeSection(column, 82)
        layout.addWidget(self.sets)
        layout.addWidget(self.rows)
        layout.addWidget(self.close_image)
        self.close_image.hide()
        return content

    def _lay_out(self) -> None:
        layout, buttons = QVBoxLayout(self), QHBoxLayout()
        for label in (self._sentence, self._table):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.RichText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for button in (self.use, self.train_on, self.discard):
            buttons.addWidget(button)
        self.use.setToolTip("Keep the new weights under their name, and segment with them from now on.")
        self.train_on.setToolTip("Begin another fine-tuning with the new weights.")
        self.discard.setToolTip("Go on with the weights from before; the run stays in the history.")
        for widget in (self._sentence, self._table, self.each):
            layout.addWidget(widget)
        layout.addLayout(buttons)
        layout.addWidget(self.message)

    def setComparison(self, comparison: Comparison | None, sentence: str = "") -> None:
        """Show what was compared, or only a sentence where nothing was."""
        self._comparison = comparison
        sets = () if comparison is None else comparison.sets
        told = sentence or ("" if comparison is None else comparison.sentence)
        colour = "" if comparison is None or not sets else f" style='color:{BETTER if comparison.better else WORSE}'"
        # What matters first: whether they are better; cautions and what was forgotten follow.
        first, stop, rest = told.partition(". ")
        self._sentence.setText(f"<b{colour}>{escape(first + stop)}</b>{escape(rest)}")
        self._table.setText(_table(sets))
        self._table.setVisible(bool(sets))
        self.each.setVisible(any(each.rows for each in sets))
        self.sets.clear()
        for each in sets:
            self.sets.addItem(TITLES.get(each.name, each.name), each.name)
        self._fill_rows()

    def setUsable(self, usable: bool) -> None:
        """Say whether there are new weights at all."""
        for button in (self.use, self.train_on):
            button.setEnabled(usable)

    def setImageOpen(self, opened: bool) -> None:
        """Offer to close the image that was opened, or not."""
        self.close_image.setVisible(opened)

    def text(self) -> str:
        """All that is said."""
        return f"{self._sentence.text()} {self._table.text()}"

    def _fill_rows(self, *_: Any) -> None:
        self.rows.clear()
        chosen = None if self._comparison is None else self._comparison.of(str(self.sets.currentData()))
        for row in () if chosen is None else chosen.rows:
            changes = [_arrow(row.before.get(name), row.after.get(name)) for name in ROW]
            item = QTreeWidgetItem([row.image, *changes])
            item.setToolTip(0, f"{row.image}\nClick to open it with the objects from before and after.")
            self.rows.addTopLevelItem(item)

    def _on_activated(self, item: QTreeWidgetItem, *_: Any) -> None:
        self.image_requested.emit(str(self.sets.currentData()), self.rows.indexOfTopLevelItem(item))


def _arrow(before: float | None, after: float | None) -> str:
    return "→".join("-" if value is None else f"{value:.2f}" for value in (before, after))


def _table(sets: Sequence[ComparedSet]) -> str:
    """Write before and after of each set under each other, with gains in green and losses in red."""
    heads = "".join(
        f"<td colspan=2 align=center><b>{escape(TITLES.get(each.name, each.name))}</b> ({each.images})</td>"
        for each in sets
    )
    under = "<td align=right>before</td><td align=right>after</td>" * len(sets)
    lines = "".join(
        f"<tr><td>{escape(name)}</td>{''.join(_cells(each, name) for each in sets)}</tr>" for name in FIGURES
    )
    return f"<table cellpadding=3 width='100%'><tr><td></td>{heads}</tr><tr><td></td>{under}</tr>{lines}</table>"


def _cells(compared: ComparedSet, name: str) -> str:
    before, after = compared.before.get(name), compared.after.get(name)
    if before is None or after is None:
        return "<td></td><td></td>"
    notable = abs(after - before) >= NOTABLE
    colour = f" style='color:{BETTER if _is_gain(name, before, after) else WORSE}'" if notable else ""
    return f"<td align=right>{before:.3f}</td><td align=right><b{colour}>{after:.3f}</b></td>"


def _is_gain(name: str, before: float, after: float) -> bool:
    return after < before if name == SMALLER_IS_BETTER else after > before
