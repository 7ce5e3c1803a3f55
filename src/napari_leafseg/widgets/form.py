"""The form of a method's live parameters, made from the parameter model alone.

One control per field, whatever the method; knows no method, no layer and no job.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from magicgui.widgets import create_widget
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QPushButton, QWidget
from superqt.utils import qdebounced, qthrottled

from napari_leafseg.core.params import Params, ParamSpec, specs
from napari_leafseg.widgets.choices import NarrowBox, show_whole_choices
from napari_leafseg.widgets.number_slider import NumberSlider

THROTTLE_MS = 25
"""While a slider moves, values are told at most this often; the last one always."""
SETTLE_MS = 200


@dataclass(frozen=True)
class Control:
    """One field's widget and how to speak to it."""

    widget: QWidget
    value: Callable[[], Any]
    set_value: Callable[[Any], None]
    changed: Any


class ParamsForm(QWidget):
    """Edits a `Params` value.

    Signals
    -------
    valueChanged
        The value, at most every `THROTTLE_MS`, and the last one always.
    settled
        The value, once it stayed the same for `SETTLE_MS`.
    """

    valueChanged = Signal(object)
    settled = Signal(object)

    def __init__(self, model: type[Params], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._defaults = model()
        self._setting = False
        self._controls = {spec.name: _control(spec) for spec in specs(model)}
        self._tell = qthrottled(self._emit_changed, timeout=THROTTLE_MS, parent=self)
        self._settle = qdebounced(self._emit_settled, timeout=SETTLE_MS, parent=self)
        self._lay_out()
        for control in self._controls.values():
            control.changed.connect(self._on_changed)

    def _lay_out(self) -> None:
        layout = QFormLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for spec in specs(self._model):
            widget = self._controls[spec.name].widget
            label = QLabel(spec.title)
            label.setToolTip(spec.help)
            widget.setToolTip(spec.help)
            widget.setAccessibleName(spec.title)
            layout.addRow(label, widget)
        reset = QPushButton("Reset to defaults")
        reset.setToolTip("Set every parameter to what suits the chosen weights.")
        reset.clicked.connect(self.reset)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(reset)
        layout.addRow(row)

    def value(self) -> Params:
        """Return what the controls show."""
        return self._model.parse({name: control.value() for name, control in self._controls.items()})

    def setValue(self, value: Params) -> None:
        """Show a value; ``valueChanged`` and ``settled`` follow if it is another."""
        if value == self.value():
            return
        self._setting = True
        for name, control in self._controls.items():
            control.set_value(_plain(getattr(value, name)))
        self._setting = False
        self._on_changed()

    def setDefaults(self, defaults: Params) -> None:
        """Say what the reset button goes back to."""
        self._defaults = defaults

    def reset(self) -> None:
        """Show the defaults."""
        self.setValue(self._defaults)

    def control(self, name: str) -> QWidget:
        """The widget of one parameter."""
        return self._controls[name].widget

    def _on_changed(self, *_: Any) -> None:
        if not self._setting:
            self._tell()
            self._settle()

    def _emit_changed(self) -> None:
        self.valueChanged.emit(self.value())

    def _emit_settled(self) -> None:
        self.settled.emit(self.value())


def _control(spec: ParamSpec) -> Control:
    if spec.type in (int, float) and spec.low is not None and spec.high is not None:
        slider = NumberSlider(spec.low, spec.high, step=spec.step, whole=spec.type is int, log=spec.log, unit=spec.unit)
        slider.setValue(spec.default)
        return Control(slider, slider.value, slider.setValue, slider.valueChanged)
    if spec.choices:
        return _choice(spec)
    magic: Any = create_widget(value=spec.default, annotation=spec.type)
    return Control(magic.native, lambda: magic.value, lambda value: setattr(magic, "value", value), magic.changed)


def _choice(spec: ParamSpec) -> Control:
    box = NarrowBox()
    box.addItems(list(spec.choices))
    box.setCurrentText(_plain(spec.default))
    show_whole_choices(box)
    return Control(box, box.currentText, box.setCurrentText, box.currentTextChanged)


def _plain(value: Any) -> Any:
    """Return the text of a choice, and everything else as it is."""
    return getattr(value, "value", value)
