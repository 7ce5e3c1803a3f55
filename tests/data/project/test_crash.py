"""Pull the plug at any moment: nothing older than two seconds is lost, and nothing is half-written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from random import Random
from time import monotonic, sleep, time

import numpy as np
import pytest
import tifffile
from PIL import Image

from napari_leafseg.data.layouts import load_sample, open_folder
from napari_leafseg.data.project import Project
from napari_leafseg.data.project.autosave import DELAY

PAINTER = Path(__file__).with_name("painter.py")
IMAGES = ("x.png", "y.png")
LOST_AT_MOST = 2.0
HURRIED = 0.003
"""Seconds between writings in most runs: then most kills hit one."""


def kill_at_random(folder: Path, log: Path, delay: float, life: float) -> float:
    """Let a child edit, kill it hard, and say when."""
    lines = log.read_text().count("\n")
    child = subprocess.Popen([sys.executable, str(PAINTER), str(folder), str(log), str(delay)], stderr=subprocess.PIPE)
    end = monotonic() + 60
    while log.read_text().count("\n") == lines and child.poll() is None and monotonic() < end:
        sleep(0.01)
    sleep(life)
    assert child.poll() is None, child.stderr.read() if child.stderr else ""
    child.kill()
    child.communicate()
    return time()


def check(folder: Path, edits: list[str], killed: float) -> list[int]:
    """Open the project as after any crash; return the newest edit of each image that is on the disk.

    ``edits`` are the lines of the child that was killed.
    """
    made = [(int(number), name, float(when)) for number, name, when in map(str.split, edits)]
    numbers = []
    # A training may come first, and repairs nothing.
    trained_on = [entry.labels.read(None).labels for entry in open_folder(folder).entries if entry.labels is not None]
    assert all(len(np.unique(labels)) == 2 for labels in trained_on)
    with Project(folder) as project:
        for name in IMAGES:
            stored = project.load(folder / name)
            number = 0 if stored is None else stored.sidecar.objects and int(stored.sidecar.checked[0])
            wanted = max((n for n, image, when in made if image == name and when < killed - LOST_AT_MOST), default=0)
            assert number >= wanted
            numbers.append(number)
            if stored is None:
                continue
            labels, read = stored.labels, stored.sidecar
            assert labels is not None and not stored.notices
            # All of one edit, and of one only.
            assert set(np.unique(labels)) == {0, number} and (labels == 0).sum() == 4
            assert (stored.ignore is None and number % 128 == 0) or stored.ignore[0].sum() == number % 128
            assert read.uncertainty == number / 2**20 and read.classes == {number: f"class {number % 5}"}
        assert not project.take_notices()
    assert not list((folder / "leafseg").glob(".*"))
    for path in (folder / "leafseg").glob("*.tif"):
        assert tifffile.imread(path).shape == (96, 128)
    return numbers


def crash(tmp_path: Path, times: int, seed: int, slow_ones: int) -> None:
    folder, log, random = tmp_path / "images", tmp_path / "log.txt", Random(seed)
    folder.mkdir()
    log.touch()
    for name in IMAGES:
        Image.fromarray(np.zeros((96, 128), np.uint8)).save(folder / name)
    newest = [0, 0]
    for index in range(times):
        as_in_a_window = index < slow_ones
        life = random.uniform(0, 2.5) if as_in_a_window else random.uniform(0, 0.2)
        earlier = log.read_text().count("\n")
        killed = kill_at_random(folder, log, DELAY if as_in_a_window else HURRIED, life)
        numbers = check(folder, log.read_text().splitlines()[earlier:], killed)
        assert all(new >= old for new, old in zip(numbers, newest, strict=True))
        newest = numbers
    assert min(newest) > 0
    entry = open_folder(folder).entries[0]
    assert entry.teaches and load_sample(entry).labels.max() == newest[0]


def test_ten_kills(tmp_path: Path) -> None:
    crash(tmp_path, 10, seed=1, slow_ones=2)


@pytest.mark.slow
def test_two_hundred_kills(tmp_path: Path) -> None:
    crash(tmp_path, 200, seed=2, slow_ones=20)
