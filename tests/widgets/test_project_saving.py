"""In a real viewer: what is done to a folder's labels is on the disk, comes back, and is never mixed up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_leafseg.data.project import Project, Status
from napari_leafseg.data.reading import read_labels
from napari_leafseg.editing import place
from napari_leafseg.widgets.images_dock import ImagesDock
from napari_leafseg.widgets.state import State, state_of

PATIENCE_MS = 20_000
"""Milliseconds to wait for anything: a benchmark measures, and tests share the machine."""


@pytest.fixture
def dock(qtbot, viewer, folder) -> ImagesDock:
    dock = ImagesDock(viewer)
    viewer.window.add_dock_widget(dock, name="Images")
    with qtbot.waitSignal(dock.stepping.shown, timeout=PATIENCE_MS):
        dock.open_folder(folder)
    return dock


@pytest.fixture
def state(dock, viewer) -> State:
    return state_of(viewer)


def _layer(state: State) -> Any:
    return state.layers.labels_layer_of(state.layers.image)


def _paint(state: State, at: int, value: int) -> None:
    """Paint as napari's brush does."""
    layer = _layer(state)
    layer.mode, layer.brush_size, layer.selected_label = "paint", 6, value
    layer.paint((at, at), value)


def _file(folder: Path, name: str, ending: str = ".tif") -> Path:
    return folder / "leafseg" / "images" / f"{name}.png{ending}"


def _saved(qtbot, state: State, folder: Path, name: str) -> None:
    """Wait until the file says what the layer says."""
    expected = _layer(state).data.copy()

    def same() -> bool:
        return _file(folder, name).is_file() and np.array_equal(read_labels(_file(folder, name)), expected)

    qtbot.waitUntil(same, timeout=PATIENCE_MS)


def _go(qtbot, dock: ImagesDock, by: int) -> None:
    with qtbot.waitSignal(dock.stepping.shown, timeout=PATIENCE_MS):
        dock.step(by)


def test_looking_makes_nothing(qtbot, dock, folder):
    _go(qtbot, dock, 1)
    assert not (folder / "leafseg").exists()
    assert "first change" in dock.view.bar.line.text()


def test_a_stroke_is_on_the_disk_within_two_seconds_and_undo_follows(qtbot, dock, state, folder):
    before = _layer(state).data.copy()
    _paint(state, 20, 77)
    assert (_layer(state).data == 77).any()
    _saved(qtbot, state, folder, "a")
    assert dock.model.status(0) == "in work"
    qtbot.waitUntil(lambda: "All is saved" in dock.view.bar.line.text(), timeout=PATIENCE_MS)
    state.correcting.undo()
    np.testing.assert_array_equal(_layer(state).data, before)
    _saved(qtbot, state, folder, "a")
    state.correcting.redo()
    _saved(qtbot, state, folder, "a")


def test_an_image_without_labels_can_be_drawn_in(qtbot, dock, state, folder):
    _go(qtbot, dock, 1)
    assert state.layers.labels_of(state.layers.image) is None
    _paint(state, 30, 1)
    assert state.layers.labels_of(state.layers.image) is _layer(state)
    _saved(qtbot, state, folder, "b")


def test_switching_during_a_save_mixes_nothing_up(qtbot, dock, state, folder):
    drawn = {}
    for number, name in enumerate("abcab", 1):
        _paint(state, 10 * number, 100 + number)
        drawn[name] = _layer(state).data.copy()
        dock.stepping.go("abc".index("abcab"[number % 5]))
        qtbot.waitUntil(lambda: not dock.stepping.busy, timeout=PATIENCE_MS)
    state.project.save_now()
    for name, expected in drawn.items():
        np.testing.assert_array_equal(read_labels(_file(folder, name)), expected)
    assert sorted(np.unique(drawn["b"])[1:]) == [102, 105]


def test_labels_marks_region_and_status_come_back(qtbot, dock, state, folder, make_napari_viewer):
    _paint(state, 20, 77)
    state.correcting.check([77, 3])
    state.correcting.set_class([3], "leaf")
    region = np.zeros(_layer(state).data.shape, bool)
    region[:5] = True
    state.correcting.set_ignore(region)
    dock.view.bar.status.setCurrentIndex(dock.view.bar.status.findData(Status.CORRECTED))
    dock.view.bar.status.activated.emit(0)
    expected = _layer(state).data.copy()
    state.jobs.close()
    state.project.close()
    other = make_napari_viewer()
    again = ImagesDock(other)
    other.window.add_dock_widget(again, name="Images")
    with qtbot.waitSignal(again.stepping.shown, timeout=PATIENCE_MS):
        again.open_folder(folder)
    found = state_of(other)
    np.testing.assert_array_equal(_layer(found).data, expected)
    assert found.correcting.marks.checked == {77, 3} and found.correcting.marks.classes == {3: "leaf"}
    np.testing.assert_array_equal(found.correcting.ignore, region)
    assert again.model.status(0) == "corrected" == found.saving.status == again.view.bar.status.currentText()
    found.jobs.close()
    found.project.close()


def test_a_second_window_only_looks(qtbot, dock, state, folder, make_napari_viewer):
    _paint(state, 20, 77)
    state.project.save_now()
    other = make_napari_viewer()
    again = ImagesDock(other)
    other.window.add_dock_widget(again, name="Images")
    with qtbot.waitSignal(again.stepping.shown, timeout=PATIENCE_MS):
        again.open_folder(folder)
    second = state_of(other)
    assert (_layer(second).data == 77).any() and not _layer(second).editable
    assert "open in another window" in again.view.bar.line.text()
    assert not again.view.bar.status.isEnabled()
    qtbot.waitUntil(lambda: again.model.status(0) == "in work", timeout=PATIENCE_MS)
    state.project.close()
    with qtbot.waitSignal(again.stepping.shown, timeout=PATIENCE_MS):
        again.view.bar.offer.click()
    assert _layer(second).editable and "All is saved" in again.view.bar.line.text()
    second.jobs.close()
    second.project.close()


def test_an_image_changed_since_is_told(qtbot, dock, state, folder, nuclei_image):
    from PIL import Image

    _paint(state, 20, 77)
    state.project.save_now()
    _go(qtbot, dock, 1)
    Image.fromarray(255 - nuclei_image[0]).save(folder / "images" / "a.png")
    state.project.close()
    state.shelf.drop(folder / "images" / "a.png")
    with qtbot.waitSignal(dock.stepping.shown, timeout=PATIENCE_MS):
        dock.open_folder(folder)
    assert "changed since it was labelled" in dock.view.bar.line.text()


def test_damaged_labels_get_their_last_good_version_back(qtbot, dock, state, folder):
    versions = []
    for value in (77, 78):
        _paint(state, 20, value)
        versions.append(_layer(state).data.copy())
        state.project.save_now()
    _go(qtbot, dock, 1)
    state.shelf.drop(folder / "images" / "a.png")
    _file(folder, "a").write_bytes(b"no labels")
    _go(qtbot, dock, -1)
    assert "a.png.tif" in dock.view.message.text()
    with qtbot.waitSignal(dock.stepping.shown, timeout=PATIENCE_MS):
        dock.view.bar.offer.click()
    np.testing.assert_array_equal(_layer(state).data, versions[0])
    assert dock.model.status(0) == "in work"


def test_a_folder_that_cannot_be_written_says_where_things_are(qtbot, dock, state, folder, monkeypatch, tmp_path):
    from napari_leafseg.data.project import project as module

    monkeypatch.setattr(module, "users_own", lambda _: tmp_path / "own")
    (folder / "leafseg").write_text("in the way of a folder")
    _paint(state, 20, 77)
    state.project.save_now()
    qtbot.waitUntil(lambda: str(tmp_path / "own") in dock.view.bar.line.text(), timeout=PATIENCE_MS)
    assert read_labels(tmp_path / "own" / "images" / "a.png.tif").max() == 77


def test_what_cannot_be_saved_is_told_and_tried_again(qtbot, dock, state, folder):
    _paint(state, 20, 77)
    state.project.save_now()
    (folder / "leafseg").rename(folder / "away")
    _paint(state, 20, 78)
    qtbot.waitUntil(lambda: "is gone" in dock.view.bar.line.text(), timeout=PATIENCE_MS)
    (folder / "away").rename(folder / "leafseg")
    _paint(state, 20, 79)
    _saved(qtbot, state, folder, "a")
    qtbot.waitUntil(lambda: "All is saved" in dock.view.bar.line.text(), timeout=PATIENCE_MS)


def test_a_layer_of_ones_own_is_not_the_images_and_said_so(viewer, dock, state, folder):
    own = viewer.add_labels(np.zeros_like(_layer(state).data), name="mine")
    own.data_setitem((np.array([3]), np.array([3])), 5)
    assert "“mine” is not saved" in dock.view.bar.line.text()
    assert not state.project.pending


def test_a_closed_dock_goes_on_saving(qtbot, viewer, dock, state, folder):
    viewer.window.remove_dock_widget(dock)
    dock.close()
    dock.deleteLater()
    qtbot.wait(50)
    _paint(state, 20, 77)
    _saved(qtbot, state, folder, "a")


def test_a_closed_viewer_has_saved_and_lets_others_in(qtbot, make_napari_viewer, folder):
    viewer = make_napari_viewer(show=True)
    dock = ImagesDock(viewer)
    viewer.window.add_dock_widget(dock, name="Images")
    with qtbot.waitSignal(dock.stepping.shown, timeout=PATIENCE_MS):
        dock.open_folder(folder)
    state = state_of(viewer)
    _paint(state, 20, 77)
    expected = _layer(state).data.copy()
    state.jobs.close()
    viewer.close()
    qtbot.waitUntil(lambda: state.project.project is None, timeout=PATIENCE_MS)
    np.testing.assert_array_equal(read_labels(_file(folder, "a")), expected)
    assert not (folder / "leafseg" / "project.lock").exists()


def test_another_folder_lets_the_first_go_with_all_its_changes(qtbot, dock, state, folder, tmp_path, nuclei_image):
    from PIL import Image

    (tmp_path / "other").mkdir()
    Image.fromarray(nuclei_image[0]).save(tmp_path / "other" / "x.png")
    _paint(state, 20, 77)
    expected = _layer(state).data.copy()
    with qtbot.waitSignal(dock.stepping.shown, timeout=PATIENCE_MS):
        dock.open_folder(tmp_path / "other")
    lock = folder / "leafseg" / "project.lock"
    qtbot.waitUntil(lambda: _file(folder, "a").exists() and not lock.exists(), timeout=PATIENCE_MS)
    np.testing.assert_array_equal(read_labels(_file(folder, "a")), expected)
    with Project(folder) as project:
        assert project.load(folder / "images" / "a.png").sidecar.status is Status.IN_WORK


def test_edits_by_tools_and_by_other_programs_are_saved_alike(qtbot, dock, state, folder):
    state.correcting.apply("Delete", place.delete(state.correcting.objects, [1]))
    _saved(qtbot, state, folder, "a")
    assert not (_layer(state).data == 1).any()
    _layer(state).data = np.flipud(_layer(state).data).copy()
    _saved(qtbot, state, folder, "a")
