"""Chooses the device, and always says in words which one that is.

Knows names and words only; who asks the machine hands in what it found.
"""

from __future__ import annotations

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QLabel, QWidget

from napari_leafseg.widgets.message_line import WARNING

NAMES = {"auto": "Automatic", "cuda": "NVIDIA GPU", "mps": "Apple GPU", "cpu": "CPU"}


class DevicePicker(QWidget):
    """The device.

    Signals
    -------
    device_chosen
        Its name, as `core.device` takes it.
    """

    device_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choice, self._words = QComboBox(), QLabel()
        self._choice.setAccessibleName("Device")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._choice)
        layout.addWidget(self._words, 1)
        for name, title in NAMES.items():
            self._choice.addItem(title, name)
        self._choice.activated.connect(self._on_activated)
        self.setWords("…")

    def value(self) -> str:
        """Name of the chosen device."""
        return str(self._choice.currentData())

    def setValue(self, name: str) -> None:
        """Choose a device without telling anybody."""
        self._choice.setCurrentIndex(max(0, self._choice.findData(name)))

    def setAvailable(self, names: tuple[str, ...]) -> None:
        """Offer only the devices that are there, and what is chosen now."""
        for name in list(NAMES):
            index = self._choice.findData(name)
            if name not in (*names, "auto", self.value()) and index >= 0:
                self._choice.removeItem(index)

    def setWords(self, words: str) -> None:
        """Say which device that is; a CPU in a warning colour, because it is slow."""
        slow = words == "CPU"
        self._words.setText(f"<b style='color:{WARNING}'>CPU</b>" if slow else f"<b>{words}</b>")
        self._words.setToolTip("No GPU is used: large images take a while." if slow else words)

    def words(self) -> str:
        """What is shown, with its colour."""
        return self._words.text()

    def _on_activated(self) -> None:
        self.device_chosen.emit(self.value())
