"""The one place that runs work beside the window, in worker threads.

Measured (`benchmarks/window.py`, 1024², two cores): beside an idle window a network in a thread
takes 1.03 of its time alone, in a child process 1.18; under twenty repaints a second 2.4 and 1.9;
the window stalls alike. The thread is kept: people rarely drag while a network runs, it needs no
second copy of torch, starts at once, and is cancelled in place; should that change, this file
alone changes. Jobs compute and return values only: layers and state are touched in slots, in the
main thread. Knows nothing of segmentation.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from contextlib import closing
from threading import Event
from typing import Any, Generic, TypeVar

from napari.qt.threading import create_worker
from qtpy.QtCore import QObject, Qt, QThreadPool, Signal
from superqt.utils import WorkerBase

from napari_leafseg.core.errors import Cancelled
from napari_leafseg.core.work import Check, Progress
from napari_leafseg.inference.tuner import Latest

logger = logging.getLogger(__name__)

Work = Callable[[Check, Progress], Any]
"""A function, or a generator function, that calls ``check()`` often and tells its progress."""

T = TypeVar("T")
THREADS = 4
# What closing a window waits for at most; work answers `check` well within it.
CLOSE_TIMEOUT_MS = 3000


class JobSignals(QObject):
    """What a job tells; the first six are those that superqt's worker asks for."""

    started = Signal()
    finished = Signal()
    _finished = Signal(object)
    returned = Signal(object)
    errored = Signal(object)
    warned = Signal(tuple)
    yielded = Signal(object)
    progressed = Signal(int, int)
    cancelled = Signal()


class Job(WorkerBase):
    """One piece of work in a thread.

    Every job ends with ``finished``, after exactly one of ``returned``, ``errored`` or ``cancelled``.

    Notes
    -----
    superqt's own generator worker swallows a `RuntimeError`, and torch's errors are
    RuntimeErrors; it also closes a cancelled generator only at garbage collection. Both are
    why this class exists.
    """

    def __init__(self, work: Work, pool: QThreadPool | None = None) -> None:
        super().__init__(SignalsClass=JobSignals)
        self._work = work
        self._pool = pool
        self._ended = Event()
        self.finished.connect(self._ended.set, Qt.ConnectionType.DirectConnection)

    @property
    def over(self) -> Any:
        """The signal that comes last, with this job."""
        return self._finished

    def use(self, pool: QThreadPool) -> None:
        """Say in which pool it is to run."""
        self._pool = pool

    def check(self) -> None:
        """Raise `Cancelled` if the person asked for a stop."""
        if self.abort_requested:
            raise Cancelled

    def cancel(self) -> None:
        """Ask for a stop; ``cancelled`` tells that it came."""
        self.quit()

    def wait(self, milliseconds: float) -> bool:
        """Hold the main thread until it has ended, at most so long; whether it has. Its slots are called afterwards."""
        return self._ended.wait(milliseconds / 1000)

    def work(self) -> Any:
        """Run in the thread: drain a generator, or call a function."""
        try:
            self.check()
            outcome = self._work(self.check, self.progressed.emit)
            result = self._drained(outcome) if isinstance(outcome, Generator) else outcome
            self.check()
        except Cancelled:
            # Work may stop of itself too; without the mark an empty result would be sent besides.
            self.quit()
            self.cancelled.emit()
            return None
        return result

    def _drained(self, steps: Generator[Any, None, Any]) -> Any:
        with closing(steps):
            while True:
                self.check()
                try:
                    self.yielded.emit(next(steps))
                except StopIteration as stop:
                    return stop.value

    def start(self) -> None:
        """Start in the pool it was made for, so that short work never waits behind others' long work."""
        self._worker_set.add(self)
        self._finished.connect(self._set_discard)
        (self._pool or QThreadPool.globalInstance()).start(self)


class _Named:
    """Work with the name that napari shows when it asks whether to close."""

    def __init__(self, work: Work, title: str) -> None:
        self._work, self._title = work, title

    def __call__(self, check: Check, progress: Progress) -> Any:
        return self._work(check, progress)

    def __str__(self) -> str:
        return self._title


class Jobs(QObject):
    """The jobs of one viewer.

    Signals
    -------
    failed
        An error of any job.
    """

    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(THREADS)
        self._running: list[Job] = []

    @property
    def running(self) -> int:
        """Number of jobs not finished yet."""
        return len(self._running)

    def start(
        self,
        work: Work,
        *,
        title: str = "",
        returned: Callable[[Any], None] | None = None,
        yielded: Callable[[Any], None] | None = None,
        progressed: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], None] | None = None,
        errored: Callable[[Exception], None] | None = None,
        finished: Callable[[], None] | None = None,
    ) -> Job:
        """Run work in a thread; the functions given are called in the main thread.

        Parameters
        ----------
        work
            What to run.
        title
            What a person calls it. Work with a title is long: napari asks before it closes
            on it, and ends it then.
        returned, yielded, progressed, cancelled, errored, finished
            Slots; give bound methods of Qt objects, so that they end with their widget.
        """
        job = self._registered(work, title) if title else Job(work, self._pool)
        for name, slot in {
            "returned": returned, "yielded": yielded, "progressed": progressed,
            "cancelled": cancelled, "errored": errored,
        }.items():  # fmt: skip
            if slot is not None:
                getattr(job, name).connect(slot)
        job.errored.connect(self._on_errored)
        job.over.connect(self._on_over)
        if finished is not None:
            job.finished.connect(finished)
        self._running.append(job)
        job.start()
        return job

    def _registered(self, work: Work, title: str) -> Job:
        job: Job = create_worker(_Named(work, title), _worker_class=Job, _start_thread=False, _ignore_errors=True)
        job.use(self._pool)
        return job

    def cancel(self) -> None:
        """Ask everything for a stop."""
        for job in self._running:
            job.cancel()

    def close(self) -> None:
        """Cancel everything and wait for it, at most `CLOSE_TIMEOUT_MS`."""
        self.cancel()
        self._pool.waitForDone(CLOSE_TIMEOUT_MS)

    def _on_errored(self, error: Exception) -> None:
        logger.error("A job failed", exc_info=error)
        self.failed.emit(error)

    def _on_over(self, job: Job) -> None:
        if job in self._running:
            self._running.remove(job)


class LatestWins(QObject, Generic[T]):
    """Runs one request at a time; of those that come meanwhile only the newest.

    Signals
    -------
    returned
        The result of a request that ran, with the request.
    errored
        The error of a request that failed.
    idle
        Nothing runs and nothing waits any more.
    """

    returned = Signal(object, object)
    errored = Signal(object)
    idle = Signal()

    def __init__(self, jobs: Jobs, run: Callable[[T, Check], Any], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._run = jobs, run
        self._latest: Latest[T] = Latest()
        self._current: T | None = None
        self._job: Job | None = None

    @property
    def busy(self) -> bool:
        """Whether a request runs."""
        return self._latest.busy

    def submit(self, request: T) -> None:
        """Run this as soon as what runs now is done, unless a newer one comes."""
        self._start(self._latest.offer(request))

    def wait(self, milliseconds: float) -> None:
        """Hold the main thread for what runs, at most so long.

        What comes within it is shown by the repaint that is due anyhow; else the window is drawn first, which may take
        longer than the work.
        """
        if self._job is not None:
            self._job.wait(milliseconds)

    def cancel(self) -> None:
        """Drop what waits and stop what runs."""
        self._latest.forget()
        if self._job is not None:
            self._job.cancel()

    def _start(self, request: T | None) -> None:
        if request is None:
            return
        self._current = request
        self._job = self._jobs.start(
            lambda check, _progress: self._run(request, check),
            returned=self._on_returned,
            errored=self.errored.emit,
            finished=self._on_finished,
        )

    def _on_returned(self, result: object) -> None:
        self.returned.emit(result, self._current)

    def _on_finished(self) -> None:
        self._job, self._current = None, None
        following = self._latest.done()
        if following is None:
            self.idle.emit()
        self._start(following)
