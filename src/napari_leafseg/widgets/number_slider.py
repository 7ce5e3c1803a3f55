"""A slider with a box for typing, for one number with bounds, a unit, and a linear or logarithmic scale.

Knows numbers only.
"""

from __future__ import annotations

import math

from qtpy.QtCore import QEvent, QObject, Qt, Signal
from qtpy.QtWidgets import QDoubleSpinBox, QHBoxLayout, QSlider, QWidget

from napari_leafseg.core.spacing import Spacing

POSITIONS = 1000
"""Most positions of a slider; finer values are typed."""


class NumberSlider(QWidget):
    """Edits a number between two bounds.

    Values that were set or typed are kept exactly, even between the slider's positions.

    Parameters
    ----------
    low, high
        Bounds, both included.
    step
        Smallest change by slider or arrow; chosen by the span if not given.
    whole
        Whether only whole numbers are allowed.
    log
        Whether the slider is logarithmic.
    unit
        Shown behind the number.
    """

    valueChanged = Signal(object)

    def __init__(
        self,
        low: float,
        high: float,
        *,
        step: float | None = None,
        whole: bool = False,
        log: bool = False,
        unit: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._spacing = Spacing.chosen(low, high, step=step, whole=whole, log=log)
        self._value: float = low
        steps = max(1, round((high - low) / self._spacing.step))
        self._positions = min(POSITIONS, max(steps, 200) if log else steps)
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setRange(0, self._positions)
        self._slider.setMinimumWidth(60)
        self._box = self._made_box(unit)
        self._lay_out()
        self._slider.valueChanged.connect(self._on_moved)
        self._box.valueChanged.connect(self._on_typed)

    def _made_box(self, unit: str) -> QDoubleSpinBox:
        box = QDoubleSpinBox()
        box.setDecimals(0 if self._spacing.whole else _decimals(self._spacing.step))
        box.setRange(self._spacing.low, self._spacing.high)
        box.setSingleStep(self._spacing.step)
        box.setKeyboardTracking(False)
        box.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)  # the room is the slider's; arrow keys still step
        box.setSuffix(f" {unit}" if unit else "")
        box.setStyleSheet("QDoubleSpinBox { min-width: 48px; max-width: 62px; }")  # napari's own is wider
        if self._spacing.log:
            box.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)
        return box

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._slider, 1)
        layout.addWidget(self._box)
        self.setFocusProxy(self._slider)
        for widget in (self._slider, self._box):
            ignore_wheel(widget)

    def value(self) -> float | int:
        """Return the number, whole if only whole numbers are allowed."""
        return round(self._value) if self._spacing.whole else self._value

    def setValue(self, value: float) -> None:
        """Show a number, brought within the bounds."""
        value = min(max(value, self._spacing.low), self._spacing.high)
        if value == self._value:
            self._show(value)
            return
        self._value = value
        self._show(value)
        self.valueChanged.emit(self.value())

    @property
    def slider(self) -> QSlider:
        """The slider that is dragged."""
        return self._slider

    def _show(self, value: float) -> None:
        for widget, shown in ((self._slider, self._position(value)), (self._box, value)):
            blocked = widget.blockSignals(True)
            widget.setValue(shown)
            widget.blockSignals(blocked)

    def _on_moved(self, position: int) -> None:
        self.setValue(self._at(position))

    def _on_typed(self, value: float) -> None:
        self.setValue(value)

    def _position(self, value: float) -> int:
        return round(self._spacing.share(value) * self._positions)

    def _at(self, position: int) -> float:
        return self._spacing.at(position / self._positions)


def _decimals(step: float) -> int:
    return max(0, min(6, -math.floor(math.log10(step) + 1e-9)))


class _IgnoreWheel(QObject):
    """Leaves the wheel to the scroll area unless the control has the focus."""

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        wheel = event is not None and event.type() == QEvent.Type.Wheel
        if event is None or not wheel or not isinstance(watched, QWidget) or watched.hasFocus():
            return False
        event.ignore()
        return True


def ignore_wheel(widget: QWidget) -> None:
    """Let scrolling over a control scroll the dock instead of changing a value by accident."""
    widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    widget.installEventFilter(_IgnoreWheel(widget))
