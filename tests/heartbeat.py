"""Watches the event loop: how long it did nothing for a person, at worst."""

from __future__ import annotations

from time import perf_counter, process_time
from typing import Any

from qtpy.QtCore import QObject, Qt, QTimer

BEAT_MS = 10


class Heartbeat(QObject):
    """A timer of `BEAT_MS` that notes how late it came.

    Attributes
    ----------
    beats
        Seconds between two beats, in order.
    worked
        Seconds of the processor that this program used between them, in all its threads.
    """

    def __init__(self) -> None:
        super().__init__()
        self.beats: list[float] = []
        self.worked: list[float] = []
        self._last = self._used = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)

    def __enter__(self) -> Heartbeat:
        self.beats.clear()
        self.worked.clear()
        self._last, self._used = perf_counter(), process_time()
        self._timer.start(BEAT_MS)
        return self

    def __exit__(self, *_: Any) -> None:
        self._timer.stop()
        self._beat()

    def _beat(self) -> None:
        now, used = perf_counter(), process_time()
        self.beats.append(now - self._last)
        self.worked.append(used - self._used)
        self._last, self._used = now, used

    @property
    def longest_ms(self) -> float:
        """The longest stall, in milliseconds."""
        return 1000 * max(self.beats, default=0.0)

    @property
    def most_worked_ms(self) -> float:
        """The most that the program itself worked between two beats, in ms: a stall without other programs."""
        return 1000 * max(self.worked, default=0.0)
