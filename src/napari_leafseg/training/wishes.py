"""What somebody wishes of a run that another process trains: to pause, to go on, to end.

A small file in the run's folder, so that a window that found a run again can wish too. Imports no torch.
"""

from __future__ import annotations

import json
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

import psutil

from napari_leafseg.core.atomic import replacing
from napari_leafseg.core.errors import TrainingError

WISH = "wish.json"
_CLOCKS_DIFFER = 1.0


class Wish(StrEnum):
    """What a run is to do."""

    GO = "go"
    PAUSE = "pause"
    STOP = "stop"


def wish(run: Path, what: Wish | str) -> None:
    """Tell a run what to do; it looks at every step.

    Parameters
    ----------
    run
        Its folder.
    what
        ``"go"``, ``"pause"`` (keeps the processor idle until it may go on) or ``"stop"`` (ends like a run whose
        budget is used, with the best weights so far).

    Raises
    ------
    TrainingError
        If the folder cannot be written.
    """
    text = json.dumps({"wish": Wish(what).value})
    try:
        with replacing(run / WISH) as file:
            file.write(text.encode())
    except OSError as error:
        raise TrainingError(
            f"The run in {run} cannot be told to {Wish(what).value} ({error.strerror}): is its folder still there?"
        ) from None


class Wishes:
    """Reads what is wished of a run, as often as one likes."""

    def __init__(self, run: Path) -> None:
        self._path = run / WISH
        self._seen: tuple[int, int] | None = None
        self._latest = Wish.GO

    def look(self) -> Wish:
        """Return the latest wish; the file is read only when it changed."""
        try:
            state = self._path.stat()
            seen = (state.st_mtime_ns, state.st_ino)
            if seen != self._seen:
                self._latest = Wish(json.loads(self._path.read_text(encoding="utf-8"))["wish"])
                self._seen = seen
        except FileNotFoundError:
            self._latest = Wish.GO
        except (OSError, ValueError, LookupError, TypeError):
            # Read again at the next look: somebody else's program may be writing it in pieces.
            return self._latest
        return self._latest

    def forget(self) -> None:
        """Take back what is wished."""
        self._path.unlink(missing_ok=True)
        self._latest = Wish.GO

    def forget_older(self) -> None:
        """Take back what was wished before this process began; who presses Stop right after Start is heard."""
        with suppress(FileNotFoundError):
            if self._path.stat().st_mtime < psutil.Process().create_time() - _CLOCKS_DIFFER:
                self.forget()
