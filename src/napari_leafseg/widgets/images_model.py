"""The images of a folder as a Qt model: name with size, and status, with thumbnails that come when seen.

Holds what it is given; opens no file and knows no viewer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qtpy.QtCore import QAbstractTableModel, QModelIndex, QSize, Qt
from qtpy.QtGui import QIcon, QImage, QPixmap

from napari_leafseg.data.layouts import Entry

COLUMNS = ("Image", "Status")
NAME, STATUS = range(2)
NAME_ROLE = Qt.ItemDataRole.UserRole
"""Asks for the name alone, without the size below it."""
THUMBNAIL = 48
"""Longest side of a thumbnail on the screen, in pixels."""

_NOWHERE = QModelIndex()


@dataclass(frozen=True)
class Details:
    """What was read of an image for its row.

    Attributes
    ----------
    row
        Which.
    size
        In words; empty if it cannot be read.
    thumbnail
        ``None`` if there is none.
    problem
        One sentence, if the image cannot be read.
    """

    row: int
    size: str = ""
    thumbnail: QImage | None = None
    problem: str = ""


class ImagesModel(QAbstractTableModel):
    """One row per image."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._entries: Sequence[Entry] = ()
        self._rows: dict[Path, int] = {}
        self._details: dict[int, Details] = {}
        self._icons: dict[int, QIcon] = {}
        self._statuses: dict[int, str] = {}

    def setEntries(self, entries: Sequence[Entry]) -> None:
        """Show other images."""
        self.beginResetModel()
        self._entries = entries
        self._rows = {entry.image: row for row, entry in enumerate(entries)}
        self._details, self._icons, self._statuses = {}, {}, {}
        self.endResetModel()

    def entry(self, row: int) -> Entry:
        """The image of a row."""
        return self._entries[row]

    def row(self, image: Path) -> int | None:
        """The row of an image file."""
        return self._rows.get(image)

    def missing(self, rows: Iterable[int]) -> list[int]:
        """Those rows of which nothing was read yet."""
        return [row for row in rows if 0 <= row < len(self._entries) and row not in self._details]

    def setDetails(self, details: Details) -> None:
        """Show what was read of an image."""
        self._details[details.row] = details
        if details.thumbnail is not None:
            # Pixmaps belong to the main thread; the thread that read it hands over an image.
            self._icons[details.row] = QIcon(QPixmap.fromImage(details.thumbnail))
        self._changed(details.row)

    def setStatus(self, image: Path, status: str) -> None:
        """Show what became of an image; of one that is not here, nothing."""
        row = self.row(image)
        if row is not None:
            self._statuses[row] = status
            self._changed(row)

    def status(self, row: int) -> str:
        """What became of an image, in words."""
        details = self._details.get(row)
        if row in self._statuses:
            return self._statuses[row]
        if details is not None and details.problem:
            return "unreadable"
        return "labelled" if self._entries[row].labels is not None else "new"

    def _changed(self, row: int) -> None:
        self.dataChanged.emit(self.index(row, 0), self.index(row, len(COLUMNS) - 1))

    # --- what Qt asks ---------------------------------------------------------------

    def rowCount(self, parent: QModelIndex = _NOWHERE) -> int:
        """Count the images."""
        return 0 if parent.isValid() else len(self._entries)

    def columnCount(self, parent: QModelIndex = _NOWHERE) -> int:
        """Count the columns."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Any, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Name the columns."""
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return COLUMNS[section]
        return None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Answer for one cell."""
        row, column = index.row(), index.column()
        match Qt.ItemDataRole(role):
            case Qt.ItemDataRole.DisplayRole:
                return self._text(row, column)
            case Qt.ItemDataRole.DecorationRole if column == NAME:
                return self._icons.get(row)
            case Qt.ItemDataRole.UserRole:
                return self._entries[row].name
            case Qt.ItemDataRole.ToolTipRole:
                return self._tip(row)
            case Qt.ItemDataRole.SizeHintRole:
                return QSize(0, THUMBNAIL + 4)
        return None

    def _text(self, row: int, column: int) -> str:
        if column == STATUS:
            return self.status(row)
        details = self._details.get(row)
        return f"{self._entries[row].name}\n{details.size if details else '…'}"

    def _tip(self, row: int) -> str:
        details = self._details.get(row)
        problem = f"\n{details.problem}" if details and details.problem else ""
        return f"{self._entries[row].image}\n{self.status(row)}{problem}"
