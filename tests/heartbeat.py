"""Watches the event loop: how long it did nothing for a person, at worst."""

from __future__ import annotations

from time import perf_counter
from typing import Any

from qtpy.QtCore import QObject, Qt, QTimer

BEAT_MS = 10


class Heartbeat(QObject):
    """A timer of `BEAT_MS` that notes how late it came.

    Attributes
    ----------
    beats
        Seconds between two beats, in order.
    """

    def __init__(self) -> None:
        super().__init__()
        self.beats: list[float] = []
        self._last = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)

    def __enter__(self) -> Heartbeat:
        self.beats.clear()
        self._last = perf_counter()
        self._timer.start(BEAT_MS)
        return self

    def __exit__(self, *_: Any) -> None:
        self._timer.stop()
        self._beat()

    def _beat(self) -> None:
        now = perf_counter()
        self.beats.append(now - self._last)
        self._last = now

    @property
    def longest_ms(self) -> float:
        """The longest stall, in milliseconds."""
        return 1000 * max(self.beats, default=0.0)
