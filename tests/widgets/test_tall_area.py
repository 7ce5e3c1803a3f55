"""A scroll bar never covers what it scrolls."""

from __future__ import annotations

from typing import Any

from qtpy.QtWidgets import QPushButton, QVBoxLayout, QWidget

from napari_leafseg.widgets.tall_area import LEAST_WIDTH, TallArea


def test_the_content_fits_beside_the_scroll_bar(qtbot: Any) -> None:
    """Also after it has grown."""
    content = QWidget()
    layout = QVBoxLayout(content)
    area = TallArea(content)
    outer = QWidget()
    QVBoxLayout(outer).addWidget(area)
    qtbot.addWidget(outer)
    outer.show()
    assert outer.minimumSizeHint().width() >= LEAST_WIDTH
    for width in (200, 500):
        button = QPushButton()
        button.setMinimumSize(width, 900)
        layout.addWidget(button)
        qtbot.waitUntil(lambda width=width: outer.minimumSizeHint().width() >= width)
        outer.resize(outer.minimumSizeHint().width(), 300)
        qtbot.waitUntil(lambda width=width: area.viewport().width() >= content.minimumSizeHint().width())
        assert area.viewport().width() >= width
