"""Kill a window in the midst of painting: the project opens, and at most the last two seconds are missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep, time

import numpy as np
import pytest
from PIL import Image

from napari_leafseg.data.project import Project

WINDOW = Path(__file__).with_name("painting_window.py")
LOST_AT_MOST = 2.0
ROW = 40


def _killed(folder: Path, log: Path, strokes: int) -> float:
    """Let a child paint so many strokes at least, kill it hard, and say when."""
    child = subprocess.Popen([sys.executable, str(WINDOW), str(folder), str(log)], stderr=subprocess.PIPE)
    end = monotonic() + 120
    while log.read_text().count("\n") < strokes and child.poll() is None and monotonic() < end:
        sleep(0.05)
    assert child.poll() is None, child.stderr.read().decode() if child.stderr else ""
    child.kill()
    child.communicate()
    return time()


@pytest.mark.slow
def test_a_killed_window_lost_two_seconds_at_most(tmp_path):
    folder, log = tmp_path / "images", tmp_path / "log.txt"
    folder.mkdir()
    log.touch()
    for name in "xy":
        Image.fromarray(np.zeros((96, 128), np.uint8)).save(folder / f"{name}.png")
    killed = _killed(folder, log, 75)
    made = [(int(number), name, float(when)) for number, name, when in map(str.split, log.read_text().splitlines())]
    newest = 0
    with Project(folder) as project:
        for name in ("x.png", "y.png"):
            stored = project.load(folder / name)
            assert stored is not None and stored.labels is not None and not stored.notices
            ids = np.unique(stored.labels[ROW])
            # All of one stroke, and of one of this image.
            assert len(ids) == 1 and not np.delete(stored.labels, ROW, axis=0).any()
            number = int(ids[0])
            assert number in {n for n, image, _ in made if image == name}
            assert number >= max((n for n, image, when in made if image == name and when < killed - LOST_AT_MOST))
            newest = max(newest, number)
        assert not project.take_notices()
    assert newest > 0 and not list((folder / "leafseg").glob(".*"))
