"""The images of a folder as a Qt model: name with size, and status, with thumbnails that come when seen.

Its rows have a rank, by which a view may sort them: most doubtful labels first, or as the folder has them.

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
from napari_leafseg.widgets.status_icons import status_icon

COLUMNS = ("Image", "Status")
NAME, STATUS = range(2)
NAME_ROLE = Qt.ItemDataRole.UserRole
"""Asks for the name alone, without the size below it."""
RANK_ROLE = Qt.ItemDataRole.UserRole + 1
"""Asks for the place in the order of `ImagesModel.setRanks`."""
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


@dataclass(frozen=True)
class Progress:
    """How far an image is, by its project.

    Attributes
    ----------
    status
        ``"new"``, ``"predicted"``, ``"in work"`` or ``"corrected"``.
    objects, checked
        How many it has, and how many of them were found right.
    """

    status: str
    objects: int = 0
    checked: int = 0

    @property
    def counts(self) -> str:
        """Both numbers, in few words."""
        if self.checked:
            return f"{self.checked}/{self.objects} checked"
        return f"{self.objects} object{'' if self.objects == 1 else 's'}"


class ImagesModel(QAbstractTableModel):
    """One row per image."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._entries: Sequence[Entry] = ()
        self._rows: dict[Path, int] = {}
        self._details: dict[int, Details] = {}
        self._icons: dict[int, QIcon] = {}
        self._statuses: dict[int, str] = {}
        self._progress: dict[int, Progress] = {}
        self._doubts: dict[int, tuple[float, str]] = {}
        self._ranks: Sequence[int] = ()

    def setEntries(self, entries: Sequence[Entry]) -> None:
        """Show other images."""
        self.beginResetModel()
        self._entries = entries
        self._rows = {entry.image: row for row, entry in enumerate(entries)}
        self._details, self._icons, self._statuses = {}, {}, {}
        self._progress, self._doubts, self._ranks = {}, {}, ()
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

    def setProgress(self, image: Path, progress: Progress) -> None:
        """Show how far an image is; this counts more than what else became of it."""
        row = self.row(image)
        if row is not None:
            self._progress[row] = progress
            self._changed(row)

    def setDoubt(self, image: Path, value: float, sentence: str) -> None:
        """Show how doubtful an image's labels are, 0 to 1, and why."""
        row = self.row(image)
        if row is not None:
            self._doubts[row] = (value, sentence)
            self._changed(row)

    def doubt(self, row: int) -> float | None:
        """How doubtful an image's labels are; ``None`` if nobody judged them."""
        return self._doubts[row][0] if row in self._doubts else None

    def setRanks(self, ranks: Sequence[int]) -> None:
        """Give each row its place in the order; empty for the folder's own."""
        self._ranks = ranks

    def status(self, row: int) -> str:
        """What became of an image, in words."""
        details, progress = self._details.get(row), self._progress.get(row)
        if progress is not None and progress.status != "new":
            return progress.status
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
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(row, column)
            case Qt.ItemDataRole.DecorationRole:
                return self._icons.get(row) if column == NAME else status_icon(self.status(row))
            case Qt.ItemDataRole.ToolTipRole:
                return self._tip(row)
            case Qt.ItemDataRole.SizeHintRole:
                return QSize(0, THUMBNAIL + 4)
        return self._value(row, role)

    def _value(self, row: int, role: int) -> Any:
        """Answer a view's own questions."""
        if role == RANK_ROLE:
            return self._ranks[row] if self._ranks else row
        return self._entries[row].name if role == NAME_ROLE else None

    def _text(self, row: int, column: int) -> str:
        if column == STATUS:
            return self._status_text(row)
        details = self._details.get(row)
        return f"{self._entries[row].name}\n{details.size if details else '…'}"

    def _status_text(self, row: int) -> str:
        status, progress = self.status(row), self._progress.get(row)
        if row in self._doubts and status != "corrected":
            return f"{status}\ndoubt {self._doubts[row][0]:.0%}"
        return f"{status}\n{progress.counts}" if progress and progress.status == status != "new" else status

    def _tip(self, row: int) -> str:
        details, progress = self._details.get(row), self._progress.get(row)
        counts = f", {progress.objects} objects" if progress and progress.status != "new" else ""
        counts += f", {progress.checked} of them checked" if counts and progress and progress.checked else ""
        lines = [str(self._entries[row].image), f"{self.status(row)}{counts}"]
        if row in self._doubts:
            lines.append(self._doubts[row][1])
        if details and details.problem:
            lines.append(details.problem)
        return "\n".join(lines)
