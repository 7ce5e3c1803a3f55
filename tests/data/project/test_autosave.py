"""What a window changes is soon on the disk, whole, and no failure loses it."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from project_parts import SHAPE, labels_with

from napari_leafseg.data.project import Autosave, Change, Project, Status, Summary
from napari_leafseg.data.reading import read_labels

SOON = 0.05


class Saver:
    """An autosave with all that it said."""

    def __init__(self, project: Project, delay: float) -> None:
        self.saved: list[tuple[Path, Summary]] = []
        self.failed: list[tuple[Path, str]] = []
        self.auto = Autosave(
            project,
            saved=lambda image, summary: self.saved.append((image, summary)),
            failed=lambda image, sentence: self.failed.append((image, sentence)),
            delay=delay,
        )


@pytest.fixture
def saver(opened: Callable[..., Project]) -> Iterator[Callable[..., Saver]]:
    savers: list[Saver] = []

    def make(delay: float = SOON) -> Saver:
        savers.append(Saver(opened(), delay))
        return savers[-1]

    yield make
    for each in savers:
        each.auto.close(5)


def on_disk(folder: Path, name: str = "a.png") -> NDArray[np.int32]:
    return read_labels(folder / "leafseg" / f"{name}.tif")


def until(condition: Callable[[], Any], seconds: float = 10.0) -> None:
    end = monotonic() + seconds
    while not condition():
        assert monotonic() < end, "this never came about"
        sleep(0.005)


def test_a_stroke_is_on_the_disk_within_two_seconds(folder: Path, saver: Callable[..., Saver]) -> None:
    made = saver(1.0)
    made.auto.labels(folder / "a.png", labels_with(3))
    began = monotonic()
    until(lambda: made.saved)
    assert monotonic() - began < 2 and on_disk(folder).max() == 3
    assert made.saved[0][1].status is Status.IN_WORK and not made.auto.pending


def test_painting_on_does_not_put_the_writing_off(folder: Path, saver: Callable[..., Saver]) -> None:
    auto = saver(0.2).auto
    labels = np.zeros(SHAPE, np.uint16)
    painted: list[float] = []
    while len(painted) < 60:
        labels[0, 0] = len(painted) + 1
        painted.append(monotonic())
        auto.labels(folder / "a.png", labels, (slice(0, 1), slice(0, 1)))
        sleep(0.02)
        if monotonic() - painted[0] > 1:
            saved_until = painted[int(on_disk(folder)[0, 0]) - 1]
            assert monotonic() - saved_until < 1


def test_what_is_painted_later_does_not_show_in_what_is_written(folder: Path, saver: Callable[..., Saver]) -> None:
    auto = saver(60).auto
    labels = labels_with(1).astype(np.uint16)
    auto.labels(folder / "a.png", labels)
    labels[...] = 9
    # Only this box is handed over: the rest of the stroke is still under way.
    auto.labels(folder / "a.png", labels, (slice(20, 22), slice(0, 4)))
    labels[...] = 8
    assert auto.flush(10)
    expected = labels_with(1)
    expected[20:22, :4] = 9
    assert np.array_equal(on_disk(folder), expected)


def test_an_array_of_another_kind_is_taken_whole(folder: Path, saver: Callable[..., Saver]) -> None:
    auto = saver(60).auto
    box = (slice(0, 1), slice(0, 1))
    auto.labels(folder / "a.png", labels_with(1).astype(np.uint8), box)
    auto.labels(folder / "a.png", labels_with(300, 2).astype(np.uint16), box)
    assert auto.flush(10) and np.array_equal(on_disk(folder), labels_with(300, 2))


def test_the_newest_of_many_changes_counts(folder: Path, saver: Callable[..., Saver]) -> None:
    made = saver(60)
    image = folder / "a.png"
    region = np.zeros(SHAPE, bool)
    region[0] = True
    made.auto.note(image, Change(status=Status.PREDICTED, uncertainty=0.5, labels=labels_with(4)))
    made.auto.labels(image, labels_with(1, 2), what="split")
    made.auto.ignore(image, region)
    made.auto.note(image, Change(status=Status.CORRECTED, checked=[2]))
    made.auto.labels(folder / "b.png", labels_with(7))
    assert made.auto.flush(10) and len(made.saved) == 2
    made.auto.close()
    stored = made.auto._project.load(image)
    assert stored is not None and stored.ignore is not None and np.array_equal(stored.ignore, region)
    assert np.array_equal(stored.labels, labels_with(1, 2))
    assert (stored.sidecar.status, stored.sidecar.checked, stored.sidecar.uncertainty) == ("corrected", (2,), 0.5)
    assert [step.what for step in stored.sidecar.steps][:2] == ["split", "region to ignore"]
    assert on_disk(folder, "b.png").max() == 7


def test_the_caller_never_waits_for_the_disk(folder: Path, saver: Callable[..., Saver]) -> None:
    auto = saver().auto
    labels = np.zeros((2000, 2000), np.uint16)
    # The lock that a writing holds: as if the disk took this long.
    with auto._project._mutex:
        until(lambda: auto.labels(folder / "a.png", labels) or auto._writing)
        longest = 0.0
        for value in range(20):
            labels[:50, :50] = value
            began = monotonic()
            auto.labels(folder / "a.png", labels, (slice(0, 50), slice(0, 50)))
            auto.note(folder / "a.png", Change(uncertainty=0.5))
            longest = max(longest, monotonic() - began)
    assert longest < 0.5 and auto.flush(10)
    assert on_disk(folder)[0, 0] == 19


def full(*_: Any) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_is_said_once_and_loses_nothing(
    folder: Path, saver: Callable[..., Saver], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = saver()
    image = folder / "a.png"
    made.auto.labels(image, labels_with(1).astype(np.uint16))
    assert made.auto.flush(10)
    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        labels = labels_with(1, 2).astype(np.uint16)
        made.auto.labels(image, labels, (slice(None), slice(None)))
        until(lambda: made.failed)
        # Tried again at the next change, and at the end.
        labels[20:22, 3:6] = 5
        made.auto.labels(image, labels, (slice(20, 22), slice(3, 6)))
        assert not made.auto.flush(10) and made.auto.pending
        assert len(made.failed) == 1 and "No space left" in made.failed[0][1] and "a.png" in made.failed[0][1]
        assert on_disk(folder).max() == 1
    made.auto.note(image, Change(checked=[5]))
    until(lambda: not made.auto.pending)
    assert np.array_equal(on_disk(folder), labels)
    stored = made.auto._project.load(image)
    assert stored is not None and stored.sidecar.checked == (5,)


def test_a_failed_writing_is_tried_again_though_nothing_changes(
    folder: Path, saver: Callable[..., Saver], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("napari_leafseg.data.project.autosave.RETRY", 0.1)
    made = saver()
    with monkeypatch.context() as broken:
        broken.setattr(os, "replace", full)
        made.auto.labels(folder / "a.png", labels_with(6))
        until(lambda: made.failed)
    until(lambda: made.saved)
    assert on_disk(folder).max() == 6


def test_a_removed_folder_is_said_and_what_was_painted_is_kept(folder: Path, saver: Callable[..., Saver]) -> None:
    made = saver()
    made.auto.labels(folder / "a.png", labels_with(1))
    assert made.auto.flush(10)
    away = shutil.move(folder / "leafseg", folder.parent / "away")
    made.auto.labels(folder / "a.png", labels_with(1, 2))
    assert not made.auto.flush(10) and "is gone" in made.failed[-1][1]
    assert not (folder / "leafseg").exists()
    shutil.move(away, folder / "leafseg")
    assert made.auto.flush(10) and on_disk(folder).max() == 2


def test_what_are_no_labels_is_said(folder: Path, saver: Callable[..., Saver]) -> None:
    made = saver()
    made.auto.labels(folder / "a.png", labels_with(1) - 5)
    assert not made.auto.flush(10) and "ids from -5" in made.failed[0][1]
    made.auto.labels(folder / "a.png", labels_with(1))
    assert made.auto.flush(10)


def test_closing_writes_and_ends_the_thread(folder: Path, saver: Callable[..., Saver]) -> None:
    auto = saver(60).auto
    auto.labels(folder / "a.png", labels_with(2))
    assert auto.close(10) and on_disk(folder).max() == 2
    assert not [thread for thread in threading.enumerate() if thread.name == "autosave"]
    # A change that comes after all is written at once.
    auto.labels(folder / "a.png", labels_with(3))
    until(lambda: on_disk(folder).max() == 3)


def test_a_program_that_just_ends_has_saved(folder: Path) -> None:
    code = (
        "import sys, numpy as np; from pathlib import Path; from napari_leafseg.data.project import Autosave, Project;"
        "folder = Path(sys.argv[1]); project = Project(folder);"
        "auto = Autosave(project, saved=lambda *_: None, failed=lambda *_: None, delay=60);"
        "auto.labels(folder / 'a.png', np.full((24, 32), 7)); sys.exit(3)"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(folder)], check=False, timeout=60)
    assert ended.returncode == 3 and on_disk(folder).max() == 7
    assert not (folder / "leafseg" / "project.lock").exists()
