"""An area that scrolls up and down, and is never too narrow for what it holds."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import QEvent, QSize, Qt
from qtpy.QtWidgets import QFrame, QScrollArea, QWidget

LEAST_WIDTH = 320
"""Of a dock, in pixels."""


class TallArea(QScrollArea):
    """Holds one widget; as wide as it needs, its scroll bar included, and as a dock should be at least.

    The widget around it must set no least width of its own, which would take the place of this one.
    """

    def __init__(self, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(content)
        content.installEventFilter(self)

    def minimumSizeHint(self) -> QSize:
        """Ask for the content's least width, and room for the scroll bar."""
        hint = super().minimumSizeHint()
        needed = self.widget().minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width()
        hint.setWidth(max(LEAST_WIDTH, needed))
        return hint

    def eventFilter(self, watched: Any, event: Any) -> bool:
        """Ask again when the content was laid out anew."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return bool(super().eventFilter(watched, event))
