"""Opens a folder and steps through its images: reads beside the window, shows in it.

Between the state, the layers and files; knows no control.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qtpy.QtCore import QObject, Signal

from napari_leafseg.core.work import Check
from napari_leafseg.data.layouts import Entry
from napari_leafseg.widgets.image_reading import Opened, open_entry
from napari_leafseg.widgets.image_source import axes_of_layer
from napari_leafseg.widgets.jobs import LatestWins
from napari_leafseg.widgets.layers import labels_shape
from napari_leafseg.widgets.project_marks import Standing
from napari_leafseg.widgets.project_session import OpenedFolder, ProjectSession
from napari_leafseg.widgets.shelf import Kept, Packed
from napari_leafseg.widgets.state import State

Request = tuple[Entry, Path | None, Kept | Packed | None, ProjectSession]


class Stepping(QObject):
    """The folder of one viewer and where in it the person is.

    Signals
    -------
    opened
        An `ImageFolder` was listed, and its project opened.
    going
        Row of the image that is being read.
    shown
        An image was shown (`Opened`).
    failed
        The error of a folder or an image that cannot be opened.
    """

    opened = Signal(object)
    going = Signal(int)
    shown = Signal(object)
    failed = Signal(object)

    def __init__(self, state: State, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._row = -1
        self._read: int | None = None
        self._listing: LatestWins[Path] = LatestWins(state.jobs, self._listed, self)
        self._reading: LatestWins[Request] = LatestWins(state.jobs, _opened, self)
        self._listing.returned.connect(self._on_listed)
        self._reading.returned.connect(self._on_read)
        self._listing.errored.connect(self.failed)
        self._reading.errored.connect(self._on_unreadable)

    @property
    def row(self) -> int:
        """Row of the current image; -1 if there is none."""
        return self._row

    @property
    def busy(self) -> bool:
        """Whether something is being read."""
        return self._listing.busy or self._reading.busy

    def open(self, path: Path) -> None:
        """List a folder and show its first image."""
        self._listing.submit(path)

    def step(self, by: int) -> None:
        """Go some images on or back; at an end, stay."""
        folder = self._state.folder
        if folder is not None and folder.entries:
            self.go(min(max(self._row + by, 0), len(folder.entries) - 1))

    def go(self, row: int) -> None:
        """Show the image of a row."""
        folder = self._state.folder
        if folder is None or row == self._row:
            return
        self._row = row
        entry = folder.entries[row]
        self.going.emit(row)
        self._submit(entry)

    def read_again(self) -> None:
        """Show the current image anew, as its files are now."""
        entry = self._state.entry
        if entry is None:
            return
        self._leave(keep=False)
        self._state.shelf.drop(entry.image)
        self._state.entry = None
        self._submit(entry)

    def _submit(self, entry: Entry) -> None:
        result, kept = self._state.results.get(entry.image), self._state.shelf.get(entry.image)
        self._reading.submit((entry, result, kept, self._state.project))

    def _leave(self, *, keep: bool = True) -> None:
        """Keep the labels of the image that is still shown; its layer gets other arrays right after."""
        entry, layers = self._state.entry, self._state.layers
        standing, touched = self._state.saving.leave()
        labels = layers.labels_of(layers.image)
        if not keep or entry is None or labels is None:
            return
        kept = Kept(labels.data, dict(labels.metadata), labels.features, standing or Standing())
        self._state.shelf.put(entry.image, kept, None if touched else self._read)

    def _listed(self, path: Path, _check: Check) -> OpenedFolder:
        return self._state.project.list_folder(path)

    def _on_listed(self, opened: OpenedFolder, _: Any) -> None:
        self._state.project.take(opened)
        self._state.folder, self._row = opened.folder, -1
        self.opened.emit(opened.folder)
        self.go(0)

    def _on_read(self, opened: Opened, _: Any) -> None:
        layers = self._state.layers
        if opened.entry is self._state.entry and layers.image is not None:
            # Stepped on and back before the other was read: the layers hold newer labels than the file.
            return
        self._leave()
        image = layers.show_image(opened.entry.name, opened.shown, {"path": str(opened.entry.image)})
        shape = labels_shape(image, axes_of_layer(image))
        if opened.labels is None:
            labels = layers.show_blank(image, shape)
        else:
            labels = layers.show_labels(image, opened.labels, opened.metadata, opened.features)
        layers.fit_view(shape)
        self._read = opened.read
        self._state.entry = opened.entry
        self._state.saving.open(opened.entry.image, labels, opened.standing)
        self._state.project.let_go(self._state.jobs)
        self.shown.emit(opened)

    def _on_unreadable(self, error: Exception) -> None:
        folder = self._state.folder
        if folder is not None and 0 <= self._row < len(folder.entries):
            self._state.statuses[folder.entries[self._row].image] = "unreadable"
        self.failed.emit(error)


def _opened(request: Request, _check: Check) -> Opened:
    return open_entry(*request)
