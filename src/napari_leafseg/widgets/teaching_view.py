"""What a fine-tuning learns from: the corrected images, which side each is on, and doubts in words.

Emits intents; knows no project and no file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from qtpy.QtCore import QAbstractTableModel, QModelIndex, Qt, Signal
from qtpy.QtWidgets import QAbstractItemView, QGroupBox, QHeaderView, QLabel, QTreeView, QVBoxLayout, QWidget

from napari_leafseg.widgets.message_line import in_warning_colour

NAME, TAUGHT, SIDE = range(3)
HEADERS = "Image", "Objects", "Is for"
LEARNS, CHECKS = "⇄ learning", "⇄ checking"
NOTHING = (
    "Nothing to learn from yet: correct an image in the Correct dock and mark it as corrected, "
    "or confirm some of its objects."
)
NO_FOLDER = "Open a folder of images in the Images dock first."
HEIGHT = 132


@dataclass(frozen=True)
class TeachingImage:
    """One image that teaches something.

    Attributes
    ----------
    key
        By which it is moved.
    name
        For the list.
    objects
        How many objects of it are learned; ``None`` where they were not counted.
    whole
        Whether all of the image is right; else only the objects that were checked.
    checks
        Whether it is kept aside to check on, and not learned from.
    """

    key: str
    name: str
    objects: int | None
    whole: bool = True
    checks: bool = False


class TeachingModel(QAbstractTableModel):
    """The images as rows; quick for any number."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.images: tuple[TeachingImage, ...] = ()

    def setImages(self, images: Sequence[TeachingImage]) -> None:
        """Show other images."""
        self.beginResetModel()
        self.images = tuple(images)
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.images)

    def columnCount(self, _parent: QModelIndex | None = None) -> int:
        return len(HEADERS)

    def headerData(self, section: int, orientation: Any, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        shown = orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole
        return HEADERS[section] if shown else None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        image = self.images[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return (image.name, _taught(image), CHECKS if image.checks else LEARNS)[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{image.key}\nClick on “{HEADERS[SIDE]}” to move it to the other side."
        return None


class TeachingView(QGroupBox):
    """The images and what is to be said of them.

    Signals
    -------
    move_requested
        Key of an image, and whether it is to be checked on from now on.
    """

    move_requested = Signal(str, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Learns from", parent)
        self.model = TeachingModel(self)
        self.list, self._sentence, self._doubts = QTreeView(), QLabel(), QLabel()
        layout = QVBoxLayout(self)
        for widget in (self._sentence, self.list, self._doubts):
            layout.addWidget(widget)
        for label in (self._sentence, self._doubts):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.RichText)
        self._set_up_list()
        self.setImages((), folder=False)
        self.setDoubts(())

    def _set_up_list(self) -> None:
        self.list.setModel(self.model)
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setFixedHeight(HEIGHT)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setAccessibleName("Images that are learned from")
        header = self.list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        for column, width in ((TAUGHT, 78), (SIDE, 84)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
            header.resizeSection(column, width)
        self.list.clicked.connect(self._on_clicked)

    def setImages(self, images: Sequence[TeachingImage], *, folder: bool = True) -> None:
        """Show what is learned from; ``folder`` says whether one is open at all."""
        self.model.setImages(images)
        self.list.setVisible(bool(images))
        self._sentence.setText(escape(_summed(images) if images else NOTHING if folder else NO_FOLDER))

    def setDoubts(self, sentences: Sequence[str]) -> None:
        """Say what will probably not work."""
        self._doubts.setText(in_warning_colour(sentences))
        self._doubts.setVisible(bool(sentences))

    def text(self) -> str:
        """All sentences that are shown."""
        return f"{self._sentence.text()} {self._doubts.text()}"

    def _on_clicked(self, index: QModelIndex) -> None:
        if index.column() == SIDE:
            image = self.model.images[index.row()]
            self.move_requested.emit(image.key, not image.checks)


def _taught(image: TeachingImage) -> str:
    if image.objects is None:
        return "given"
    return str(image.objects) if image.whole else f"{image.objects} checked"


def _summed(images: Sequence[TeachingImage]) -> str:
    learned = [image for image in images if not image.checks]
    objects, checks = [image.objects for image in learned], len(images) - len(learned)
    known = "" if None in objects else f" with {counted(sum(filter(None, objects)), 'object')}"
    first = f"{counted(len(learned), 'image')}{known} to learn from"
    return f"{first}, {counted(checks, 'image')} to check on." if checks else f"{first}; none to check on."


def counted(number: int, thing: str) -> str:
    """Say how many, as in ``"1 image"`` and ``"3 images"``."""
    return f"{number} {thing}{'' if number == 1 else 's'}"
