"""The Images dock's controls: the list, a filter, the project's bar, and the buttons to step.

Emits intents and says which rows are in sight; opens no file and knows no viewer.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qtpy.QtCore import QModelIndex, QSize, QSortFilterProxyModel, Qt, Signal
from qtpy.QtGui import QKeyEvent
from qtpy.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QTreeView,
    QVBoxLayout,
    QWidget,
)
from superqt.utils import qthrottled

from napari_leafseg.widgets.drops import FolderDrops
from napari_leafseg.widgets.images_model import NAME, NAME_ROLE, RANK_ROLE, STATUS, THUMBNAIL, ImagesModel
from napari_leafseg.widgets.message_line import MessageLine
from napari_leafseg.widgets.project_bar import ProjectBar

HINT = (
    "<h3>Drop a folder of images here</h3><p>or on the viewer.<br>Labels that lie beside the images are shown too.</p>"
)


class ImageList(QTreeView):
    """The list; letters are the viewer's keys, not a search by name (there is a filter for that)."""

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Leave letters to the viewer."""
        if event is not None and event.text().isalpha():
            event.ignore()
        else:
            super().keyPressEvent(event)


class ImagesView(QWidget):
    """All controls of the dock.

    Signals
    -------
    folder_requested
        A folder is to be opened.
    row_requested
        The image of a row is to be shown.
    step_requested
        Some images on (1) or back (-1).
    rows_seen
        Rows that came into sight.
    """

    folder_requested = Signal(object)
    row_requested = Signal(int)
    step_requested = Signal(int)
    rows_seen = Signal(list)

    def __init__(self, model: ImagesModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._proxy = QSortFilterProxyModel(self)
        self._proxy.setSourceModel(model)
        self._proxy.setFilterRole(NAME_ROLE)
        self._proxy.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._proxy.setSortRole(RANK_ROLE)
        self.bar = ProjectBar()
        self.list, self.filter, self.message = ImageList(), QLineEdit(), MessageLine()
        self._open, self._count = QPushButton("Open folder…"), QLabel()
        self._previous, self._next = QPushButton("◀ Previous"), QPushButton("Next ▶")
        self._pages = QStackedWidget()
        self._lay_out()
        self._set_up_list()
        self._tell_seen = qthrottled(self._emit_seen, timeout=100, parent=self)
        self._connect()
        FolderDrops(self).folder_dropped.connect(self.folder_requested)

    def _lay_out(self) -> None:
        hint = QLabel(HINT)
        hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        hint.setWordWrap(True)
        self._pages.addWidget(hint)
        self._pages.addWidget(self.list)
        self.filter.setPlaceholderText("Filter by name")
        self.filter.setClearButtonEnabled(True)
        self._previous.setToolTip("Show the previous image (Shift+N).")
        self._next.setToolTip("Show the next image (N).")
        top, steps = QHBoxLayout(), QHBoxLayout()
        top.addWidget(self._open)
        top.addWidget(self.filter, 1)
        steps.addWidget(self._previous)
        steps.addWidget(self._count, 1, Qt.AlignmentFlag.AlignCenter)
        steps.addWidget(self._next)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addLayout(top)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self.message)
        layout.addWidget(self.bar)
        layout.addLayout(steps)
        self.setMinimumWidth(320)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.setFolderOpen(False)

    def _set_up_list(self) -> None:
        view = self.list
        view.setModel(self._proxy)
        view.setUniformRowHeights(True)
        view.setRootIsDecorated(False)
        view.setIconSize(QSize(THUMBNAIL, THUMBNAIL))
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = view.header()
        assert header is not None
        header.setStretchLastSection(False)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(STATUS, QHeaderView.ResizeMode.Interactive)
        header.resizeSection(STATUS, 136)

    def _connect(self) -> None:
        self._open.clicked.connect(self._on_open)
        self._previous.clicked.connect(lambda: self.step_requested.emit(-1))
        self._next.clicked.connect(lambda: self.step_requested.emit(1))
        self.filter.textChanged.connect(self._proxy.setFilterFixedString)
        selection, bar = self.list.selectionModel(), self.list.verticalScrollBar()
        assert selection is not None and bar is not None
        selection.currentRowChanged.connect(self._on_current_changed)
        bar.valueChanged.connect(self._tell_rows)
        self._proxy.layoutChanged.connect(self._tell_rows)
        self._proxy.modelReset.connect(self._tell_rows)
        self._proxy.rowsInserted.connect(self._tell_rows)

    def setFolderOpen(self, opened: bool) -> None:
        """Show the list, or the hint where no folder is open."""
        self._pages.setCurrentIndex(int(opened))
        for widget in (self.filter, self._previous, self._next):
            widget.setEnabled(opened)
        self.bar.setVisible(opened)

    def setRanked(self, ranked: bool) -> None:
        """Sort the list by the model's ranks, or show it as the folder has it."""
        # Qt takes -1 for its source's own order; comparing ten thousand rows takes a second.
        self._proxy.sort(NAME if ranked else -1)

    def setPlace(self, row: int, total: int) -> None:
        """Mark a row as the current one, telling nobody."""
        model = self._proxy.sourceModel()
        selection = self.list.selectionModel()
        assert model is not None and selection is not None
        place = self._proxy.mapFromSource(model.index(row, 0))
        whole = place.isValid() and self._proxy.rowCount() == total
        self._count.setText(f"{(place.row() if whole else row) + 1} of {total}" if total else "")
        blocked = selection.blockSignals(True)
        self.list.setCurrentIndex(place)
        selection.blockSignals(blocked)
        # With its signals blocked the selection does not repaint itself.
        port = self.list.viewport()
        if port is not None:
            port.update()
        self.list.scrollTo(place)

    def neighbour(self, row: int, by: int) -> int | None:
        """The row that is shown so many places after another (before, if negative); ``None`` if that one is hidden."""
        model = self._proxy.sourceModel()
        assert model is not None
        place = self._proxy.mapFromSource(model.index(row, 0))
        if not place.isValid():
            return None
        other = min(max(place.row() + by, 0), self._proxy.rowCount() - 1)
        return self._proxy.mapToSource(self._proxy.index(other, 0)).row()

    def resizeEvent(self, event: Any) -> None:
        """Rows come into sight."""
        super().resizeEvent(event)
        self._tell_seen()

    def showEvent(self, event: Any) -> None:
        """Rows come into sight."""
        super().showEvent(event)
        self._tell_seen()

    def _tell_rows(self, *_: Any) -> None:
        self._tell_seen()

    def _emit_seen(self) -> None:
        port = self.list.viewport()
        if port is None or self._proxy.rowCount() == 0:
            return
        first = self.list.indexAt(port.rect().topLeft()).row()
        last = self.list.indexAt(port.rect().bottomLeft()).row()
        last = self._proxy.rowCount() - 1 if last < 0 else last
        places = (self._proxy.index(row, 0) for row in range(max(first, 0), min(last, first + 100) + 1))
        self.rows_seen.emit([self._proxy.mapToSource(place).row() for place in places])

    def _on_current_changed(self, current: QModelIndex, _: QModelIndex) -> None:
        if current.isValid():
            self.row_requested.emit(self._proxy.mapToSource(current).row())

    def _on_open(self) -> None:
        name = QFileDialog.getExistingDirectory(self, "Folder of images")
        if name:
            self.folder_requested.emit(Path(name))
