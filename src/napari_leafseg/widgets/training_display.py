"""Shows a look at a run in the dock's training view: words, progress, curves, previews.

Between what was read of a run and the controls; reads pictures in jobs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qtpy.QtCore import QObject
from qtpy.QtGui import QImage

from napari_leafseg.widgets.jobs import Jobs, LatestWins
from napari_leafseg.widgets.preview_pictures import draw_preview
from napari_leafseg.widgets.run_looking import RunLook
from napari_leafseg.widgets.training_story import Story
from napari_leafseg.widgets.training_view import BROKEN, OVER, PAUSED, RUNNING, STOPPING, TrainingView, in_words

STARTING = "Starting…"
NEVER_BEGAN = "The training did not begin: log.txt in its folder may say why."


class TrainingDisplay(QObject):
    """Keeps the view as the run is; what did not change is not drawn again."""

    def __init__(self, view: TrainingView, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self._run: Path | None = None
        self._story: Story | None = None
        self._drawing: LatestWins[tuple[Path, Path | None]] = LatestWins(jobs, draw_preview, self)
        self._drawing.returned.connect(self._on_drawn)
        view.preview.place_wanted.connect(self._on_place_wanted)

    def begin(self, run: Path, words: str = STARTING) -> None:
        """Show a run of which nothing is known yet."""
        self._run, self._story = run, None
        self._view.setTitle(f"Training “{run.name}”")
        self._view.setState(RUNNING)
        self._view.setProgress(None)
        self._view.setDoing(words)
        self._show_story(Story())

    def show(self, look: RunLook) -> None:
        """Show a run as it is now."""
        if look.path != self._run:
            self.begin(look.path, "")
        story = look.story
        if story is not self._story:
            self._show_story(story)
        self._view.setState(self._state_of(look))
        self._view.setProgress(float(look.now["progress"]) if "progress" in look.now else None)
        self._view.setDoing(doing(look))

    def _state_of(self, look: RunLook) -> str:
        if look.running:
            stopping = self._view.state() == STOPPING
            return STOPPING if stopping else PAUSED if look.story.paused else RUNNING
        return BROKEN if look.broken_off else OVER

    def _show_story(self, story: Story) -> None:
        self._story = story
        self._view.losses.setCurves(dict(story.losses))
        self._view.scores.setCurves(dict(story.scores))
        self._view.setWarnings(story.warnings)
        self._view.preview.setTitles([preview.title for preview in story.previews])

    def _on_place_wanted(self, place: int) -> None:
        if self._run is not None and self._story is not None and place < len(self._story.previews):
            preview = self._story.previews[place]
            self._drawing.submit((self._run / preview.labels, Path(preview.image) if preview.image else None))

    def _on_drawn(self, picture: QImage | None, request: Any) -> None:
        if picture is not None and self._run is not None and request[0].is_relative_to(self._run):
            self._view.preview.setPicture(picture)


def doing(look: RunLook) -> str:
    """Say in words what a run does."""
    story, now = look.story, look.now
    if not look.running:
        return _end(look)
    if story.paused:
        return "Paused; the processor is free for other things."
    if story.preparing or not now:
        return f"{(story.preparing or STARTING).rstrip('.…')}…"
    many = story.started is not None and len(story.started.stages) > 1
    stage = f"{now['stage']}: epoch" if many else "Epoch"
    words = f"{stage} {int(now['epoch']) + 1}, step {int(now['step']) + 1} of {now['steps']}"
    return ", ".join(part for part in (words, in_words(now.get("seconds_left"))) if part)


def _end(look: RunLook) -> str:
    finished = look.story.finished
    if look.story.failed is not None:
        return look.story.failed.sentence
    if look.about is None:
        return look.last_words or NEVER_BEGAN
    if finished is None:
        return f"The training “{look.path.name}” was broken off: its process ended without a word. {_LEFT}"
    why = "stopped" if finished.stopped else "ended early, because it no longer improved" if finished.early else "done"
    epochs = f"{finished.epochs} epoch{'' if finished.epochs == 1 else 's'}"
    return f"Training {why} after {epochs} and {finished.minutes:.1f} minutes."


_LEFT = "Your labels are untouched, and it can go on where it stopped."
