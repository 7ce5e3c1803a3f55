"""The Images dock: connects the list of a folder's images with the stepping through them.

What each part does is in its own file; here they only meet.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from napari import Viewer
from napari.utils.notifications import show_error
from qtpy.QtWidgets import QMainWindow, QVBoxLayout, QWidget

from napari_leafseg.core.errors import ImageError
from napari_leafseg.core.work import Check
from napari_leafseg.data.layouts import ImageFolder
from napari_leafseg.widgets.connections import Connections
from napari_leafseg.widgets.drops import FolderDrops
from napari_leafseg.widgets.image_reading import Opened, read_details
from napari_leafseg.widgets.images_model import Details, ImagesModel
from napari_leafseg.widgets.images_view import ImagesView
from napari_leafseg.widgets.jobs import LatestWins
from napari_leafseg.widgets.message_line import sentence_of
from napari_leafseg.widgets.next_to_correct import NextToCorrect
from napari_leafseg.widgets.project_panel import ProjectPanel
from napari_leafseg.widgets.state import state_of, unwrapped
from napari_leafseg.widgets.stepping import Stepping

NEXT, PREVIOUS = "N", "Shift-N"
BATCH = 8
"""Thumbnails read at once: what is scrolled into sight next waits for no more than these."""


class ImagesDock(QWidget):
    """The folder's images, with thumbnails, sizes and statuses; next and previous."""

    def __init__(self, napari_viewer: Viewer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._viewer = unwrapped(napari_viewer)
        self._state = state_of(napari_viewer)
        self.model = ImagesModel(self)
        self.view = ImagesView(self.model, self)
        self.stepping = Stepping(self._state, self)
        self.project = ProjectPanel(self._state, self.model, self.view.bar, self)
        self.order = NextToCorrect(self._state, self.model, self.view, self)
        self.seen: list[int] = []
        self._drops: FolderDrops | None = None
        self._details: LatestWins[list[tuple[int, Path]]] = LatestWins(self._state.jobs, _read_batch, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.view)
        self._connections = Connections(self._pairs())
        self.destroyed.connect(self._connections.close)
        self.destroyed.connect(self._state.jobs.cancel)
        self.destroyed.connect(self._state.project.save_now)
        self._viewer.bind_key(NEXT, self._on_next_key, overwrite=True)
        self._viewer.bind_key(PREVIOUS, self._on_previous_key, overwrite=True)
        if self._state.folder is not None:
            self._on_folder_changed(self._state.folder)

    def _pairs(self) -> list[tuple[Any, Any]]:
        view, stepping, state = self.view, self.stepping, self._state
        return [
            (view.folder_requested, self.open_folder),
            (view.row_requested, stepping.go),
            (view.step_requested, self.step),
            (view.bar.finished, self._on_finished),
            (view.rows_seen, self._on_rows_seen),
            (stepping.going, self._on_going),
            (stepping.shown, self._on_shown),
            (stepping.failed, self._on_failed),
            (self._details.returned, self._on_details),
            (state.events.folder, self._on_folder_changed),
            (state.statuses.events.added, self._on_status),
            (state.statuses.events.changed, self._on_status_changed),
            (self.project.reopen_requested, self._on_reopen_requested),
            (self.project.reread_requested, stepping.read_again),
            (self.project.failed, self._on_failed),
            (self.order.row_wanted, stepping.go),
            (self.order.failed, self._on_failed),
            *self.project.pairs(),
            *self.order.pairs(),
        ]

    def open_folder(self, path: Path) -> None:
        """List a folder of images and show the first."""
        self.view.message.say(f"Opening {path.name}…")
        self.stepping.open(Path(path))

    def step(self, by: int) -> None:
        """Go some images on or back in the order of the list; at an end, stay."""
        row = self.view.neighbour(self.stepping.row, by)
        if row is None:
            self.stepping.step(by)
        else:
            self.stepping.go(row)

    def showEvent(self, event: Any) -> None:
        """Take over folders dropped on the canvas, and save when it closes, as soon as there is a window around."""
        super().showEvent(event)
        window = self.window()
        centre = window.centralWidget() if isinstance(window, QMainWindow) else None
        if self._drops is None and centre is not None:
            self._drops = FolderDrops(centre, below=True)
            self._drops.folder_dropped.connect(self.open_folder)
            # The window may outlive this dock, so it is not one of the dock's connections.
            window.destroyed.connect(self._state.project.close)

    def _on_folder_changed(self, folder: ImageFolder | None) -> None:
        entries = () if folder is None else folder.entries
        self.order.reset()
        self.model.setEntries(entries)
        self.view.setFolderOpen(folder is not None)
        self.project.show()
        for image, status in self._state.statuses.items():
            self.model.setStatus(image, status)
        if folder is not None:
            self.view.message.say(f"{folder.root.name}: {len(entries)} images ({folder.layout}).")

    def _on_going(self, row: int) -> None:
        folder = self._state.folder
        self.view.setPlace(row, len(folder.entries) if folder else 0)

    def _on_shown(self, opened: Opened) -> None:
        if opened.problem:
            self.view.message.complain(ImageError(opened.problem))
        else:
            self.view.message.say("")
        self.project.show_image(opened)

    def _on_failed(self, error: Exception) -> None:
        self.view.message.complain(error)
        show_error(sentence_of(error))

    def _on_rows_seen(self, rows: list[int]) -> None:
        self.seen = rows
        if batch := self.model.missing(rows)[:BATCH]:
            self._details.submit([(row, self.model.entry(row).image) for row in batch])

    def _on_details(self, found: list[tuple[Path, Details]], _: Any) -> None:
        for image, details in found:
            # Another folder may have been opened meanwhile.
            if self.model.row(image) == details.row:
                self.model.setDetails(details)
        self._on_rows_seen(self.seen)

    def _on_status(self, image: Path, status: str) -> None:
        self.model.setStatus(image, status)

    def _on_status_changed(self, image: Path, _old: str, status: str) -> None:
        self.model.setStatus(image, status)

    def _on_finished(self) -> None:
        self.project.set_corrected()
        self.step(1)

    def _on_reopen_requested(self) -> None:
        if self._state.folder is not None:
            self.open_folder(self._state.folder.root)

    def _on_next_key(self, _: Any) -> None:
        self.step(1)

    def _on_previous_key(self, _: Any) -> None:
        self.step(-1)


def _read_batch(rows: list[tuple[int, Path]], check: Check) -> list[tuple[Path, Details]]:
    return [(image, details) for (_, image), details in zip(rows, read_details(rows, check), strict=True)]
