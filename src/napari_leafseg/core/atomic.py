"""Files that appear whole or not at all: written beside their place, made sure of, then renamed.

The one way in which this program replaces a file. Must know nothing of what is in them.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import sleep
from typing import BinaryIO

_IS_WINDOWS = os.name == "nt"
_TRIES, _PAUSE = 10, 0.05


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a file to be written in the place of ``path``, which changes only when all went well.

    The folder is made if need be. Raises `OSError`; then the older file is untouched and nothing is left over.
    """
    # Two threads, or two programs on a shared folder, must not write into one temporary file.
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.tmp")
    try:
        with staged(temporary) as file:
            yield file
        rename(temporary, path)
    finally:
        with suppress(OSError):  # the folder itself is what failed; there is nothing of ours in it
            temporary.unlink(missing_ok=True)


@contextmanager
def staged(path: Path) -> Iterator[BinaryIO]:
    """Open a temporary file that is on the disk, not only on its way there, when the block is left."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        yield file
        file.flush()
        # Without this a power cut after the rename can leave an empty file.
        os.fsync(file.fileno())


def rename(old: Path, new: Path) -> None:
    """Give a file the place of another one, on the disk too."""
    _patiently(lambda: os.replace(old, new))
    _sync_folder(new.parent)


def keep(path: Path, older: Path) -> None:
    """Let a file's content stay under a second name when the first gets another content; nothing if it is not there."""
    temporary = older.with_name(f".{older.name}.{os.getpid()}.{threading.get_ident()}.tmp")
    with suppress(FileNotFoundError):
        try:
            _link_or_copy(path, temporary)
            _patiently(lambda: os.replace(temporary, older))
        finally:
            remove(temporary)


def _link_or_copy(path: Path, other: Path) -> None:
    try:
        os.link(path, other)
    except OSError:
        # A file system without links (FAT, some shares).
        shutil.copy2(path, other)


def remove(path: Path) -> None:
    """Delete a file if it is there."""
    _patiently(lambda: path.unlink(missing_ok=True))


def _patiently(action: Callable[[], None]) -> None:
    """Try again for a moment: on Windows a virus scanner or an indexer holds new files open."""
    for _ in range(_TRIES if _IS_WINDOWS else 0):
        with suppress(PermissionError):
            return action()
        sleep(_PAUSE)
    return action()


def _sync_folder(folder: Path) -> None:
    """Bring a renaming to the disk, where the system has a way to ask for that."""
    if _IS_WINDOWS:
        return
    # Some network file systems refuse it for folders; they write names at once.
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
