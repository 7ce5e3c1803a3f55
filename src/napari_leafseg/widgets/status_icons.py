"""A small round picture of how far an image is: the fuller the disc, the less is left to do.

Colour and fill say the same, so that neither is needed alone. Knows words only.
"""

from __future__ import annotations

from functools import cache

from qtpy.QtCore import QRectF, Qt
from qtpy.QtGui import QColor, QIcon, QPainter, QPen, QPixmap

_SIDE = 32
_PARTS = {
    "new": ("#9a9a9a", 0.0),
    "predicted": ("#5aa0e8", 1 / 3),
    "in work": ("#e8a33d", 2 / 3),
    "corrected": ("#4fb35f", 1.0),
    "labelled": ("#4fb35f", 0.0),
}
_BAD = ("#e05555", 0.0)


@cache
def status_icon(status: str) -> QIcon | None:
    """Draw a status; ``None`` for words that are none."""
    bad = status.startswith(("unreadable", "failed"))
    colour, part = _BAD if bad else _PARTS.get(status, ("", 0.0))
    return _disc(QColor(colour), part) if colour else None


def _disc(colour: QColor, part: float) -> QIcon:
    pixmap = QPixmap(_SIDE, _SIDE)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, 3))
    box = QRectF(4, 4, _SIDE - 8, _SIDE - 8)
    painter.drawEllipse(box)
    painter.setBrush(colour)
    # Qt counts sixteenths of a degree, from three o'clock and against the clock.
    if part:
        painter.drawPie(box, 90 * 16, -round(part * 360 * 16))
    painter.end()
    return QIcon(pixmap)
