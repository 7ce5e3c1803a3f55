"""Which image to correct next: judges the labels of a folder's images beside the window and puts them in order.

Knows files, the session and `analysis.confidence`; no control and no layer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from qtpy.QtCore import QObject, Signal

from napari_leafseg.analysis.confidence import Uncertainty, image_uncertainty
from napari_leafseg.core.errors import ImageError, ProjectError
from napari_leafseg.core.image import as_planes
from napari_leafseg.core.work import Check
from napari_leafseg.data.layouts import Entry
from napari_leafseg.data.project import Change, Status
from napari_leafseg.data.reading import fitting, read_image, read_labels
from napari_leafseg.widgets.jobs import Job, Jobs
from napari_leafseg.widgets.project_session import ProjectSession

WHY = (
    "First comes what the model was unsure of, objects unlike the others in size or outline, borders that the image "
    "does not show, and pixels that look like objects but belong to none; corrected images come last."
)


@dataclass(frozen=True)
class Judged:
    """What was found out about an image.

    Attributes
    ----------
    image
        Its file.
    uncertainty
        ``None`` if there is nothing to judge.
    """

    image: Path
    uncertainty: Uncertainty | None


class Doubts(QObject):
    """Judges the images of one folder, one judging at a time.

    Signals
    -------
    judged
        `Judged`, for one image after another.
    progressed
        Images done, and of how many.
    ended
        All are judged.
    failed
        The error that ended it.
    """

    judged = Signal(object)
    progressed = Signal(int, int)
    ended = Signal()
    failed = Signal(object)

    def __init__(self, jobs: Jobs, session: ProjectSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._session = jobs, session
        self._job: Job | None = None
        self._seen = self._total = 0

    @property
    def running(self) -> bool:
        """Whether images are being judged."""
        return self._job is not None

    def start(self, entries: Sequence[Entry], results: Mapping[Path, Path]) -> None:
        """Judge all images but the corrected ones.

        Parameters
        ----------
        entries
            Of the folder.
        results
            Labels that a folder run wrote, by image.
        """
        self.cancel()
        session = self._session
        wanted = [entry.image for entry in entries if session.status(entry.image) is not Status.CORRECTED]
        runs = dict(results)
        self._seen, self._total = 0, len(wanted)
        self._job = self._jobs.start(
            lambda check, _: _judged(session, wanted, runs, check),
            yielded=self._on_judged,
            returned=self._on_ended,
            errored=self._on_errored,
        )

    def cancel(self) -> None:
        """Judge no more."""
        if self._job is not None:
            self._job.yielded.disconnect(self._on_judged)
            self._job.returned.disconnect(self._on_ended)
            self._job.cancel()
            self._job = None

    def _on_judged(self, judged: Judged) -> None:
        self._seen += 1
        if judged.uncertainty is not None and self._session.summary(judged.image) is not None:
            self._session.save(judged.image, Change(uncertainty=judged.uncertainty.value))
        self.judged.emit(judged)
        self.progressed.emit(self._seen, self._total)

    def _on_ended(self, _: Any) -> None:
        self._job = None
        self.ended.emit()

    def _on_errored(self, error: Exception) -> None:
        self._job = None
        self.failed.emit(error)


def ranks(doubts: Sequence[float | None], statuses: Sequence[str]) -> list[int]:
    """Put images in order: the doubtful first, then those without labels to judge, corrected ones last.

    Parameters
    ----------
    doubts
        0 to 1, by row; ``None`` for images that were not judged.
    statuses
        In words, by row.

    Returns
    -------
    The place of each row.
    """

    def key(row: int) -> tuple[bool, float, int]:
        doubt = doubts[row]
        return statuses[row] == Status.CORRECTED, 1.0 if doubt is None else -doubt, row

    order = sorted(range(len(doubts)), key=key)
    places = [0] * len(order)
    for place, row in enumerate(order):
        places[row] = place
    return places


def _judged(session: ProjectSession, images: Sequence[Path], runs: Mapping[Path, Path], check: Check) -> Iterator[Any]:
    for image in images:
        check()
        yield Judged(image, _uncertainty(session, image, runs.get(image)))


def _uncertainty(session: ProjectSession, image: Path, result: Path | None) -> Uncertainty | None:
    """Judge an image by the labels that would be shown; one that cannot be read is not judged."""
    try:
        stored = session.load(image)
        scores: Mapping[int, float] = {}
        if stored is not None and stored.labels is not None:
            labels, scores = stored.labels, stored.sidecar.scores
        elif result is not None:
            labels = read_labels(result)
        else:
            return None
        loaded = read_image(image)
        planes, leading = as_planes(loaded.array, loaded.axes)
        fitting(labels, planes.shape[len(leading) : len(leading) + 2], image.name)
    except (ImageError, ProjectError):
        return None
    places = [*np.ndindex(leading)] if labels.ndim > 2 else [()]
    found = [image_uncertainty(labels[place], scores, planes[place] if labels.ndim > 2 else planes) for place in places]
    worst = max(found, key=lambda one: one.value)
    return Uncertainty(float(np.mean([one.value for one in found])), worst.sentence)
