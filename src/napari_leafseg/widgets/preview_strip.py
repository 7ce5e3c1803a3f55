"""One picture per validation of a training, the newest shown, earlier ones on a slider.

Knows pictures and words; who has them drawn hands them in.
"""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QImage, QPixmap
from qtpy.QtWidgets import QLabel, QSlider, QVBoxLayout, QWidget

SIDE = 256
"""Pixels on the screen."""


class PreviewStrip(QWidget):
    """A picture that gets better.

    Signals
    -------
    place_wanted
        Place, in the list given, of the picture that is to be shown.
    """

    place_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture, self.words, self.slider = QLabel(), QLabel(), QSlider(Qt.Orientation.Horizontal)
        self._titles: tuple[str, ...] = ()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for widget in (self.words, self.picture, self.slider):
            layout.addWidget(widget)
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.slider.setAccessibleName("Which epoch's objects are shown")
        self.slider.setToolTip("Go back through the epochs and see what the training changed.")
        self.slider.valueChanged.connect(self._on_moved)
        self.setTitles(())

    def setTitles(self, titles: Sequence[str]) -> None:
        """Say of how many pictures there are, what each shows; the newest is wanted unless a person went back."""
        followed = self.slider.value() >= len(self._titles) - 1
        grown = len(titles) > len(self._titles)
        if len(titles) < len(self._titles):
            followed = grown = True
            self.picture.clear()
        self._titles = tuple(titles)
        self.setVisible(bool(titles))
        blocked = self.slider.blockSignals(True)
        self.slider.setRange(0, max(0, len(titles) - 1))
        if followed:
            self.slider.setValue(len(titles) - 1)
        self.slider.blockSignals(blocked)
        self.slider.setVisible(len(titles) > 1)
        if titles and followed and grown:
            self._on_moved()

    def setPicture(self, image: QImage) -> None:
        """Show a picture."""
        whole = Qt.AspectRatioMode.KeepAspectRatio
        self.picture.setPixmap(QPixmap.fromImage(image).scaled(SIDE, SIDE, whole))

    def _on_moved(self, *_: int) -> None:
        place = self.slider.value()
        if 0 <= place < len(self._titles):
            self.words.setText(self._titles[place])
            self.place_wanted.emit(place)
