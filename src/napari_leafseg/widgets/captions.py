"""The words left of the controls, equally wide in every part of a dock."""

from __future__ import annotations

from qtpy.QtWidgets import QLabel

WIDTH = 58


def caption(text: str) -> QLabel:
    """Return the label of a control."""
    label = QLabel(text)
    label.setMinimumWidth(WIDTH)
    return label
