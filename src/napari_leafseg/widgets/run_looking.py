"""Looks into the folder of a training run, so that a window finds a run again, finished or not, whoever started it.

Reads files; to be called in jobs. Knows no window.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from napari_leafseg.core.errors import ImageError, TrainingError
from napari_leafseg.core.weights import BEST
from napari_leafseg.inference.comparison_file import COMPARISON, Comparison, read_comparison
from napari_leafseg.training.about import EVENTS, About, events_of, is_running, read_about
from napari_leafseg.training.runs import NOW
from napari_leafseg.widgets.training_story import Story, parsed, story_of

logger = logging.getLogger(__name__)

LOG = "log.txt"
"""In the run's folder: what the process wrote that was no event."""
State = tuple[int, int] | None
"""Time of change and size of a file; ``None`` for none."""


@dataclass(frozen=True, eq=False)
class RunLook:
    """What a run's folder said at one moment.

    Attributes
    ----------
    path
        The folder.
    about
        Which run it is; ``None`` before the process wrote it down.
    running
        Whether a process trains.
    story
        What its events add up to.
    now
        The latest step: ``stage``, ``epoch``, ``step``, ``steps``, ``losses``, ``progress``, ``seconds_left``; may be
        empty.
    comparison
        Figures before and after; ``None`` where nothing was compared yet.
    weights
        Whether there are weights.
    last_words
        What a process that ended without an event wrote last.
    """

    path: Path
    about: About | None = None
    running: bool = False
    story: Story = field(default_factory=Story)
    now: dict[str, Any] = field(default_factory=dict)
    comparison: Comparison | None = None
    weights: bool = False
    last_words: str = ""

    @property
    def broken_off(self) -> bool:
        """Whether the run ended without a word: killed, or the computer was turned off."""
        return self.about is not None and not self.running and not self.story.over


class RunLooker:
    """Looks again and again; what did not change is not read anew.

    Parameters
    ----------
    run
        The folder; need not exist yet.
    """

    def __init__(self, run: Path) -> None:
        self.run = run
        self._seen: dict[str, State] = {}
        self._story = Story()
        self._comparison: Comparison | None = None

    def look(self, *, alive: bool = False) -> RunLook:
        """Look now; ``alive`` says that its process is known to run, whatever the folder says."""
        # Asked before the events are read: who ended meanwhile has written its last event.
        running = alive or is_running(self.run)
        if self._changed(EVENTS):
            self._story = story_of(parsed(events_of(self.run)))
        if self._changed(COMPARISON):
            self._comparison = _comparison(self.run)
        return RunLook(
            self.run,
            about_of(self.run),
            running,
            self._story,
            _now(self.run),
            self._comparison,
            (self.run / BEST).is_file(),
            "" if running or self._story.over else _last_words(self.run),
        )

    def _changed(self, name: str) -> bool:
        state = _state(self.run / name)
        if state == self._seen.get(name):
            return False
        self._seen[name] = state
        return True


def about_of(run: Path) -> About | None:
    """Read which run it is; ``None`` where that is not written down."""
    try:
        return read_about(run)
    except TrainingError:
        return None


def _comparison(run: Path) -> Comparison | None:
    try:
        return read_comparison(run)
    except ImageError as error:
        logger.warning("%s", error)
        return None


def _state(path: Path) -> State:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size


def _now(run: Path) -> dict[str, Any]:
    try:
        value = json.loads((run / NOW).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _last_words(run: Path) -> str:
    try:
        lines = (run / LOG).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
