"""One window at a time, and nobody is kept out by a window that is gone."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from project_parts import labels_with

from napari_leafseg.core.errors import ProjectBusyError
from napari_leafseg.core.lock import Holder
from napari_leafseg.data.project import Change, Project
from napari_leafseg.data.project.lock import LOCK, Lock

Opened = Callable[..., Project]


@pytest.fixture
def place(folder: Path, opened: Opened) -> Path:
    """A project that was closed."""
    project = opened()
    project.save(folder / "a.png", Change(labels=labels_with(1)))
    project.close()
    assert project.place is not None and not (project.place / LOCK).exists()
    return project.place


def write_lock(place: Path, **values: Any) -> Path:
    holder = json.loads(Holder.me().model_dump_json()) | values
    (place / LOCK).write_text(json.dumps(holder), encoding="utf-8")
    return place / LOCK


def ended() -> int:
    """The number of a process that is gone."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_second_window_is_kept_out_in_a_sentence(folder: Path, place: Path, opened: Opened) -> None:
    first = opened()
    with pytest.raises(ProjectBusyError) as caught:
        opened()
    said = str(caught.value)
    assert socket.gethostname() in said and str(os.getpid()) in said and "close it there" in said and LOCK in said
    first.close()
    opened()


def test_two_windows_that_both_found_nothing_do_not_both_write(folder: Path, opened: Opened) -> None:
    first, second = opened(), opened()
    first.save(folder / "a.png", Change(labels=labels_with(1)))
    with pytest.raises(ProjectBusyError):
        second.save(folder / "a.png", Change(labels=labels_with(2)))
    first.close()
    second.save(folder / "b.png", Change(labels=labels_with(2)))
    assert set(second.summaries) == {"a.png", "b.png"}


def test_a_lock_of_a_process_that_ended_is_taken_over(folder: Path, place: Path, opened: Opened) -> None:
    lock = write_lock(place, process=ended())
    opened()
    assert json.loads(lock.read_text())["process"] == os.getpid()


def test_a_lock_whose_process_number_is_in_use_again_is_taken_over(place: Path, opened: Opened) -> None:
    write_lock(place, process=os.getpid(), since="2001-01-01T00:00:00Z")
    opened()


@pytest.mark.parametrize("process", [1, 4_000_000])
def test_a_lock_of_another_computer_holds(place: Path, opened: Opened, process: int) -> None:
    lock = write_lock(place, host="lab-pc-3", process=process, who="anna")
    with pytest.raises(ProjectBusyError, match="by anna on lab-pc-3"):
        opened()
    lock.unlink()
    opened()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"host": 3}'])
def test_a_lock_that_says_nothing_keeps_nobody_out(place: Path, opened: Opened, text: str) -> None:
    (place / LOCK).write_text(text)
    opened()


def test_a_window_whose_lock_was_taken_over_writes_nothing_more(folder: Path, place: Path, opened: Opened) -> None:
    project = opened()
    lock = write_lock(place, host="lab-pc-3", token="other")  # noqa: S106
    with pytest.raises(ProjectBusyError, match="lab-pc-3"):
        project.save(folder / "a.png", Change(labels=labels_with(9)))
    project.close()
    assert lock.exists(), "the lock of the other window is left alone"


def test_a_lock_that_was_deleted_is_made_again(folder: Path, place: Path, opened: Opened) -> None:
    project = opened()
    (place / LOCK).unlink()
    project.save(folder / "a.png", Change(labels=labels_with(9)))
    assert (place / LOCK).exists()


def test_of_many_that_find_a_stale_lock_one_gets_it(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from napari_leafseg.data.project.lock import Lock;"
        "from napari_leafseg.core.errors import ProjectBusyError\n"
        "sys.stdin.readline()\n"
        "try:\n    Lock(Path(sys.argv[1])); print('mine', flush=True); sys.stdin.readline()\n"
        "except ProjectBusyError: print('busy', flush=True); sys.stdin.readline()\n"
    )
    write_lock(tmp_path, process=ended())
    several = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    for process in several:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.stdout.readline().strip() for process in several if process.stdout is not None]
    for process in several:
        process.communicate("end\n")
    assert sorted(said) == ["busy"] * 3 + ["mine"]


def test_no_lock_is_left_where_none_could_be_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Lock(tmp_path / "missing")
    assert not list(tmp_path.iterdir())
