"""How long work is watched and stopped: functions that it calls often.

Knows nothing of what the work is or who watches.
"""

from collections.abc import Callable

Check = Callable[[], None]
"""Called often by long work; raises `Cancelled` when the person asked for a stop."""

Progress = Callable[[int, int], None]
"""Told how many of how many steps are done."""


def never() -> None:
    """Be the `Check` of work that is not cancelled."""


def silent(done: int, total: int) -> None:
    """Be the `Progress` that nobody watches."""
