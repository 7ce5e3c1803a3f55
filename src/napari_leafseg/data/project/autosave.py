"""Saves what a window changes, beside the window and within two seconds.

The caller's arrays are copied when they are handed over, so a stroke that goes on meanwhile cannot tear what is
written; it copies only the box that changed, which takes no time. Knows no window: its callbacks come in its own
thread. What is `pending` is newer than what `Project.load` reads.
"""

from __future__ import annotations

import atexit
import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.core.errors import LeafsegError
from napari_leafseg.data.project.change import Change
from napari_leafseg.data.project.index import Summary
from napari_leafseg.data.project.project import Project
from napari_leafseg.data.project.unsaved import Box, Mirrors, Part, Patch, Unsaved

DELAY = 1.0
"""Seconds from a change to its writing: leaves as much again for the writing itself."""
RETRY = 10.0
"""Seconds after which a failed writing is tried again though nothing changed."""

_log = logging.getLogger(__name__)


class Autosave:
    """Collects changes and writes them in a thread; the newest wins.

    Parameters
    ----------
    project
        To save into; its `close` comes after this one's.
    saved
        Called with image and summary after each writing, in the writing thread.
    failed
        Called with image and one sentence when a writing fails, in the writing thread; once for each reason. What
        could not be written is kept and tried again, at the next change and every ten seconds.
    delay
        Seconds from the first unsaved change to its writing.
    """

    def __init__(
        self,
        project: Project,
        *,
        saved: Callable[[Path, Summary], None],
        failed: Callable[[Path, str], None],
        delay: float = DELAY,
    ) -> None:
        self._project, self._saved, self._failed, self._delay = project, saved, failed, delay
        self._mirrors = Mirrors()
        self._changed = threading.Condition()
        # All below is read and written with `_changed` held.
        self._unsaved: dict[Path, Unsaved] = {}
        self._mirrored: dict[tuple[Path, Part], tuple[tuple[int, ...], np.dtype[Any]]] = {}
        self._writing = self._hurry = self._closed = False
        self._retry_at = 0.0
        self._rounds = 0
        self._complaint = ""
        self._thread: threading.Thread | None = None
        atexit.register(self.close)

    # --- what the window calls; none of these waits -----------------------------------------

    def labels(self, image: Path, labels: NDArray[Any], box: Box | None = None, *, what: str = "") -> None:
        """Save labels.

        Parameters
        ----------
        image
            Its file, in the project's folder.
        labels
            Integers, (height, width) or (*leading, height, width); go on painting in it as you like.
        box
            One slice per axis around all that changed since the last call for this image; ``None`` if that is not
            known. A box is copied at once; a whole array of 4000 x 4000 takes some milliseconds.
        what
            In words, for the history, for example ``"split"``.
        """
        self._add(image, "labels", labels, box, Change(what=(what,) if what else ()))

    def ignore(self, image: Path, region: NDArray[np.bool_], box: Box | None = None) -> None:
        """Save the region to ignore, bool, as `labels` saves labels."""
        self._add(image, "ignore", region, box, Change(what=("region to ignore",)))

    def note(self, image: Path, change: Change) -> None:
        """Save values of an image: status, checked objects, classes, ... (arrays in it are taken whole)."""
        with self._changed:
            unsaved = self._unsaved_of(image)
            if change.labels is not None:
                self._patch(unsaved, image, "labels", change.labels, None)
            if change.ignore is not None:
                self._patch(unsaved, image, "ignore", change.ignore, None)
            unsaved.change = unsaved.change.then(replace(change, labels=None, ignore=None))
            self._wake()

    @property
    def pending(self) -> bool:
        """Whether something is not on the disk yet."""
        with self._changed:
            return bool(self._unsaved) or self._writing

    # --- ending -------------------------------------------------------------------------

    def flush(self, timeout: float | None = None) -> bool:
        """Write everything now and wait for it.

        Parameters
        ----------
        timeout
            Seconds to wait at most.

        Returns
        -------
        Whether all is on the disk; if not, ``failed`` was told why.
        """
        with self._changed:
            if not self._unsaved and not self._writing:
                return True
            # What is being written now may be older than what is asked for.
            goal = self._rounds + 1 + self._writing
            self._hurry = True
            self._wake()
            self._changed.wait_for(lambda: self._rounds >= goal or not (self._unsaved or self._writing), timeout)
            return not (self._unsaved or self._writing)

    def close(self, timeout: float | None = 30.0) -> bool:
        """Flush, and end the thread; what cannot be written now is lost.

        Returns
        -------
        Whether all is on the disk.
        """
        done = self.flush(timeout)
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            thread, self._thread = self._thread, None
        atexit.unregister(self.close)
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)
        return done

    # --- collecting ---------------------------------------------------------------------

    def _add(self, image: Path, part: Part, array: NDArray[Any], box: Box | None, change: Change) -> None:
        with self._changed:
            unsaved = self._unsaved_of(image)
            self._patch(unsaved, image, part, array, box)
            unsaved.change = unsaved.change.then(change)
            self._wake()

    def _patch(self, unsaved: Unsaved, image: Path, part: Part, array: NDArray[Any], box: Box | None) -> None:
        kind = (array.shape, array.dtype)
        # A box needs the rest of its array: the first edit of an image hands over all of it.
        whole = box is None or self._mirrored.get((image, part)) != kind
        unsaved.add(part, Patch.of(array, None if whole else box))
        self._mirrored[image, part] = kind

    def _unsaved_of(self, image: Path) -> Unsaved:
        return self._unsaved.setdefault(image, Unsaved(monotonic()))

    def _wake(self) -> None:
        """Let the thread look; a change is a reason to try again what failed."""
        self._retry_at = 0.0
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="autosave", daemon=True)
            self._thread.start()
        self._changed.notify_all()

    # --- writing, in the thread -----------------------------------------------------------

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._wait():
                    return
                taken, self._unsaved = self._unsaved, {}
                self._writing, self._hurry = True, False
            left = dict(taken)
            try:
                for image, unsaved in taken.items():
                    if self._write(image, unsaved):
                        del left[image]
            finally:
                self._written(left, list(taken))

    def _wait(self) -> bool:
        """Sleep until something is due; whether there is something to write."""
        while True:
            due = max(min((u.since for u in self._unsaved.values()), default=np.inf) + self._delay, self._retry_at)
            now = monotonic()
            urgent = self._hurry or (self._closed and self._retry_at <= now)
            if self._unsaved and (urgent or due <= now):
                return True
            if self._closed:
                return False
            self._hurry = False
            self._changed.wait(None if due == np.inf else due - now)

    def _write(self, image: Path, unsaved: Unsaved) -> bool:
        try:
            arrays = self._mirrors.updated(image, unsaved)
            change = replace(unsaved.change, labels=arrays.get("labels"), ignore=arrays.get("ignore"))
            summary = self._project.save(image, change)
        except (LeafsegError, MemoryError) as error:
            _log.warning("%s is not saved", image, exc_info=True)
            self._complain(image, str(error) or f"There is not enough memory to save {image.name}: close other images.")
            return False
        self._complaint = ""
        self._saved(image, summary)
        return True

    def _complain(self, image: Path, sentence: str) -> None:
        if sentence != self._complaint:
            self._complaint = sentence
            self._failed(image, sentence)

    def _written(self, left: dict[Path, Unsaved], tried: list[Path]) -> None:
        """Take back what was not written, ahead of what came since; let copies of other images go."""
        with self._changed:
            self._writing, self._rounds = False, self._rounds + 1
            now, newer = monotonic(), self._unsaved
            if left:
                self._retry_at = now + RETRY
            again = {image: unsaved.then(newer.pop(image, None), now) for image, unsaved in left.items()}
            self._unsaved = again | newer
            for image in {image for image, _ in self._mirrored} - set(self._unsaved) - set(tried[-1:]):
                self._mirrors.forget(image)
                self._mirrored = {key: kind for key, kind in self._mirrored.items() if key[0] != image}
            self._changed.notify_all()
