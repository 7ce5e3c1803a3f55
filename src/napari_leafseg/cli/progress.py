"""Progress bars for a person at a terminal; silent in pipes and logs.

Knows the events of a folder run, and steps; nothing of how they come about.
"""

from __future__ import annotations

from pathlib import Path
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from napari_leafseg.inference.events import Event, ImageDone, ImageFailed, ImageSkipped, Started


class Bar:
    """One bar, for work that tells how many of how many steps are done."""

    def __init__(self, title: str) -> None:
        self._progress = _shown()
        self._task = self._progress.add_task(title, total=None)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._progress.stop()

    def on_progress(self, done: int, total: int) -> None:
        """Show how far it is."""
        self._progress.update(self._task, completed=done, total=total)


class Bars:
    """One bar for the images and, while a stack or a tiled image is segmented, one for its parts."""

    def __init__(self) -> None:
        self._progress = _shown()
        self._images = self._progress.add_task("Images", total=None)
        self._planes = self._progress.add_task("Planes", total=None, visible=False)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._progress.stop()

    def on_event(self, event: Event) -> None:
        """Show what just happened."""
        if isinstance(event, Started):
            self._progress.update(self._images, total=event.images)
        elif isinstance(event, ImageDone | ImageSkipped | ImageFailed):
            name = escape(Path(event.image).name)
            self._progress.update(self._images, advance=1, description=name)
            self._progress.update(self._planes, visible=False)

    def on_plane(self, done: int, total: int) -> None:
        """Show how far the current image is."""
        self._progress.update(self._planes, completed=done, total=total, visible=total > 1)


def _shown() -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )
