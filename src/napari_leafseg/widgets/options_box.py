"""Edits what running the network depends on, apart from the live parameters.

Knows `EncodeOptions` only (the device has a picker of its own).
"""

from __future__ import annotations

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QDoubleSpinBox, QFormLayout, QGroupBox, QHBoxLayout, QLabel, QPushButton, QWidget

from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.core.weights import Card
from napari_leafseg.widgets.number_slider import ignore_wheel

TILES: dict[str, str | int] = {
    "Automatic": "auto", "Never": "off", "512 px": 512, "1024 px": 1024, "2048 px": 2048,
}  # fmt: skip
PRECISIONS = {"Automatic": "auto", "Full (fp32)": "fp32", "Half (bf16)": "bf16"}
FOUND = "found by itself"
AS_IT_IS = "as it is"


class OptionsBox(QGroupBox):
    """Object size, tiles and precision.

    Signals
    -------
    valueChanged
        The options.
    measure_requested
        The object size is to be measured from the current labels.
    """

    valueChanged = Signal(object)
    measure_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Network (a change runs it again)", parent)
        self._value = EncodeOptions()
        self._size, self._measure = QDoubleSpinBox(), QPushButton("Measure")
        self._tiles, self._precision, self._hint = QComboBox(), QComboBox(), QLabel()
        self._set_up()
        self._lay_out()
        self._size.valueChanged.connect(self._on_edited)
        self._tiles.activated.connect(self._on_edited)
        self._precision.activated.connect(self._on_edited)
        self._measure.clicked.connect(self.measure_requested)

    def _set_up(self) -> None:
        self._size.setRange(0, 10_000)
        self._size.setDecimals(1)
        self._size.setSuffix(" px")
        self._size.setSpecialValueText(AS_IT_IS)
        self._size.setKeyboardTracking(False)
        self._size.setAccessibleName("Object size")
        self._size.setToolTip("Typical diameter of an object in this image, if you wish to say it. The image is\n"
                              "resized so that objects get the size the weights know.")  # fmt: skip
        self._measure.setToolTip("Measure the object size from the labels of the current image.")
        self._tiles.setToolTip("Large images go through the network in tiles, whose objects are then merged.")
        self._precision.setToolTip("Half precision is faster on a GPU and slower on most CPUs.")
        for combo, names in ((self._tiles, TILES), (self._precision, PRECISIONS)):
            for title, value in names.items():
                combo.addItem(title, value)
        for widget in (self._size, self._tiles, self._precision):
            ignore_wheel(widget)

    def _lay_out(self) -> None:
        hint = QHBoxLayout()
        hint.addWidget(self._hint, 1)
        hint.addWidget(self._measure)
        layout = QFormLayout(self)
        layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        layout.addRow("Object size", self._size)
        layout.addRow("", hint)
        layout.addRow("Tiles", self._tiles)
        layout.addRow("Precision", self._precision)

    def value(self) -> EncodeOptions:
        """Return the options, with the device they were set with."""
        return self._value

    def setValue(self, value: EncodeOptions) -> None:
        """Show options; ``valueChanged`` follows if they are others."""
        if value == self._value:
            return
        self._value = value
        blocked = self._size.blockSignals(True)
        self._size.setValue(value.object_size or 0)
        self._size.blockSignals(blocked)
        for combo, shown in ((self._tiles, value.tile), (self._precision, value.precision)):
            if combo.findData(shown) < 0:
                combo.addItem(f"{shown} px", shown)
            combo.setCurrentIndex(combo.findData(shown))
        self.valueChanged.emit(value)

    def setKnownSizes(self, card: Card | None) -> None:
        """Say which object sizes the weights know, and whether they find the image's own."""
        found = card is not None and card.object_sizes is not None
        self._size.setSpecialValueText(FOUND if found else AS_IT_IS)
        self._hint.setText("")
        self._hint.setToolTip("")
        if card and card.object_sizes:
            low, high = card.object_sizes
            self._hint.setText(f"weights: {low:g} to {high:g} px")
            self._hint.setToolTip(
                f"The weights know objects of {low:g} to {high:g} px across. A coarse look at the image finds how\n"
                "large its objects are, and the image is resized to suit; a size given here is taken instead."
            )
        elif card and card.object_size:
            self._hint.setText(f"weights: {card.object_size:g} px")
            self._hint.setToolTip(f"The weights know objects of about {card.object_size:g} px across.")

    def _on_edited(self) -> None:
        size = self._size.value()
        self.setValue(
            self._value.replace(
                object_size=max(1.0, size) if size else None,
                tile=self._tiles.currentData(),
                precision=self._precision.currentData(),
            )
        )
