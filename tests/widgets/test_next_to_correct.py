"""The order of correction: damaged labels come first, corrected images last, and the order holds still."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from napari_leafseg.data.nuclei import draw_nuclei
from napari_leafseg.data.project import Change, Project, Status
from napari_leafseg.widgets.images_dock import ImagesDock
from napari_leafseg.widgets.project_doubts import ranks
from napari_leafseg.widgets.state import state_of

PATIENCE_MS = 20_000


def _damaged(labels: np.ndarray) -> np.ndarray:
    """Join half of the objects with their neighbours by number, and forget others."""
    worse = labels.copy()
    worse[np.isin(worse, [2, 4, 6])] = 1
    worse[np.isin(worse, [7, 9, 11])] = 0
    return worse


@pytest.fixture
def predicted(tmp_path: Path) -> Path:
    """Four predicted images, of which the third is damaged and the first was corrected; the last has no labels."""
    with Project(tmp_path) as project:
        for seed, name in enumerate("abcde"):
            image, labels = draw_nuclei(128, 12, seed=seed)
            Image.fromarray(image).save(tmp_path / f"{name}.png")
            status = Status.CORRECTED if name == "a" else Status.PREDICTED
            if name != "e":
                kept = _damaged(labels) if name in "ac" else labels
                project.save(tmp_path / f"{name}.png", Change(labels=kept, status=status))
    return tmp_path


@pytest.mark.parametrize(
    ("doubts", "statuses", "places"),
    [
        ([0.1, 0.9, None, 0.5], ["predicted"] * 4, [2, 0, 3, 1]),
        ([0.9, None, 0.1], ["corrected", "new", "in work"], [2, 1, 0]),
        ([None, None], ["new", "labelled"], [0, 1]),
        ([], [], []),
    ],
)
def test_ranks(doubts, statuses, places):
    assert ranks(doubts, statuses) == places


def test_the_most_doubtful_image_comes_first_and_next_follows_the_list(qtbot, viewer, predicted):
    dock = ImagesDock(viewer)
    viewer.window.add_dock_widget(dock, name="Images")
    with qtbot.waitSignal(dock.stepping.shown, timeout=PATIENCE_MS):
        dock.open_folder(predicted)
    bar, state = dock.view.bar, state_of(viewer)
    bar.setByDoubt(True)
    with qtbot.waitSignal(dock.stepping.shown, timeout=PATIENCE_MS):
        bar.order.activated.emit(1)
    assert state.entry.name == "c"
    shown = [dock.view.list.model().index(place, 0).data().split("\n")[0] for place in range(5)]
    assert shown[0] == "c" and shown[3:] == ["e", "a"]
    assert "doubt" in dock.model.data(dock.model.index(2, 1)) and "objects" in bar.why.text()
    with qtbot.waitSignal(dock.stepping.shown, timeout=PATIENCE_MS):
        bar.done.click()
    assert dock.model.status(2) == "corrected" and state.entry.name == shown[1]
    with qtbot.waitSignal(dock.stepping.shown, timeout=PATIENCE_MS):
        dock.step(-1)
    assert state.entry.name == "c"
    state.project.save_now()
    assert state.project.summary(predicted / "c.png").uncertainty == pytest.approx(dock.model.doubt(2))
    bar.setByDoubt(False)
    bar.order.activated.emit(0)
    assert dock.view.neighbour(0, 1) == 1


def test_judging_makes_no_project(qtbot, viewer, folder):
    dock = ImagesDock(viewer)
    viewer.window.add_dock_widget(dock, name="Images")
    with qtbot.waitSignal(dock.stepping.shown, timeout=PATIENCE_MS):
        dock.open_folder(folder)
    with qtbot.waitSignal(dock.order.doubts.ended, timeout=PATIENCE_MS):
        dock.order.choose(True)
    assert not (folder / "leafseg").exists()
