"""What a hand draws over the canvas while it does: a line, a box, a loop, and the points it clicked.

A widget that lets every event through; knows pixels of the canvas, nothing of layers or tools.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qtpy.QtCore import QEvent, QPointF, QRectF, Qt
from qtpy.QtGui import QColor, QPainter, QPen, QPolygonF
from qtpy.QtWidgets import QWidget

COLOURS = (QColor(0, 0, 0, 160), QColor(255, 255, 255))
"""A dark rim and a light core are seen on every image."""
WIDTHS = (4.0, 1.6)
DOT = 4.0


class TraceView(QWidget):
    """Lies over a canvas, as large as that."""

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._path: list[QPointF] = []
        self._dots: list[QPointF] = []
        self._shape = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.resize(canvas.size())
        canvas.installEventFilter(self)
        self.hide()

    @property
    def empty(self) -> bool:
        """Whether nothing is drawn."""
        return not self._path and not self._dots

    def setPath(self, shape: str, path: Sequence[tuple[float, float]]) -> None:
        """Draw a ``line``, ``box`` or ``loop`` through points (x, y)."""
        self._shape, self._path = shape, [QPointF(*point) for point in path]
        self._renew()

    def setDots(self, dots: Sequence[tuple[float, float]]) -> None:
        """Draw points (x, y)."""
        self._dots = [QPointF(*dot) for dot in dots]
        self._renew()

    def clear(self) -> None:
        """Draw nothing."""
        self._path, self._dots = [], []
        self._renew()

    def _renew(self) -> None:
        self.setVisible(not self.empty)
        self.update()

    def eventFilter(self, watched: Any, event: Any) -> bool:
        """Stay as large as the canvas."""
        if event.type() == QEvent.Type.Resize:
            self.resize(event.size())
        return False

    def paintEvent(self, _: Any) -> None:
        """Draw it, rim first."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for colour, width in zip(COLOURS, WIDTHS, strict=True):
            painter.setPen(QPen(colour, width))
            self._draw(painter)
            painter.setBrush(colour)
            for dot in self._dots:
                painter.drawEllipse(dot, DOT - width / 2, DOT - width / 2)
            painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.end()

    def _draw(self, painter: QPainter) -> None:
        if len(self._path) < 2:
            return
        if self._shape == "box":
            painter.drawRect(QRectF(self._path[0], self._path[-1]).normalized())
        elif self._shape == "loop":
            painter.drawPolygon(QPolygonF(self._path))
        else:
            painter.drawPolyline(QPolygonF(self._path))
