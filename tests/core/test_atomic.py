"""A file is the old one or the new one, and never something between."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from napari_leafseg.core.atomic import keep, remove, replacing

OLD, NEW = b"old" * 1000, b"new" * 2000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "ü" / "a.bin"
    file.parent.mkdir()
    file.write_bytes(OLD)
    return file


def test_an_error_in_the_middle_leaves_the_old_file_and_nothing_else(path: Path) -> None:
    def stop() -> None:
        with replacing(path) as file:
            file.write(NEW[:10])
            raise ValueError("in the middle")

    with pytest.raises(ValueError, match="in the middle"):
        stop()
    assert path.read_bytes() == OLD and list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("broken", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, broken, full)
    with pytest.raises(OSError, match="full"), replacing(path) as file:
        file.write(NEW)
    assert path.read_bytes() == OLD and list(path.parent.iterdir()) == [path]


def test_readers_find_one_or_the_other_at_any_moment(path: Path) -> None:
    older = path.with_name("older.bin")
    seen: set[bytes] = set()
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.add(path.read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    for turn in range(50):
        keep(path, older)
        with replacing(path) as file:
            file.write((OLD, NEW)[turn % 2])
    done.set()
    reader.join()
    assert seen <= {OLD, NEW} and older.read_bytes() == OLD and path.read_bytes() == NEW


def test_the_older_content_stays_where_there_are_no_links(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refused)
    for content in (NEW, OLD):
        keep(path, path.with_name("older.bin"))
        with replacing(path) as file:
            file.write(content)
    assert path.read_bytes() == OLD and path.with_name("older.bin").read_bytes() == NEW
    assert len(list(path.parent.iterdir())) == 2


def test_what_is_not_there_is_neither_kept_nor_removed(tmp_path: Path) -> None:
    keep(tmp_path / "none", tmp_path / "older")
    remove(tmp_path / "none")
    assert not list(tmp_path.iterdir())
