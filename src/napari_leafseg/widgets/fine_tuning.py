"""Starts a training as a process of its own, and follows the folder of a run, whoever started it.

The process is the command that a script would run; it outlives the window. All that is known of it is read from its
folder, in jobs. Knows no control.
"""

from __future__ import annotations

import logging
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from qtpy.QtCore import QObject, QTimer, Signal

from napari_leafseg.core.errors import TrainingError
from napari_leafseg.core.work import Check
from napari_leafseg.training.child import NICENESS, environment
from napari_leafseg.training.wishes import Wish, wish
from napari_leafseg.widgets.jobs import Jobs, LatestWins
from napari_leafseg.widgets.run_looking import LOG, RunLook, RunLooker

logger = logging.getLogger(__name__)

EVERY_MS = 250
_WINDOWS = os.name == "nt"


@dataclass(frozen=True)
class Order:
    """A training to be started.

    Attributes
    ----------
    run
        Its folder.
    arguments
        Of the process (`training.child.command`).
    """

    run: Path
    arguments: tuple[str, ...]


class FineTuning(QObject):
    """At most one run is followed at a time.

    Signals
    -------
    looked
        A `RunLook` at the run that is followed, several times a second while it trains.
    ended
        The same, once, when a run ended that was seen to train.
    failed
        An error: a process could not be started, or not be told something.
    """

    looked = Signal(object)
    ended = Signal(object)
    failed = Signal(object)

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._looker: RunLooker | None = None
        self._child: psutil.Process | None = None
        self._training = False
        self._looking: LatestWins[tuple[RunLooker, Any]] = LatestWins(jobs, _look, self)
        self._looking.returned.connect(self._on_looked)
        self._looking.errored.connect(self.failed)
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self._look)

    @property
    def run(self) -> Path | None:
        """The folder that is followed."""
        return None if self._looker is None else self._looker.run

    @property
    def training(self) -> bool:
        """Whether the run that is followed goes on."""
        return self._training

    def start(self, order: Order, before: Callable[[], Any]) -> None:
        """Start a process and follow its run.

        Parameters
        ----------
        order
            What to start.
        before
            Called first, in the same job; brings what it learns from to the disk.
        """
        self._training, self._looker = True, RunLooker(order.run)
        self._jobs.start(
            lambda *_: _started(order, before),
            returned=self._on_started,
            errored=self._on_not_started,
        )

    def follow(self, run: Path | None) -> None:
        """Follow a run that somebody started, or that ended; ``None`` for none."""
        if self.run == run and self._training:
            return
        self._timer.stop()
        self._training, self._child = False, None
        self._looker = None if run is None else RunLooker(run)
        if self._looker is not None:
            self._timer.start()
            self._look()

    def wish(self, what: Wish) -> None:
        """Tell the run to pause, to go on or to stop."""
        run = self.run
        if run is not None:
            self._jobs.start(lambda *_: wish(run, what), errored=self.failed.emit)

    def _look(self) -> None:
        if self._looker is not None and not self._looking.busy:
            self._looking.submit((self._looker, self._child))

    def _on_started(self, child: psutil.Process | None) -> None:
        self._child = child
        self._timer.start()
        self._look()

    def _on_not_started(self, error: Exception) -> None:
        self._training, self._looker = False, None
        self.failed.emit(error)

    def _on_looked(self, look: RunLook, _: Any) -> None:
        if look.path != self.run:
            return
        was, self._training = self._training, look.running
        self.looked.emit(look)
        if not look.running:
            self._timer.stop()
            self._child = None
            if was:
                self.ended.emit(look)


def _look(request: tuple[RunLooker, Any], _check: Check) -> RunLook:
    looker, child = request
    # Until its process has put its lock there, the run does not say of itself that it goes on.
    return looker.look(alive=child is not None and _lives(child))


def _lives(child: psutil.Process) -> bool:
    try:
        child.wait(timeout=0)  # which also clears away what is left of one that ended
    except psutil.TimeoutExpired:
        return True
    return False


def _started(order: Order, before: Callable[[], Any]) -> psutil.Process | None:
    """Start the process: out of the window's reach, behind it in the queue; ``None`` if it ended at once."""
    before()
    try:
        order.run.mkdir(parents=True, exist_ok=True)
        with (order.run / LOG).open("ab") as log:
            child = subprocess.Popen(  # noqa: S603 - this program itself, no shell
                order.arguments,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                env=environment(),
                **_apart(),
            )
    except OSError as error:
        raise TrainingError(
            f"The training cannot be started ({error.strerror or error}): look at {order.run}."
        ) from error
    process = _stepped_back(child.pid)
    # It is to outlive this program, of which Python would complain.
    child.returncode = 0
    return process


def _apart() -> dict[str, Any]:
    """Say how the process is kept alive when the window dies, or when somebody presses Ctrl+C in its terminal."""
    if _WINDOWS:
        flags = ("CREATE_NEW_PROCESS_GROUP", "CREATE_NO_WINDOW", "BELOW_NORMAL_PRIORITY_CLASS")
        return {"creationflags": sum(getattr(subprocess, name) for name in flags)}
    return {"start_new_session": True}


def _stepped_back(pid: int) -> psutil.Process | None:
    try:
        process = psutil.Process(pid)
        if not _WINDOWS:
            process.nice(NICENESS)
    except psutil.NoSuchProcess:
        return None
    except psutil.Error as error:
        logger.info("The training runs with the window's own priority (%s)", error)
    return process
