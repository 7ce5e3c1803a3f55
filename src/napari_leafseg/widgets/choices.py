"""Drop-downs that stay narrow however long their choices are; the open list shows them whole.

Knows combo boxes only.
"""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter

_LETTERS = 8
_MARGIN = 24
"""Pixels beside the longest choice of an open list."""
_PADDING = 3


class NarrowBox(QComboBox):
    """A drop-down that ends what does not fit in dots; styles of Qt's only cut it off.

    Signals
    -------
    opening
        The list is about to be shown.
    """

    opening = Signal()

    def __init__(self) -> None:
        super().__init__()
        narrow(self)

    def shown_text(self) -> str:
        """What of the choice can be read while the list is closed."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        complex_control, field = QStyle.ComplexControl.CC_ComboBox, QStyle.SubControl.SC_ComboBoxEditField
        width = self.style().subControlRect(complex_control, option, field, self).width() - 2 * _PADDING
        return self.fontMetrics().elidedText(self.currentText(), Qt.TextElideMode.ElideRight, width)

    def showPopup(self) -> None:
        self.opening.emit()
        super().showPopup()

    def paintEvent(self, _event: Any) -> None:
        painter, option = QStylePainter(self), QStyleOptionComboBox()
        self.initStyleOption(option)
        option.currentText = self.shown_text()
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)


def narrow(box: QComboBox) -> None:
    """Keep long choices from making the dock wider than its window."""
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(_LETTERS)


def show_whole_choices(box: QComboBox) -> None:
    """Make the open list as wide as its longest choice; to be called when choices were added."""
    texts = [box.itemText(place) for place in range(box.count())]
    longest = max((box.fontMetrics().horizontalAdvance(text) for text in texts), default=0)
    box.view().setMinimumWidth(longest + _MARGIN)
