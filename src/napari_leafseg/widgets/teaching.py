"""Gathers what a fine-tuning of the open folder would learn from, and moves images between the sides.

Between the project and the panel; reads files in jobs.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from qtpy.QtCore import QObject, QTimer, Signal

from napari_leafseg.core.errors import ImageError
from napari_leafseg.core.sample import Sample
from napari_leafseg.core.weights import Card
from napari_leafseg.core.work import Check
from napari_leafseg.data.layouts import TRAIN, VALIDATION, Entry, divide, move, open_folder
from napari_leafseg.data.project import Status, Summary
from napari_leafseg.data.project.places import key_of
from napari_leafseg.training.doubts import doubts
from napari_leafseg.widgets.jobs import LatestWins
from napari_leafseg.widgets.project_session import ProjectSession
from napari_leafseg.widgets.state import State
from napari_leafseg.widgets.teaching_view import TeachingImage, TeachingView

logger = logging.getLogger(__name__)

Start = tuple[Card | None, tuple[str, ...]]
"""Card and classes of the weights to begin with."""
MOST = 100
"""Of more images than this, none are few and none are strange by chance."""
REST_MS = 400
"""Changes of a project come in showers; it is read again when they rest."""


class Teaching(QObject):
    """Keeps the panel as the project is.

    Signals
    -------
    changed
        Other images are learned from.
    failed
        An error.
    """

    changed = Signal()
    failed = Signal(object)

    def __init__(self, state: State, view: TeachingView, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state, self._view = state, view
        self._images: tuple[TeachingImage, ...] = ()
        self._gathering: LatestWins[tuple[Path, ProjectSession]] = LatestWins(state.jobs, _gathered, self)
        self._gathering.returned.connect(self._on_gathered)
        self._gathering.errored.connect(self.failed)
        self._start: Start = (None, ())
        self._doubting: LatestWins[tuple[Path, Start]] = LatestWins(state.jobs, _doubted, self)
        self._doubting.returned.connect(self._on_doubted)
        self._doubting.errored.connect(self.failed)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self.refresh)

    def pairs(self) -> list[tuple[Any, Any]]:
        """Signals and slots, for the dock to connect."""
        return [(self._state.project.stood, self._on_stood), (self._view.move_requested, self._on_move_requested)]

    @property
    def learned(self) -> int:
        """Number of images that are learned from."""
        return sum(not image.checks for image in self._images)

    @property
    def checked(self) -> int:
        """Number of images that are kept aside to check on."""
        return len(self._images) - self.learned

    def set_start(self, card: Card | None, classes: tuple[str, ...]) -> None:
        """Say which weights a training would begin with; some suit the images less than others."""
        self._start = (card, classes)
        self._doubt()

    def refresh(self) -> None:
        """Read anew what is learned from."""
        folder = self._state.folder
        if folder is None:
            self._show(())
        else:
            self._gathering.submit((folder.root, self._state.project))

    def _on_stood(self, _: Any) -> None:
        self._rest.start()

    def _on_gathered(self, gathered: tuple[TeachingImage, ...], request: Any) -> None:
        folder = self._state.folder
        if folder is not None and folder.root == request[0]:
            self._show(gathered)

    def _show(self, images: tuple[TeachingImage, ...]) -> None:
        self._images = images
        self._view.setImages(images, folder=self._state.folder is not None)
        self.changed.emit()
        self._doubt()

    def _doubt(self) -> None:
        folder = self._state.folder
        if folder is None or not self._images:
            self._view.setDoubts(())
        else:
            self._doubting.submit((folder.root, self._start))

    def _on_doubted(self, sentences: list[str], request: Any) -> None:
        folder = self._state.folder
        if folder is not None and folder.root == request[0] and self._images:
            self._view.setDoubts(sentences)

    def _on_move_requested(self, key: str, checks: bool) -> None:
        folder = self._state.folder
        if folder is not None:
            root, side = folder.root, VALIDATION if checks else TRAIN
            self._state.jobs.start(lambda *_: move(root, key, side), returned=self._on_moved, errored=self.failed.emit)

    def _on_moved(self, _: Any) -> None:
        self.refresh()


def _gathered(request: tuple[Path, ProjectSession], check: Check) -> tuple[TeachingImage, ...]:
    root, session = request
    folder = open_folder(root)
    check()
    sides = divide(folder)
    held_out = {entry.image for entry in sides.validation}
    # In the folder's order, so that an image stays in its row when it is moved.
    taught = held_out | {entry.image for entry in sides.train}
    teaching = [entry for entry in folder.entries if entry.image in taught]
    return tuple(_image(root, entry, session.summary(entry.image), entry.image in held_out) for entry in teaching)


def _doubted(request: tuple[Path, Start], check: Check) -> list[str]:
    root, (card, classes) = request
    sides = divide(open_folder(root))
    if len(sides.train) > MOST:
        return []
    return doubts(_labels(sides.train, check), _labels(sides.validation, check), card, classes)


def _labels(entries: Iterable[Entry], check: Check) -> list[Sample]:
    """Read labels without their images; those that cannot be read are told of when they are trained on."""
    found = []
    for entry in entries:
        check()
        try:
            read = None if entry.labels is None else entry.labels.read(None)
        except ImageError as error:
            logger.info("%s", error)
            continue
        if read is not None and read.labels.ndim == 2:
            nothing = np.broadcast_to(np.float32(0), (*read.labels.shape, 3))
            found.append(Sample(entry.name, nothing, read.labels, read.ignore, read.classes, entry.image))
    return found


def _image(root: Path, entry: Entry, summary: Summary | None, checks: bool) -> TeachingImage:
    key = key_of(root, entry.image)
    if summary is None:
        return TeachingImage(key, entry.name, None, checks=checks)
    whole = summary.status is Status.CORRECTED
    return TeachingImage(key, entry.name, summary.objects if whole else summary.checked, whole, checks)
