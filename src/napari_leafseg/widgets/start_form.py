"""How a fine-tuning is called, how long it may take, and what else can be told to it.

Emits intents; knows no project, and of the options only their names.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from napari_leafseg.widgets.captions import caption
from napari_leafseg.widgets.device_picker import NAMES
from napari_leafseg.widgets.number_slider import ignore_wheel
from napari_leafseg.widgets.options_box import PRECISIONS
from napari_leafseg.widgets.section import Section

UNTIL_BEST, AT_MOST = "until it stops improving", 240.0
"""Minutes that the last choice may take at most."""
EVERY = 10
"""Epochs between its validations; a run of four hours would else validate too rarely to see that it stands still."""
BUDGETS: dict[str, dict[str, Any]] = {
    "2 minutes": {"minutes": 2.0},
    "10 minutes": {"minutes": 10.0},
    "30 minutes": {"minutes": 30.0},
    UNTIL_BEST: {"minutes": AT_MOST, "validate_every": EVERY},
}
USUAL_BUDGET = "10 minutes"
AUTOMATIC = "automatic"
AUGMENTATIONS: dict[str, dict[str, float]] = {
    AUTOMATIC: {},
    "little": {
        "scale_low": 0.85, "scale_high": 1.2, "shear": 0, "brightness": 0.1, "contrast": 0.1,
        "saturation": 0.1, "hue": 0.02, "blur": 0, "noise": 0.02,
    },
    "turning only": {
        "scale_low": 1, "scale_high": 1, "shear": 0, "brightness": 0, "contrast": 0,
        "saturation": 0, "hue": 0, "blur": 0, "noise": 0,
    },
}  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """What a person asked for.

    Attributes
    ----------
    name
        Of the run and of its weights.
    options
        Names and values of training options that are not as usual; the budget among them.
    device, processes
        Where, and in how many.
    """

    name: str
    options: dict[str, Any] = field(default_factory=dict)
    device: str = "auto"
    processes: int = 1


class StartForm(QWidget):
    """Name, budget, Start; the rest folds away.

    Signals
    -------
    start_requested
        A `Wanted`.
    changed
        Something else is asked for now.
    """

    start_requested = Signal(object)
    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.begins, self.name, self.budget = QLabel(), QLineEdit(), QComboBox()
        self.start, self.command, self._copy = QPushButton("Start"), QLineEdit(), QPushButton("Copy")
        self.epochs, self.batch, self.crop, self.processes = QSpinBox(), QSpinBox(), QSpinBox(), QSpinBox()
        self.rate, self.freeze = QDoubleSpinBox(), QCheckBox("Freeze the backbone")
        self.augmentation, self.precision, self.device = QComboBox(), QComboBox(), QComboBox()
        self.in_turn = QCheckBox("Leave each image out in turn, to check")
        self._set_up()
        self._set_up_numbers()
        self.advanced = Section("Advanced", self._advanced())
        self._lay_out()
        self._connect()

    # --- how it looks -------------------------------------------------------------------

    def _set_up(self) -> None:
        for combo, choices in (
            (self.budget, {title: title for title in BUDGETS}),
            (self.augmentation, {title: title for title in AUGMENTATIONS}),
            (self.precision, PRECISIONS),
            (self.device, {title: name for name, title in NAMES.items()}),
        ):
            for title, value in choices.items():
                combo.addItem(title, value)
        self.budget.setCurrentText(USUAL_BUDGET)
        self.budget.setToolTip("How long it may take; the best weights so far are always kept.")
        self.name.setToolTip("What the new weights are called, in the model menu and on the command line.")
        self.freeze.setToolTip("Learn only in the parts behind the backbone: forgets less, and changes less.")
        self.in_turn.setToolTip(
            "With so few images none is kept aside. Train once more without each of them, equally long,\n"
            "to see how well an image is met that was not learned from; the weights that are kept learn from all."
        )
        self.augmentation.setToolTip("How much images are turned, scaled and coloured anew each time they are seen.")
        self.begins.setWordWrap(True)
        self.command.setReadOnly(True)
        self.command.setToolTip("The command that does the same in a terminal or a script.")

    def _set_up_numbers(self) -> None:
        for spin, (low, high, step, special, told) in {
            self.epochs: (0, 100_000, 1, "by time", "Passes over the images, instead of a time."),
            self.batch: (0, 256, 1, AUTOMATIC, "Crops per step; fewer need less memory."),
            self.crop: (0, 2048, 32, AUTOMATIC, "Side of the crops, in pixels of the network."),
            self.processes: (1, 16, 1, "", "Number of processes; more than one only on machines with more devices."),
        }.items():
            spin.setRange(low, high)
            spin.setSingleStep(step)
            spin.setSpecialValueText(special)
            spin.setToolTip(told)
        self.rate.setRange(0, 1)
        self.rate.setDecimals(6)
        self.rate.setSingleStep(0.0001)
        self.rate.setSpecialValueText(AUTOMATIC)
        self.rate.setToolTip("How much each step changes the weights; low values forget less.")
        for widget in (self.budget, self.epochs, self.batch, self.crop, self.processes, self.rate, self.augmentation,
                       self.precision, self.device):  # fmt: skip
            ignore_wheel(widget)

    def _advanced(self) -> QWidget:
        content = QWidget()
        layout = QFormLayout(content)
        layout.setContentsMargins(12, 0, 0, 0)
        layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for title, widget in (
            ("Epochs", self.epochs), ("Learning rate", self.rate), ("Batch", self.batch), ("Crop", self.crop),
            ("Augmentation", self.augmentation), ("", self.freeze), ("Precision", self.precision),
            ("Device", self.device), ("Processes", self.processes),
        ):  # fmt: skip
            widget.setAccessibleName(title or self.freeze.text())
            layout.addRow(title, widget)
        row = QHBoxLayout()
        row.addWidget(self.command, 1)
        row.addWidget(self._copy)
        layout.addRow("Command", row)
        return content

    def _lay_out(self) -> None:
        layout, form = QVBoxLayout(self), QFormLayout()
        layout.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for title, widget in (("Begins with", self.begins), ("Name", self.name), ("Time", self.budget)):
            widget.setAccessibleName(title)
            form.addRow(caption(title), widget)
        layout.addLayout(form)
        layout.addWidget(self.in_turn)
        layout.addWidget(self.start)
        self.in_turn.hide()
        layout.addWidget(self.advanced)

    def _connect(self) -> None:
        self.start.clicked.connect(self._on_start)
        self.name.returnPressed.connect(self.start.click)
        self._copy.clicked.connect(self._on_copy)
        self.name.textChanged.connect(self.changed)
        for combo in (self.budget, self.augmentation, self.precision, self.device):
            combo.currentIndexChanged.connect(self._on_changed)
        for spin in (self.epochs, self.batch, self.crop, self.processes, self.rate):
            spin.valueChanged.connect(self._on_changed)
        for check in (self.freeze, self.in_turn):
            check.toggled.connect(self._on_changed)

    # --- what it says -------------------------------------------------------------------

    def value(self) -> Wanted:
        """What is asked for now."""
        options: dict[str, Any] = dict(BUDGETS[self.budget.currentText()])
        if self.epochs.value():
            options.pop("minutes")
            options["epochs"] = self.epochs.value()
        spins = {"learning_rate": self.rate, "batch": self.batch, "crop": self.crop}
        options |= {name: spin.value() for name, spin in spins.items() if spin.value()}
        options |= AUGMENTATIONS[self.augmentation.currentText()]
        if self.freeze.isChecked():
            options["freeze_backbone"] = True
        if self.in_turn.isChecked() and not self.in_turn.isHidden():
            options["leave_one_out"] = True
        if self.precision.currentData() != "auto":
            options["precision"] = self.precision.currentData()
        return Wanted(self.name.text().strip(), options, str(self.device.currentData()), self.processes.value())

    def setName(self, name: str) -> None:
        """Propose a name."""
        self.name.setText(name)

    def setNoneChecks(self, none: bool) -> None:
        """Say that no image is kept aside, and so offer another way to check."""
        self.in_turn.setVisible(none)

    def setBatch(self, batch: int) -> None:
        """Propose a batch."""
        self.batch.setValue(batch)

    def setDevice(self, name: str) -> None:
        """Choose a device."""
        self.device.setCurrentIndex(max(0, self.device.findData(name)))

    def setBegins(self, words: str) -> None:
        """Say which weights the training begins with."""
        self.begins.setText(words)

    def setCommand(self, command: str) -> None:
        """Show the command that does the same."""
        self.command.setText(command)
        self.command.setCursorPosition(0)

    def setReady(self, ready: bool, why_not: str = "") -> None:
        """Say whether a training can start, and if not, why."""
        self.start.setEnabled(ready)
        self.start.setToolTip(why_not or "Learn from the images above, beside the window; go on correcting meanwhile.")

    def _on_changed(self, *_: Any) -> None:
        self.changed.emit()

    def _on_start(self) -> None:
        self.start_requested.emit(self.value())

    def _on_copy(self) -> None:
        QApplication.clipboard().setText(self.command.text())
