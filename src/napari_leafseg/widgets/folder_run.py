"""Runs all images of a folder beside the window, and says how each one ended.

Knows `inference.folder` and jobs; no control and no layer.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from qtpy.QtCore import QObject, Signal

from napari_leafseg.core.errors import LeafsegError
from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.core.params import Params
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.data.layouts import ImageFolder
from napari_leafseg.inference.events import Event, Finished, ImageDone, ImageFailed, ImageSkipped, Started
from napari_leafseg.inference.folder import segment_files
from napari_leafseg.inference.results import Result, Results
from napari_leafseg.widgets.jobs import Job, Jobs

DEFAULT_NAME = "napari-leafseg labels"
"""Folder beside the images that is offered for the results."""

_log = logging.getLogger(__name__)


class FolderRun(QObject):
    """One run over a folder at a time.

    Signals
    -------
    started
        It began.
    progressed
        Images done, and of how many.
    image_ended
        Path of an image, its status, the file of its labels or ``None``, and the `Result` in it or ``None``.
    ended
        A sentence that says how it went.
    failed
        The error that ended it.
    """

    started = Signal()
    progressed = Signal(int, int)
    image_ended = Signal(object, str, object, object)
    ended = Signal(str)
    failed = Signal(object)

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._job: Job | None = None
        self._seen, self._total, self._out = 0, 0, Path()

    @property
    def running(self) -> bool:
        """Whether a run goes on."""
        return self._job is not None

    def run(
        self,
        folder: ImageFolder,
        out: Path,
        segmenter: Segmenter,
        options: EncodeOptions,
        params: Params,
        axes: str | None = None,
    ) -> None:
        """Segment all images of a folder into another; ``axes`` as `inference.folder` takes it."""
        if self._job is not None:
            raise LeafsegError("A run is going on: cancel it, or wait until it is done.")
        files = [entry.image for entry in folder.entries]
        self._seen, self._total, self._out = 0, len(files), out
        self._job = self._jobs.start(
            lambda check, _: _read_back(
                segment_files(segmenter, files, out, options, params, axes=axes, check=check), out
            ),
            title=f"Segmenting the {len(files)} images of {folder.root.name}",
            yielded=self._on_event,
            cancelled=self._on_cancelled,
            errored=self._on_errored,
        )
        self.started.emit()

    def cancel(self) -> None:
        """Ask the run for a stop; finished images stay."""
        if self._job is not None:
            self._job.cancel()

    def _on_event(self, told: tuple[Event, Result | None]) -> None:
        event, result = told
        match event:
            case Started():
                self.progressed.emit(0, self._total)
            case ImageDone():
                self._count(Path(event.image), f"{event.objects} objects", Path(event.labels), result)
            case ImageSkipped():
                self._count(Path(event.image), "done before", self._out / f"{event.name}.tif", result)
            case ImageFailed():
                self._count(Path(event.image), f"failed: {event.reason}", None, None)
            case Finished():
                self._end(_sentence(event, self._out))

    def _count(self, image: Path, status: str, labels: Path | None, result: Result | None) -> None:
        self._seen += 1
        self.progressed.emit(self._seen, self._total)
        self.image_ended.emit(image, status, labels, result)

    def _on_cancelled(self) -> None:
        self._end(f"Cancelled after {self._seen} of {self._total} images; what is done stays in {self._out}.")

    def _on_errored(self, error: Any) -> None:
        self._job = None
        self.failed.emit(error)

    def _end(self, sentence: str) -> None:
        self._job = None
        self.ended.emit(sentence)


def _read_back(events: Iterator[Event], out: Path) -> Iterator[tuple[Event, Result | None]]:
    """Go with a run, and read what it wrote of each image."""
    results = Results(out)
    with closing(events):  # type: ignore[type-var]  # segment_files is a generator
        for event in events:
            yield event, _result(results, event.name) if isinstance(event, ImageDone | ImageSkipped) else None


def _result(results: Results, name: str) -> Result | None:
    try:
        return results.of(name)
    except LeafsegError:
        # Labels of an earlier run may be damaged; that run's folder is not this one's concern.
        _log.warning("the result of %s cannot be read back", name, exc_info=True)
        return None


def _sentence(event: Finished, out: Path) -> str:
    failed = f" {event.failed} could not be segmented; their status says why." if event.failed else ""
    return f"{event.done + event.skipped} images are done, with {event.objects} objects, in {out}.{failed}"
