"""Icons of the correction tools, drawn here, in any colour.

Knows names of tools and nothing else.
"""

from __future__ import annotations

from qtpy.QtCore import QByteArray, QRectF, Qt
from qtpy.QtGui import QIcon, QPainter, QPixmap
from qtpy.QtSvg import QSvgRenderer

SIDE = 48

_LEAF = "M4 20 C4 9 10 4 20 4 C20 15 14 20 4 20 Z"
SHAPES = {
    "merge": "M3 8 a5 5 0 1 0 10 0 a5 5 0 1 0 -10 0 M11 16 a5 5 0 1 0 10 0 a5 5 0 1 0 -10 0 M8 8 L16 16",
    "split": f"{_LEAF} M21 9 L9 21",
    "delete": "M5 7 H19 M9 7 V4 H15 V7 M7 7 L8 20 H16 L17 7 M10.5 10.5 V17 M13.5 10.5 V17",
    "add": "M4 20 C4 11 8 6 15 5 C15 14 12 19 4 20 Z M19 12 V20 M15 16 H23",
    "grow": "M8 12 a4 4 0 1 0 8 0 a4 4 0 1 0 -8 0 M12 5 V1 M10 3 L12 1 L14 3 M12 19 V23 M10 21 L12 23 L14 21 "
    "M5 12 H1 M3 10 L1 12 L3 14 M19 12 H23 M21 10 L23 12 L21 14",
    "shrink": "M8 12 a4 4 0 1 0 8 0 a4 4 0 1 0 -8 0 M12 1 V6 M10 4 L12 6 L14 4 M12 23 V18 M10 20 L12 18 L14 20 "
    "M1 12 H6 M4 10 L6 12 L4 14 M23 12 H18 M20 10 L18 12 L20 14",
    "fill": "M3 12 a9 9 0 1 0 18 0 a9 9 0 1 0 -18 0 M9 12 a3 3 0 1 0 6 0 a3 3 0 1 0 -6 0 M8 8 L16 16 M16 8 L8 16",
    "smooth": "M2 8 L5 4 L8 8 L11 4 L14 8 M2 17 C6 11 9 11 12 16 C15 21 18 21 22 15",
    "outline": "M19 14 C18 18 14 21 9 20 C4 19 2 14 4 9 C5 5 9 3 13 4 M22 4 L20 2 L13 9 L12 12 L15 11 Z",
    "fix": f"{_LEAF} M17 15 L23 21 M17 21 L23 15",
    "check": "M3 13 L9 19 L21 5",
    "ignore": "M4 4 H20 V20 H4 Z M4 12 L12 4 M4 20 L20 4 M12 20 L20 12",
    "brush": "M20 3 L11 12 M11 12 C7 11 5 14 5 17 C5 19 4 20 3 20 C7 22 12 20 12 16 C12 14 12 13 11 12 Z",
    "eraser": "M9 20 H21 M4 14 L13 5 L19 11 L10 20 H8 L4 16 Z M9 9 L15 15",
    "polygon": "M4 9 L12 3 L21 9 L17 20 L7 19 Z",
    "bucket": "M4 12 L12 4 L20 12 L12 20 Z M12 4 V10 M21 16 C19 19 20 21 21 21 C22 21 23 19 21 16 Z",
    "undo": "M9 4 L4 9 L9 14 M4 9 H14 C22 9 22 20 14 20 H9",
    "redo": "M15 4 L20 9 L15 14 M20 9 H10 C2 9 2 20 10 20 H15",
}


def icon(name: str, colour: str) -> QIcon:
    """Draw an icon in a colour (``#rrggbb``)."""
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path d="{SHAPES[name]}" fill="none" '
        f'stroke="{colour}" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"/></svg>'
    )
    pixmap = QPixmap(SIDE, SIDE)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, SIDE, SIDE))
    painter.end()
    return QIcon(pixmap)
