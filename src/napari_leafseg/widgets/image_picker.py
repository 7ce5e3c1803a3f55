"""Chooses the image layer, and what an ambiguous axis of it is.

Knows names only; the dock says which layers there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QFormLayout, QWidget

from napari_leafseg.widgets.captions import caption
from napari_leafseg.widgets.shown import Reading

READINGS: dict[str, Reading] = {"slices (time or depth)": "stack", "colours of one image": "colour"}


class ImagePicker(QWidget):
    """An image, and how its pages are meant.

    Signals
    -------
    image_chosen
        Another image is chosen, or another meaning of its pages.
    """

    image_chosen = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items: list[Any] = []
        self._image, self._reading = QComboBox(), QComboBox()
        self._question = caption("Pages are")
        self._image.setAccessibleName("Image")
        self._image.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._image.setMinimumContentsLength(8)
        self._reading.setToolTip("This image has three or four pages: they may be slices, or the colours of one image.")
        for title, reading in READINGS.items():
            self._reading.addItem(title, reading)
        layout = QFormLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        layout.addRow(caption("Image"), self._image)
        layout.addRow(self._question, self._reading)
        self.setAmbiguous(False)
        self._image.currentIndexChanged.connect(self.image_chosen)
        self._reading.activated.connect(self.image_chosen)

    def setImages(self, items: Sequence[tuple[str, Any]]) -> None:
        """Offer images by name, keeping the choice if it is still there."""
        before = self.image()
        blocked = self._image.blockSignals(True)
        self._items = [item for _, item in items]
        self._image.clear()
        for name, _ in items:
            self._image.addItem(name)
        places = [place for place, item in enumerate(self._items) if item is before]
        self._image.setCurrentIndex(places[0] if places else min(0, len(self._items) - 1))
        self._image.blockSignals(blocked)
        if self.image() is not before:
            self.image_chosen.emit()

    def image(self) -> Any:
        """The chosen image, or ``None``."""
        place = self._image.currentIndex()
        return self._items[place] if 0 <= place < len(self._items) else None

    def setImage(self, item: Any) -> None:
        """Choose an image."""
        for place, known in enumerate(self._items):
            if known is item:
                self._image.setCurrentIndex(place)

    def reading(self) -> Reading:
        """What the pages of an ambiguous image are."""
        return self._reading.currentData()

    def setReading(self, reading: Reading) -> None:
        """Say what the pages are."""
        self._reading.setCurrentIndex(self._reading.findData(reading))
        self.image_chosen.emit()

    def setAmbiguous(self, ambiguous: bool) -> None:
        """Ask what the pages are, or do not."""
        self._question.setVisible(ambiguous)
        self._reading.setVisible(ambiguous)
