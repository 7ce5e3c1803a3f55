"""Jobs end exactly once and in the right way, RuntimeErrors included, and cancel is answered within a second."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from qtpy.QtCore import QThread
from qtpy.QtWidgets import QApplication

from napari_leafseg.core.errors import Cancelled
from napari_leafseg.widgets.jobs import Jobs, LatestWins


def _steps(check: Any, progress: Any) -> Any:
    for done in range(3):
        check()
        progress(done + 1, 3)
        yield done
    return "end"


def _failing(check: Any, progress: Any) -> Any:
    raise RuntimeError("CUDA out of memory")


def _failing_later(check: Any, progress: Any) -> Any:
    yield 1
    raise RuntimeError("CUDA out of memory")


def _long(check: Any, progress: Any) -> Any:
    while True:
        check()
        time.sleep(0.01)


def _stopping_itself(check: Any, progress: Any) -> Any:
    raise Cancelled


class _Log:
    """Writes down what a job tells."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def slots(self) -> dict[str, Any]:
        return {
            "returned": lambda value: self.told.append(("returned", value)),
            "yielded": lambda value: self.told.append(("yielded", value)),
            "progressed": lambda done, total: self.told.append(("progressed", done, total)),
            "errored": lambda error: self.told.append(("errored", str(error))),
            "cancelled": lambda: self.told.append(("cancelled",)),
            "finished": lambda: self.told.append(("finished",)),
        }


@pytest.mark.parametrize(
    ("work", "expected"),
    [
        (lambda check, progress: 7, [("returned", 7), ("finished",)]),
        (_failing, [("errored", "CUDA out of memory"), ("finished",)]),
        (_failing_later, [("yielded", 1), ("errored", "CUDA out of memory"), ("finished",)]),
        (_stopping_itself, [("cancelled",), ("finished",)]),
    ],
    ids=["returns", "RuntimeError", "RuntimeError in a generator", "stops itself"],
)
@pytest.mark.parametrize("title", ["", "long work"])
def test_ends_once(qtbot, jobs: Jobs, work, expected, title):
    log = _Log()
    jobs.start(work, title=title, **log.slots())
    qtbot.waitUntil(lambda: ("finished",) in log.told)
    assert log.told == expected
    qtbot.waitUntil(lambda: jobs.running == 0)


def test_a_generator_tells_steps_and_progress(qtbot, jobs: Jobs):
    log = _Log()
    jobs.start(_steps, **log.slots())
    qtbot.waitUntil(lambda: ("finished",) in log.told)
    assert [told for told in log.told if told[0] == "yielded"] == [("yielded", step) for step in range(3)]
    assert ("progressed", 3, 3) in log.told
    assert ("returned", "end") in log.told


def test_slots_run_in_the_main_thread(qtbot, jobs: Jobs):
    threads: list[Any] = []

    def note(of_the_work: Any) -> None:
        threads.extend([of_the_work, QThread.currentThread()])

    jobs.start(lambda check, progress: QThread.currentThread(), returned=note)
    qtbot.waitUntil(lambda: bool(threads))
    assert threads[0] is not threads[1]
    assert threading.current_thread() is threading.main_thread()


def test_cancel_within_a_second(qtbot, jobs: Jobs):
    log = _Log()
    job = jobs.start(_long, **log.slots())
    qtbot.wait(50)
    began = time.perf_counter()
    job.cancel()
    qtbot.waitUntil(lambda: ("finished",) in log.told, timeout=1000)
    assert time.perf_counter() - began < 1
    assert log.told == [("cancelled",), ("finished",)]


def test_a_cancelled_generator_is_closed_at_once(qtbot, jobs: Jobs):
    closed = threading.Event()

    def work(check: Any, progress: Any) -> Any:
        try:
            while True:
                time.sleep(0.01)
                yield 1
        finally:
            closed.set()

    begun: list[int] = []
    job = jobs.start(work, yielded=begun.append)
    qtbot.waitUntil(lambda: bool(begun))
    job.cancel()
    assert closed.wait(1)


def test_errors_are_told_to_all(qtbot, jobs: Jobs):
    with qtbot.waitSignal(jobs.failed) as failed:
        jobs.start(_failing)
    assert isinstance(failed.args[0], RuntimeError)


def test_close_ends_everything(qtbot, jobs: Jobs):
    for _ in range(6):
        jobs.start(_long)
    qtbot.wait(30)
    began = time.perf_counter()
    jobs.close()
    assert time.perf_counter() - began < 2


def test_latest_wins_runs_the_newest(qtbot, jobs: Jobs):
    ran: list[int] = []

    def run(request: int, check: Any) -> int:
        time.sleep(0.05)
        ran.append(request)
        return request

    latest: LatestWins[int] = LatestWins(jobs, run)
    results: list[tuple[int, int]] = []
    latest.returned.connect(lambda result, request: results.append((result, request)))
    for request in range(20):
        latest.submit(request)
    qtbot.waitUntil(lambda: not latest.busy)
    assert ran == [0, 19]
    assert results == [(0, 0), (19, 19)]


def test_latest_wins_goes_on_after_an_error(qtbot, jobs: Jobs):
    def run(request: int, check: Any) -> int:
        return 1 // request

    latest: LatestWins[int] = LatestWins(jobs, run)
    with qtbot.waitSignal(latest.errored):
        latest.submit(0)
    with qtbot.waitSignal(latest.returned) as returned:
        latest.submit(1)
    assert returned.args == [1, 1]


def test_the_main_thread_may_wait_a_moment_for_what_runs_and_hears_of_it_afterwards(qtbot, jobs: Jobs):
    latest: LatestWins[float] = LatestWins(jobs, lambda seconds, check: time.sleep(seconds))
    results: list[float] = []
    latest.returned.connect(lambda _, request: results.append(request))
    latest.wait(1000)  # for nothing
    latest.submit(0.05)
    latest.wait(5000)
    assert results == []
    QApplication.sendPostedEvents()
    assert results == [0.05]
    qtbot.waitUntil(lambda: not latest.busy)
    latest.submit(0.4)
    start = time.perf_counter()
    latest.wait(20)
    assert time.perf_counter() - start < 0.3
    qtbot.waitUntil(lambda: not latest.busy)
    assert results == [0.05, 0.4]
