"""Runs a session's network and follows the live parameters, beside the window.

Emits what was found; knows no layer and no control.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qtpy.QtCore import QObject, Signal

from napari_leafseg.core.errors import LeafsegError
from napari_leafseg.core.params import Params
from napari_leafseg.core.tiles import Window
from napari_leafseg.core.work import Check
from napari_leafseg.inference.session import Found, Index, Session
from napari_leafseg.inference.tuner import Tuned, Tuner, Work
from napari_leafseg.widgets.jobs import Job, Jobs, LatestWins

Request = tuple[Session, Index, Tuner, Work]


class Segmenting(QObject):
    """The runs of one dock, one at a time.

    Signals
    -------
    started
        A run began.
    progressed
        Steps done, and of how many.
    found
        Session, plane, objects and window (``None``: the whole plane): to be shown.
    ended
        A run is over: ``"done"``, ``"cancelled"`` or ``"failed"``.
    failed
        The error of a run or of a decoding.
    """

    started = Signal()
    progressed = Signal(int, int)
    found = Signal(object, object, object, object)
    ended = Signal(str)
    failed = Signal(object)

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._job: Job | None = None
        self._session: Session | None = None
        self._tuning: LatestWins[Request] = LatestWins(jobs, _tuned, self)
        self._tuning.returned.connect(self._on_tuned)
        self._tuning.errored.connect(self.failed)

    @property
    def running(self) -> bool:
        """Whether the network runs."""
        return self._job is not None

    @property
    def tuning(self) -> bool:
        """Whether a decoding runs."""
        return self._tuning.busy

    def run(self, session: Session, indices: Sequence[Index], params: Params) -> None:
        """Segment some planes; a run that goes on already must be cancelled first."""
        if self._job is not None:
            raise LeafsegError("A run is going on: cancel it, or wait until it is done.")
        self._session = session
        self._job = self._jobs.start(
            lambda check, progress: session.run(indices, params, check, progress),
            title=f"Segmenting {len(indices)} {'image' if len(indices) == 1 else 'slices'}",
            yielded=self._on_yielded,
            returned=self._on_returned,
            progressed=self.progressed.emit,
            cancelled=self._on_cancelled,
            errored=self._on_errored,
        )
        self.started.emit()

    def cancel(self) -> None:
        """Ask the run for a stop."""
        if self._job is not None:
            self._job.cancel()

    def tune(self, session: Session, index: Index, params: Params, window: Window | None = None) -> bool:
        """Decode a plane that went through the network; return whether there is one."""
        tuner = session.tuners.get(index)
        if tuner is None:
            return False
        self._tuning.submit((session, index, tuner, Work(params, window)))
        return True

    def forget(self) -> None:
        """Drop decodings that are out or wait; nothing of them is emitted."""
        self._tuning.cancel()

    def _on_tuned(self, tuned: Tuned, request: Request) -> None:
        session, index, _, work = request
        if tuned.window is None:
            session.update(index, tuned.instances, work.params)
        self.found.emit(session, index, tuned.instances, tuned.window)

    def _on_yielded(self, found: Found) -> None:
        assert self._session is not None
        self._session.keep(found)
        self.found.emit(self._session, found.index, found.instances, None)

    def _on_returned(self, _: Any) -> None:
        self._end("done")

    def _on_cancelled(self) -> None:
        self._end("cancelled")

    def _on_errored(self, error: Exception) -> None:
        self._end("failed")
        self.failed.emit(error)

    def _end(self, how: str) -> None:
        self._job = None
        self.ended.emit(how)


def _tuned(request: Request, _check: Check) -> Tuned:
    _, _, tuner, work = request
    return tuner.run(work)
