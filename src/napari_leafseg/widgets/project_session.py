"""The project of the folder that is open in one viewer: where its labels are kept, and how each image stands.

Hands changes to `data.project.Autosave`, whose thread's answers it brings to the window. Opening, loading and closing
may take long and are called in jobs; nothing else here waits. Knows no layer and no control.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from pathlib import Path

from qtpy.QtCore import QObject, QTimer, Signal

from napari_leafseg.core.errors import DamagedLabelsError, ProjectError
from napari_leafseg.data.layouts import ImageFolder, open_folder
from napari_leafseg.data.project import Autosave, Change, Project, Status, Stored, Summary, Version
from napari_leafseg.widgets.jobs import Jobs

Box = tuple[slice, ...]
WATCH_MS = 250
"""How often the window looks whether all is on the disk, while it is not."""
CLOSE_TIMEOUT = 10.0
"""Seconds that closing a window waits for its last changes at most; they take far less than one."""


@dataclass(frozen=True, eq=False)
class OpenedFolder:
    """A folder with its project.

    Attributes
    ----------
    folder
        Its images.
    project
        ``None`` if it cannot be opened.
    problem
        Then one sentence that says why.
    """

    folder: ImageFolder
    project: Project | None
    problem: str = ""


class ProjectSession(QObject):
    """Keeps what is done in one viewer.

    Attributes
    ----------
    problem
        Why the folder's project cannot be opened, in one sentence; empty if it is.

    Signals
    -------
    opened
        Another folder's project is open, or cannot be.
    stood
        Path of an image of which the status or the count of objects changed.
    settled
        Something was saved, or is to be: `pending` may have changed.
    told
        A sentence for the person.
    failed
        A sentence: something cannot be saved; it is kept and tried again.
    """

    opened = Signal()
    stood = Signal(object)
    settled = Signal()
    told = Signal(str)
    failed = Signal(str)
    _written = Signal(object)
    _refused = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._project: Project | None = None
        self._autosave: Autosave | None = None
        self._left: list[tuple[Project, Autosave]] = []
        self._statuses: dict[Path, Status] = {}
        self._door = threading.Lock()
        self.problem = ""
        self._watch = QTimer(self)
        self._watch.setSingleShot(True)
        self._watch.setInterval(WATCH_MS)
        self._watch.timeout.connect(self._tell_settled)
        # The autosave's thread emits these; the slots run in the window's.
        self._written.connect(self._on_written)
        self._refused.connect(self._on_refused)

    # --- opening and closing ------------------------------------------------------------

    def list_folder(self, path: Path) -> OpenedFolder:
        """List a folder and open its project, in a job; what is open in this window stays so.

        Raises
        ------
        ImageError
            If the folder cannot be listed or holds no images.
        """
        folder = open_folder(path)
        ours = [*([] if self._project is None else [self._project]), *(project for project, _ in self._left)]
        known = next((project for project in ours if project.folder == folder.root), None)
        try:
            with self._door:  # a project that is being closed is ours no more, and may be this one
                return OpenedFolder(folder, known or Project(folder.root))
        except ProjectError as error:
            return OpenedFolder(folder, None, str(error))

    def take(self, opened: OpenedFolder) -> None:
        """Work with another folder from now on; the one before is saved to until `let_go`."""
        self.problem = opened.problem
        if opened.project is None or opened.project is not self._project:
            if self._project is not None and self._autosave is not None:
                self._left.append((self._project, self._autosave))
            self._statuses = {}
            self._project = opened.project
            self._autosave = None if self._project is None else self._taken_up(self._project)
        self.opened.emit()
        self._tell_notices()

    def let_go(self, jobs: Jobs) -> None:
        """Close the projects of folders before, whose images are no longer shown, beside the window."""
        for project, autosave in self._left:
            jobs.start(lambda *_, project=project, autosave=autosave: self._end(project, autosave))
        self._left = []

    def flush(self, timeout: float = CLOSE_TIMEOUT) -> bool:
        """Write everything now and wait for it; whether all is on the disk."""
        return self._autosave is None or self._autosave.flush(timeout)

    def save_now(self) -> None:
        """Write everything and wait for it."""
        self.flush()

    def close(self) -> None:
        """Write everything, and let other windows in; afterwards nothing is saved any more."""
        handles = [*self._left, (self._project, self._autosave)]
        self._left, self._project, self._autosave = [], None, None
        for project, autosave in handles:
            if project is not None and autosave is not None:
                autosave.close(CLOSE_TIMEOUT)
                project.close()

    def _taken_up(self, project: Project) -> Autosave:
        """Save to a project; to one of a folder before as until now."""
        for pair in self._left:
            if pair[0] is project:
                self._left.remove(pair)
                return pair[1]
        return Autosave(project, saved=self._tell_written, failed=self._tell_refused)

    def _end(self, project: Project, autosave: Autosave) -> None:
        # What cannot be written yet goes on being tried; its lock stays with it.
        with self._door:
            if autosave.flush(CLOSE_TIMEOUT):
                autosave.close(CLOSE_TIMEOUT)
                project.close()

    # --- asking -------------------------------------------------------------------------

    @property
    def project(self) -> Project | None:
        """The project; ``None`` if no folder is open, or its project cannot be."""
        return self._project

    @property
    def pending(self) -> bool:
        """Whether something is not on the disk yet."""
        return self._autosave is not None and self._autosave.pending

    def summary(self, image: Path) -> Summary | None:
        """What is known of an image; never waits."""
        if self._project is None or not image.is_relative_to(self._project.folder):
            return None
        return self._project.summaries.get(self._project.key(image))

    def status(self, image: Path) -> Status:
        """How far an image is, counting what is not saved yet."""
        summary = self.summary(image)
        return self._statuses.get(image, Status.NEW if summary is None else summary.status)

    # --- reading, in jobs -----------------------------------------------------------------

    def load(self, image: Path) -> Stored | None:
        """Read what is kept of an image; changes on their way to the disk are waited for.

        Raises
        ------
        DamagedLabelsError
            If its labels cannot be read.
        """
        if self._project is None or not image.is_relative_to(self._project.folder):
            return None
        self.flush()
        return self._project.load(image)

    def newest_version(self, image: Path) -> Version | None:
        """Find the labels that can be offered in the place of damaged ones."""
        return None if self._project is None else next(iter(self._project.versions(image)), None)

    def restore(self, image: Path, version: Version) -> None:
        """Make an older version the newest labels.

        Raises
        ------
        ImageError, ProjectError
            If it cannot be read or written.
        """
        if self._project is None:
            raise DamagedLabelsError(f"{image.name} is not restored (its folder was closed): open the folder again.")
        self.flush()
        self._project.restore(image, version)
        self._statuses.pop(image, None)
        self._written.emit(image)

    # --- saving ---------------------------------------------------------------------------

    def save(self, image: Path, change: Change, box: Box | None = None) -> None:
        """Save what changed of an image; arrays are copied at once.

        Parameters
        ----------
        image
            Its file.
        change
            What is new.
        box
            One slice per axis around all labels that changed since the last call for this image; ``None`` if that is
            not known.
        """
        autosave = self._saver(image)
        if autosave is None:
            return
        if change.labels is not None:
            autosave.labels(image, change.labels, box)
        autosave.note(image, replace(change, labels=None))
        if change.status is not None:
            self._statuses[image] = change.status
            self.stood.emit(image)
        self._tell_settled()

    def _saver(self, image: Path) -> Autosave | None:
        """Find who saves an image: of this folder, or of the one before whose image is still shown."""
        current = [(self._project, self._autosave)] if self._project and self._autosave else []
        fitting = (auto for project, auto in (*current, *self._left) if image.is_relative_to(project.folder))
        return next(fitting, None)

    # --- what the writing thread tells ------------------------------------------------------

    def _tell_written(self, image: Path, _: Summary) -> None:
        self._written.emit(image)

    def _tell_refused(self, _: Path, sentence: str) -> None:
        self._refused.emit(sentence)

    def _on_written(self, image: Path) -> None:
        self.stood.emit(image)
        self._tell_settled()
        self._tell_notices()

    def _on_refused(self, sentence: str) -> None:
        self.failed.emit(sentence)
        self._tell_settled()

    def _tell_settled(self) -> None:
        self.settled.emit()
        # The writing thread tells of a file a moment before it has nothing more to do.
        if self.pending:
            self._watch.start()

    def _tell_notices(self) -> None:
        for sentence in () if self._project is None else self._project.take_notices():
            self.told.emit(sentence)
