"""The file that keeps a second process out of a folder.

Holds who has it open: computer and process. Knows nothing of what else is in the folder.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psutil

from napari_leafseg.core.errors import LeafsegError
from napari_leafseg.core.params import FrozenModel
from napari_leafseg.core.user import user_name

_CLOCKS_DIFFER = 60.0


class Holder(FrozenModel):
    """Who has a folder open.

    Attributes
    ----------
    who, host, process
        User, computer and process id.
    since
        UTC.
    token
        Tells two locks of one process apart.
    """

    who: str
    host: str
    process: int
    since: datetime
    token: str

    @classmethod
    def me(cls) -> Holder:
        """Describe this process."""
        return cls(
            who=user_name(), host=socket.gethostname(), process=os.getpid(), since=datetime.now(UTC), token=uuid4().hex
        )

    @property
    def when(self) -> str:
        """Since when, for people."""
        return self.since.astimezone().strftime("%d %B %H:%M")

    @property
    def is_gone(self) -> bool:
        """Whether its process surely ended: it was on this computer, and its number is free or in later use."""
        if self.host != socket.gethostname():
            return False
        try:
            process = psutil.Process(self.process)
            if process.status() == psutil.STATUS_ZOMBIE:
                return True
            began = process.create_time()
        except psutil.NoSuchProcess:
            return True
        except psutil.Error:
            return False
        return began > self.since.timestamp() + _CLOCKS_DIFFER


Refusal = Callable[[Path, Holder | None], LeafsegError]
"""Makes the error of who is kept out, from the lock's path and its holder; ``None`` if several try at once."""


class FileLock:
    """Makes this process the only one that writes into a folder, until `release`.

    Parameters
    ----------
    path
        The lock.
    refusal
        What is raised where another process has it.

    Raises
    ------
    LeafsegError
        What ``refusal`` makes.
    OSError
        If the folder cannot be written.
    """

    def __init__(self, path: Path, refusal: Refusal) -> None:
        self.path = path
        self._refusal = refusal
        self._me = Holder.me()
        self._acquire()

    def check(self) -> None:
        """Make sure that the lock is still ours; one that was deleted is made again."""
        holder = holder_of(self.path)
        if holder is None or holder.token != self._me.token:
            self._acquire()

    def release(self) -> None:
        """Let others in."""
        with suppress(OSError):  # a lock of a process that ended is taken over anyway
            holder = holder_of(self.path)
            if holder is not None and holder.token == self._me.token:
                self.path.unlink(missing_ok=True)

    def _acquire(self) -> None:
        for _ in range(3):
            with suppress(FileExistsError):
                return self._make()
            holder = holder_of(self.path)
            if holder is not None and not holder.is_gone:
                raise self._refusal(self.path, holder)
            _clear_away(self.path, holder)
        raise self._refusal(self.path, None)

    def _make(self) -> None:
        # Written first and then put in place: nobody may find a lock without a name in it.
        temporary = self.path.with_name(f".{self.path.name}.{self._me.token}.tmp")
        try:
            with temporary.open("x", encoding="utf-8") as file:
                file.write(self._me.model_dump_json() + "\n")
            _place_new(temporary, self.path)
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


def _place_new(temporary: Path, path: Path) -> None:
    """Give a file its name unless that is taken, in one step."""
    if os.name == "nt":
        os.rename(temporary, path)  # which never replaces on Windows
        return
    try:
        os.link(temporary, path)
    except OSError as error:
        if isinstance(error, FileExistsError):
            raise
        # A file system without links (FAT, some shares).
        with path.open("x", encoding="utf-8") as file:
            file.write(temporary.read_text(encoding="utf-8"))


def holder_of(path: Path) -> Holder | None:
    """Read who holds a lock; ``None`` if nobody does, or the file says nothing."""
    try:
        return Holder.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError):
        return None


def _clear_away(path: Path, stale: Holder | None) -> None:
    """Move a stale lock out of the way; two processes that try this at once do not take each other's new lock."""
    aside = path.with_name(f".{path.name}.{uuid4().hex}.tmp")
    with suppress(FileNotFoundError):
        os.rename(path, aside)
        taken = holder_of(aside)
        if taken is not None and (stale is None or taken.token != stale.token):
            with suppress(FileExistsError):
                _place_new(aside, path)
        with suppress(FileNotFoundError):
            aside.unlink()
