"""The Fine-tune dock over a real folder with a real run: what it says, what it refuses, what becomes of the weights."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from trained_runs import METHOD, copied, corrected_folder

from napari_leafseg.core.catalogue import find, own
from napari_leafseg.data.layouts import divide, open_folder
from napari_leafseg.data.project import Change, Project, Status
from napari_leafseg.training.about import EVENTS
from napari_leafseg.training.events import Failed
from napari_leafseg.widgets.dock_opening import fine_tune_dock, images_dock
from napari_leafseg.widgets.fine_tune_dock import NO_FOLDER, NO_IMAGES, NO_WEIGHTS
from napari_leafseg.widgets.past_runs import DECIDED, runs_folder
from napari_leafseg.widgets.start_form import Wanted
from napari_leafseg.widgets.state import state_of
from napari_leafseg.widgets.teaching_view import SIDE
from napari_leafseg.widgets.training_view import BROKEN, OVER


@pytest.fixture(autouse=True)
def _weights_of_their_own(tmp_path, monkeypatch):
    monkeypatch.setenv("LEAFSEG_HOME", str(tmp_path / "home"))


@pytest.fixture
def cells(trained_folder, tmp_path) -> Path:
    """A folder with a finished run about which nobody decided."""
    return copied(trained_folder, tmp_path / "cells")


@pytest.fixture
def dock(qtbot, viewer, first):
    """The dock of a viewer in which weights are chosen."""
    dock = fine_tune_dock(viewer)
    dock.loader.loaded.disconnect(dock._on_loaded)
    with qtbot.waitSignal(dock.loader.loaded, timeout=60_000) as told:
        dock.loader.load(METHOD, first)
    dock.loader.loaded.connect(dock._on_loaded)
    state_of(viewer).segmenter = told.args[0]
    return dock


def _open(qtbot, viewer, folder: Path) -> None:
    images = images_dock(viewer)
    with qtbot.waitSignal(images.stepping.shown, timeout=20_000):
        images.open_folder(folder)


def _found(qtbot, viewer, dock, folder: Path) -> None:
    """Open a folder and wait for its undecided run."""
    _open(qtbot, viewer, folder)
    qtbot.waitUntil(lambda: dock._look is not None and bool(dock.teaching.learned), timeout=20_000)


def test_an_empty_dock_says_what_to_do(viewer):
    dock = fine_tune_dock(viewer)
    assert NO_FOLDER in dock.view.data.text()
    assert not dock.view.form.start.isEnabled() and dock.view.form.start.toolTip() == NO_FOLDER
    assert dock.view.training.isHidden() and dock.view.result.isHidden()


def test_what_is_missing_is_said(qtbot, viewer, dock, folder, tmp_path):
    segmenter = state_of(viewer).segmenter
    state_of(viewer).segmenter = None
    _open(qtbot, viewer, corrected_folder(tmp_path / "new", 2))
    qtbot.waitUntil(lambda: dock.view.form.start.toolTip() == NO_WEIGHTS)
    state_of(viewer).segmenter = segmenter
    qtbot.waitUntil(dock.view.form.start.isEnabled)
    (tmp_path / "bare").mkdir()
    (tmp_path / "new" / "cell_0.png").rename(tmp_path / "bare" / "cell_0.png")
    _open(qtbot, viewer, tmp_path / "bare")
    qtbot.waitUntil(lambda: dock.view.form.start.toolTip() == NO_IMAGES)


def test_the_images_of_both_sides_are_listed_and_move_with_a_click(qtbot, viewer, dock, tmp_path):
    root = corrected_folder(tmp_path / "five")
    _open(qtbot, viewer, root)
    qtbot.waitUntil(lambda: len(dock.view.data.model.images) == 5)
    model = dock.view.data.model
    row = next(place for place, image in enumerate(model.images) if not image.checks)
    key = model.images[row].key
    dock.view.data.list.clicked.emit(model.index(row, SIDE))
    qtbot.waitUntil(lambda: model.images[row].key == key and model.images[row].checks)
    # The training divides by the same file.
    assert key in {entry.image.name for entry in divide(open_folder(root)).validation}


def test_an_image_that_is_corrected_meanwhile_is_learned_from(qtbot, viewer, dock, tmp_path):
    root = corrected_folder(tmp_path / "two", 2)
    with Project(root) as project:
        project.save(root / "cell_1.png", Change(status=Status.IN_WORK))
    _open(qtbot, viewer, root)
    qtbot.waitUntil(lambda: dock.teaching.learned == 1)
    images_dock(viewer).stepping.go(1)
    qtbot.waitUntil(lambda: state_of(viewer).entry.name == "cell_1")
    state_of(viewer).saving.set_status(Status.CORRECTED)
    qtbot.waitUntil(lambda: dock.teaching.learned == 2)


def test_doubts_are_said_before_the_start(qtbot, viewer, dock, tmp_path):
    _open(qtbot, viewer, corrected_folder(tmp_path / "two", 2))
    qtbot.waitUntil(lambda: "none kept aside" in dock.view.data.text())
    assert "which is few" in dock.view.data.text()


def test_the_command_is_shown_for_copying(qtbot, viewer, dock, cells, first):
    _found(qtbot, viewer, dock, cells)
    text = dock.view.form.command.text()
    assert text.startswith("napari-leafseg train --data") and "--fine-tune" in text and str(cells) in text
    assert f"--weights {first}" in text.replace("'", "") and "--minutes 10" in text


@pytest.mark.parametrize(("name", "said"), [("first", "already"), ("a/b", "no name"), ("nuclei", "belongs")])
def test_a_name_that_cannot_be_is_refused_at_once(qtbot, viewer, dock, cells, name, said):
    _found(qtbot, viewer, dock, cells)
    dock.start(Wanted(name, {"epochs": 1}))
    assert said in dock.view.message.text() and not dock.tuning.training


def test_a_finished_run_is_found_again(qtbot, viewer, dock, cells):
    _found(qtbot, viewer, dock, cells)
    view = dock.view
    assert not view.result.isHidden() and not view.training.isHidden() and view.training.state() == OVER
    assert "Your images" in view.result.text() and view.training.scores.names() == ("SBD", "AP50")
    qtbot.waitUntil(lambda: not view.training.preview.picture.pixmap().isNull())


def test_one_image_opens_with_both_results_and_closes(qtbot, viewer, dock, cells):
    _found(qtbot, viewer, dock, cells)
    selected = set(viewer.layers.selection)
    before = list(viewer.layers)
    for name in ("validation", "original"):
        dock.view.result.sets.setCurrentIndex(dock.view.result.sets.findData(name))
        rows = dock.view.result.rows
        title = f"{rows.topLevelItem(0).text(0)} (compared)"
        rows.itemClicked.emit(rows.topLevelItem(0), 0)
        qtbot.waitUntil(lambda title=title: title in viewer.layers)
    assert [layer.name for layer in viewer.layers[-2:]] == ["Objects after", "Objects before"]
    assert set(viewer.layers.selection) == selected and len(viewer.layers) == len(before) + 3
    dock.view.result.close_image.click()
    assert list(viewer.layers) == before


def test_used_weights_are_segmented_with_and_have_a_name(qtbot, viewer, dock, cells):
    _found(qtbot, viewer, dock, cells)
    dock.view.result.use.click()
    qtbot.waitUntil(lambda: "from now on" in dock.view.message.text(), timeout=30_000)
    segmenter = state_of(viewer).segmenter
    assert segmenter.source == own(METHOD)[f"{METHOD}-first"] == find(METHOD, "first")
    assert dock.view.result.isHidden() and (runs_folder(cells) / "first" / DECIDED).exists()
    # The next training begins with them.
    assert "--weights first" in dock.view.form.command.text()


def test_discarded_weights_stay_in_the_history_only(qtbot, viewer, dock, cells):
    _found(qtbot, viewer, dock, cells)
    segmenter = state_of(viewer).segmenter
    dock.view.result.discard.click()
    qtbot.waitUntil((runs_folder(cells) / "first" / DECIDED).exists)
    assert state_of(viewer).segmenter is segmenter and not own(METHOD) and dock.view.result.isHidden()
    qtbot.waitUntil(lambda: dock.view.history.list.topLevelItemCount() == 1)
    dock.view.history.choose(runs_folder(cells) / "first")
    dock.view.history.show_run.click()
    qtbot.waitUntil(lambda: not dock.view.result.isHidden())


def test_training_on_begins_with_the_new_weights(qtbot, viewer, dock, cells):
    _found(qtbot, viewer, dock, cells)
    dock.view.result.train_on.click()
    assert str(runs_folder(cells) / "first") in dock.view.form.command.text()
    assert dock.view.result.isHidden() and dock.view.form.start.isEnabled()


def test_memory_that_ran_out_offers_a_smaller_batch(qtbot, viewer, dock, cells):
    with (runs_folder(cells) / "first" / EVENTS).open("a") as file:
        file.write(Failed(sentence="The memory does not suffice.", smaller_batch=4).model_dump_json() + "\n")
    _found(qtbot, viewer, dock, cells)
    assert "The memory does not suffice." in dock.view.training.doing()
    qtbot.waitUntil(lambda: dock.view.form.batch.value() == 4)


def test_a_run_that_was_killed_offers_to_go_on(qtbot, viewer, dock, cells):
    events = runs_folder(cells) / "first" / EVENTS
    events.write_text("".join(line for line in events.read_text().splitlines(True) if '"finished"' not in line))
    _found(qtbot, viewer, dock, cells)
    assert dock.view.training.state() == BROKEN and "broken off" in dock.view.training.doing()
    dock.view.result.discard.click()
    assert dock.view.training.isHidden() and dock.view.form.start.isEnabled()


def test_another_folder_has_other_runs(qtbot, viewer, dock, cells, tmp_path):
    _found(qtbot, viewer, dock, cells)
    _open(qtbot, viewer, corrected_folder(tmp_path / "other", 2))
    qtbot.waitUntil(lambda: dock.view.history.list.topLevelItemCount() == 0)
    assert dock.view.result.isHidden() and dock.tuning.run is None
    assert dock.view.form.value().name == "other-1"


def test_importing_the_dock_loads_no_torch():
    code = "import sys, napari_leafseg.widgets.fine_tune_dock as _; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "False"
