"""What the Images dock shows of its folder's project, and what is done with it there.

Between the session, the saving and the dock's model and bar; files are read in jobs only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from qtpy.QtCore import QObject, Signal

from napari_leafseg.core.work import Check
from napari_leafseg.data.layouts import Entry
from napari_leafseg.data.layouts.project import ProjectLabels
from napari_leafseg.data.project import Project, Status, Version
from napari_leafseg.data.project.catalogue import sidecar_of
from napari_leafseg.widgets.image_reading import Opened
from napari_leafseg.widgets.images_model import ImagesModel, Progress
from napari_leafseg.widgets.project_bar import ProjectBar
from napari_leafseg.widgets.state import State

FIRST = "The first change makes a folder “leafseg” here, in which your labels are kept."
LOCKED, RESTORE = "Try again", "Restore"


class ProjectPanel(QObject):
    """The project's part of the Images dock.

    Signals
    -------
    reopen_requested
        The folder is to be opened once more.
    reread_requested
        The current image is to be shown as its files are now.
    failed
        An error for the person.
    """

    reopen_requested = Signal()
    reread_requested = Signal()
    failed = Signal(object)

    def __init__(self, state: State, model: ImagesModel, bar: ProjectBar, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state, self._model, self._bar = state, model, bar
        self._offered: tuple[Path, Version] | None = None
        self._problem = self._notice = ""

    def pairs(self) -> list[tuple[Any, Any]]:
        """Signals and slots, for the dock to connect."""
        session, saving, bar = self._state.project, self._state.saving, self._bar
        return [
            (session.stood, self._on_stood),
            (session.settled, self._on_settled),
            (session.told, self._on_told),
            (session.failed, self._on_refused),
            (saving.told, self._on_told),
            (saving.status_changed, self._on_status_changed),
            (bar.status_chosen, saving.set_status),
            (bar.offer_taken, self._on_offer_taken),
        ]

    def show(self) -> None:
        """Show the folder's project anew."""
        session = self._state.project
        self._problem = self._notice = ""
        folder = self._state.folder
        for entry in () if folder is None else folder.entries:
            self._on_stood(entry.image)
        if folder is not None and session.problem:
            entries = folder.entries
            self._state.jobs.start(lambda check, _: _of_others(entries, check), yielded=self._on_read)
        self._bar.setOpen(folder is not None, not session.problem)
        self._on_status_changed()
        self._on_settled()

    def show_image(self, opened: Opened) -> None:
        """Say what is to be said of an image that was opened."""
        self._offered = None if opened.offer is None else (opened.entry.image, opened.offer)
        self._notice = " ".join(opened.notices)
        self._on_settled()

    # --- slots --------------------------------------------------------------------------

    def _on_stood(self, image: Path) -> None:
        session = self._state.project
        summary = session.summary(image)
        counts = (0, 0) if summary is None else (summary.objects, summary.checked)
        self._model.setProgress(image, Progress(str(session.status(image)), *counts))

    def _on_read(self, read: tuple[Path, Progress]) -> None:
        if self._state.project.problem:
            self._model.setProgress(*read)

    def _on_status_changed(self) -> None:
        saving = self._state.saving
        self._bar.setStatus(None if saving.image is None else saving.status)

    def _on_told(self, sentence: str) -> None:
        self._notice = sentence
        self._on_settled()

    def _on_refused(self, sentence: str) -> None:
        self._problem = sentence
        self._on_settled()

    def _on_settled(self) -> None:
        """Say the most important of what there is to say."""
        session, bar = self._state.project, self._bar
        if not session.pending:
            self._problem = ""
        if session.problem:
            bar.say(f"Only to look at: {session.problem}", offer=LOCKED)
        elif self._offered is not None:
            version = self._offered[1]
            bar.say(f"There is an older version of the labels: {version.in_words}.", offer=RESTORE)
        elif self._problem:
            bar.say(self._problem, wrong=True)
        elif session.project is not None:
            self._say_place(session.project)

    def _say_place(self, project: Project) -> None:
        if project.place is None:
            self._bar.say(self._notice or FIRST)
            return
        beside = project.place.parent == project.folder
        place = f"{project.folder.name}/{project.place.name}" if beside else str(project.place)
        done = "Saving in" if self._state.project.pending else "All is saved in"
        self._bar.say(f"{self._notice} {done} {place}.".strip(), tip=str(project.place))

    def _on_offer_taken(self) -> None:
        if self._state.project.problem:
            self.reopen_requested.emit()
        elif self._offered is not None:
            image, version = self._offered
            session = self._state.project
            self._state.jobs.start(
                lambda *_: session.restore(image, version), returned=self._on_restored, errored=self.failed.emit
            )

    def _on_restored(self, _: Any) -> None:
        self._offered = None
        self.reread_requested.emit()

    def set_corrected(self) -> None:
        """Say that the current image is right."""
        self._state.saving.set_status(Status.CORRECTED)


def _of_others(entries: Sequence[Entry], check: Check) -> Iterator[tuple[Path, Progress]]:
    """Read how far images are in a project that another window has open."""
    for entry in entries:
        check()
        sidecar = sidecar_of(entry.labels.files) if isinstance(entry.labels, ProjectLabels) else None
        if sidecar is not None:
            yield entry.image, Progress(str(sidecar.status), sidecar.objects, len(sidecar.checked))
