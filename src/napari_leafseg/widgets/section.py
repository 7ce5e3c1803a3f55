"""A part of a dock that folds away under its title. Knows what it holds only."""

from __future__ import annotations

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QToolButton, QVBoxLayout, QWidget


class Section(QWidget):
    """A title to click on, and what is under it.

    Signals
    -------
    toggled
        Whether it was opened.
    """

    toggled = Signal(bool)

    def __init__(self, title: str, content: QWidget, *, opened: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title, self._content = QToolButton(), content
        self._title.setText(title)
        self._title.setCheckable(True)
        self._title.setAutoRaise(True)
        self._title.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self._title)
        layout.addWidget(content)
        self._title.toggled.connect(self._on_toggled)
        self.setOpen(opened)
        self._on_toggled(opened)

    def isOpen(self) -> bool:
        """Whether the content is shown."""
        return self._title.isChecked()

    def setOpen(self, opened: bool) -> None:
        """Show the content, or the title only."""
        self._title.setChecked(opened)

    def setTitle(self, title: str) -> None:
        """Write another title."""
        self._title.setText(title)

    def _on_toggled(self, opened: bool) -> None:
        self._title.setArrowType(Qt.ArrowType.DownArrow if opened else Qt.ArrowType.RightArrow)
        self._content.setVisible(opened)
        self.toggled.emit(opened)
