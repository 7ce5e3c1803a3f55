"""A run over a folder fills its project with predictions, and leaves alone what a person did or brought."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from threshold_segmenter import ThresholdSegmenter

from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.data.layouts import open_folder
from napari_leafseg.data.project import Project, Status
from napari_leafseg.widgets.folder_results import FolderResults
from napari_leafseg.widgets.folder_run import FolderRun
from napari_leafseg.widgets.images_dock import ImagesDock
from napari_leafseg.widgets.state import State, state_of

PATIENCE_MS = 20_000


@pytest.fixture
def dock(qtbot, viewer, folder) -> ImagesDock:
    """A folder of a (with labels of its own), b and c, open at a."""
    dock = ImagesDock(viewer)
    viewer.window.add_dock_widget(dock, name="Images")
    with qtbot.waitSignal(dock.stepping.shown, timeout=PATIENCE_MS):
        dock.open_folder(folder)
    return dock


@pytest.fixture
def state(dock, viewer) -> State:
    return state_of(viewer)


def _go(qtbot: Any, dock: ImagesDock, row: int) -> None:
    with qtbot.waitSignal(dock.stepping.shown, timeout=PATIENCE_MS):
        dock.stepping.go(row)


def _run(qtbot: Any, state: State, out: Path) -> dict[str, bool]:
    """Segment the folder; which images were taken in."""
    run, results, taken = FolderRun(state.jobs), FolderResults(state), dict[str, bool]()
    run.image_ended.connect(lambda image, _s, _l, result: taken.update({image.stem: results.take_in(image, result)}))
    segmenter = ThresholdSegmenter()
    with qtbot.waitSignal(run.ended, timeout=PATIENCE_MS):
        run.run(state.folder, out, segmenter, EncodeOptions(), segmenter.defaults)
    state.project.save_now()
    return taken


def _labels(state: State) -> np.ndarray:
    return state.layers.labels_layer_of(state.layers.image).data


def test_results_are_predictions_with_scores_and_record(qtbot, dock, state, folder, tmp_path):
    assert _run(qtbot, state, tmp_path / "out") == {"a": False, "b": True, "c": True}
    assert [dock.model.status(row) for row in range(3)] == ["labelled", "predicted", "predicted"]
    stored = state.project.load(folder / "images" / "c.png")
    assert stored.sidecar.status is Status.PREDICTED and stored.sidecar.record.method == "threshold"
    assert stored.labels.max() == 12 == len(stored.sidecar.scores)
    assert [step.what for step in stored.sidecar.steps] == ["Folder run", "status: predicted"]
    _go(qtbot, dock, 2)
    np.testing.assert_array_equal(_labels(state), stored.labels)
    assert state.saving.status is Status.PREDICTED and len(state.correcting.marks.scores) == 12
    state.project.close()
    entries = {entry.name: entry.teaches for entry in open_folder(folder).entries}
    assert entries == {"a": True, "b": False, "c": False}, "predictions teach nothing, given labels do"


def test_the_image_in_sight_shows_them_and_undo_takes_them_back(qtbot, dock, state, folder, tmp_path):
    _go(qtbot, dock, 1)
    _run(qtbot, state, tmp_path / "out")
    assert _labels(state).max() == 12 and state.saving.status is Status.PREDICTED
    assert dock.model.status(1) == "predicted"
    state.correcting.undo()
    assert not _labels(state).any() and state.saving.status is Status.NEW


def test_what_a_person_did_stays(qtbot, dock, state, folder, tmp_path):
    _go(qtbot, dock, 1)
    layer = state.layers.labels_layer_of(state.layers.image)
    layer.data_setitem((np.array([3, 3]), np.array([3, 4])), 7)
    mine = layer.data.copy()
    _go(qtbot, dock, 2)
    state.saving.set_status(Status.CORRECTED)
    assert _run(qtbot, state, tmp_path / "out") == {"a": False, "b": False, "c": False}
    _go(qtbot, dock, 1)
    np.testing.assert_array_equal(_labels(state), mine)


def test_a_second_run_replaces_the_first_also_where_it_was_seen(qtbot, dock, state, folder, tmp_path):
    """What is kept in memory of an image that was looked at must not hide the newer labels."""
    for row in (1, 2):
        _go(qtbot, dock, row)
    _run(qtbot, state, tmp_path / "out")
    _go(qtbot, dock, 1)
    old, new = tmp_path / "out", tmp_path / "again"
    run, results, segmenter = FolderRun(state.jobs), FolderResults(state), ThresholdSegmenter()
    run.image_ended.connect(lambda image, _s, _l, result: results.take_in(image, result))
    with qtbot.waitSignal(run.ended, timeout=PATIENCE_MS):
        run.run(state.folder, new, segmenter, EncodeOptions(), segmenter.defaults.replace(min_area=10_000))
    assert old.is_dir() and not _labels(state).any()
    _go(qtbot, dock, 2)
    assert not _labels(state).any()


def test_a_run_that_is_done_already_is_taken_in_too(qtbot, dock, state, folder, tmp_path):
    _run(qtbot, state, tmp_path / "out")
    state.project.close()
    for file in (folder / "leafseg").rglob("*.png.*"):
        file.unlink()
    with qtbot.waitSignal(dock.stepping.shown, timeout=PATIENCE_MS):
        dock.open_folder(folder)
    assert dock.model.status(1) == "new"
    assert _run(qtbot, state, tmp_path / "out")["b"]
    state.project.close()
    with Project(folder) as project:
        assert project.load(folder / "images" / "b.png").sidecar.status is Status.PREDICTED
