"""Shows what the chosen weights are and what they may be used for: one line, and all of it on demand.

Knows cards only.
"""

from __future__ import annotations

from html import escape

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel, QToolButton, QVBoxLayout, QWidget

from napari_leafseg.core.weights import Card, figures_text


class CardView(QWidget):
    """A weights file's card."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._line, self._more, self._details = QLabel(), QToolButton(), QLabel()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for label in (self._line, self._details):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._more.setText("About these weights")
        self._more.setCheckable(True)
        self._more.setArrowType(Qt.ArrowType.RightArrow)
        self._more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._more.setAutoRaise(True)
        self._more.toggled.connect(self._on_toggled)
        for widget in (self._line, self._more, self._details):
            layout.addWidget(widget)
        self.setCard(None)

    def setCard(self, card: Card | None, summary: str = "", paper: str = "", network: str = "") -> None:
        """Show a card, with the method's own sentence and what the network is; ``None`` for no weights."""
        self._more.setVisible(card is not None)
        self._more.setChecked(False)
        self._details.hide()
        if card is None:
            self._line.setText("No weights are chosen: pick some above.")
            return
        self._line.setText(f"{escape(card.title)}<br>Licence: <b>{escape(card.licence or 'not stated')}</b>")
        self._details.setText("<br>".join(_details(card, summary, paper, network)))

    def setMissing(self, method: str, title: str) -> None:
        """Say what to do about a method without weights."""
        self.setCard(None)
        self._line.setText(
            f"No weights of {escape(title)} come with the plugin. Train some on your own labels "
            f"(<b>napari-leafseg train --model {escape(method)}</b>), then choose the folder of that run above."
        )

    def setOpen(self, shown: bool) -> None:
        """Show all of the card, or its line only."""
        self._more.setChecked(shown)

    def text(self) -> str:
        """All that is shown, for tests and for screen readers."""
        return f"{self._line.text()} {self._details.text()}"

    def _on_toggled(self, shown: bool) -> None:
        self._more.setArrowType(Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow)
        self._details.setVisible(shown)


def _details(card: Card, summary: str, paper: str, network: str) -> list[str]:
    figures = figures_text(card.figures)
    rows = {
        "Method": summary,
        "Paper": paper,
        "Network": network,
        "Data": card.data,
        "Figures": f"{figures} ({card.measured_on})" if figures else "",
        **{name.capitalize(): figures_text(part) for name, part in card.groups.items()},
        "Object size": card.objects_as_text(),
        "Training": card.training,
        "Known to fail": card.failures,
    }
    return [f"<b>{name}:</b> {escape(text)}" for name, text in rows.items() if text]
