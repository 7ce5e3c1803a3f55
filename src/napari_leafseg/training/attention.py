"""Doing what somebody wishes of a run: holding, going on, ending. Knows the job; nothing of steps and files."""

from __future__ import annotations

import time
from collections.abc import Iterator

from napari_leafseg.core.errors import Cancelled
from napari_leafseg.core.work import Check
from napari_leafseg.training.events import Continued, Event, Paused
from napari_leafseg.training.job import Job
from napari_leafseg.training.wishes import Wish

_LOOKS_PER_SECOND = 10


class StopWished(Cancelled):
    """The run is to end, so what is being computed is not needed."""


def attend(job: Job) -> Iterator[Event]:
    """Hold while a pause is wished, and note in the job whether the run is to end; to be called at every step."""
    wished = _wished(job)
    if wished is Wish.PAUSE:
        began = time.monotonic()
        yield Paused()
        while (wished := _wished(job)) is Wish.PAUSE:
            job.check()
            time.sleep(1 / _LOOKS_PER_SECOND)
        job.clock.leave_out(time.monotonic() - began)
        yield Continued()
    job.stopped = wished is Wish.STOP


def attentive(job: Job) -> Check:
    """Be a `Check` for work that the run's end makes needless.

    Raises
    ------
    StopWished
        When called after the run was wished to end.
    """

    def check() -> None:
        job.check()
        if job.run.wishes.look() is Wish.STOP:
            raise StopWished

    return check


def _wished(job: Job) -> Wish:
    """Return what is wished, the same in all processes, so that none waits for one that ended."""
    wished = job.run.wishes.look()
    return wished if job.fabric.world_size == 1 else Wish(job.fabric.broadcast(wished.value))
