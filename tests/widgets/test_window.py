"""The wiring, in a real viewer: a folder becomes images, a run a preview, a slider moves it, Accept keeps it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from napari.utils.notifications import notification_manager
from PIL import Image
from threshold_segmenter import ThresholdSegmenter

from napari_leafseg.core.provenance import METADATA_KEY, Record, array_hash
from napari_leafseg.widgets.images_dock import ImagesDock
from napari_leafseg.widgets.run_bar import CURRENT, FOLDER, SLICE, SLICES
from napari_leafseg.widgets.segment_dock import STALE, SegmentDock
from napari_leafseg.widgets.state import state_of


@pytest.fixture
def images(viewer) -> ImagesDock:
    dock = ImagesDock(viewer)
    viewer.window.add_dock_widget(dock, name="Images")
    return dock


@pytest.fixture
def segment(qtbot, viewer, threshold_method, threshold_weights) -> SegmentDock:
    dock = SegmentDock(viewer)
    viewer.window.add_dock_widget(dock, name="Segment")
    dock.view.models.choose("threshold", threshold_weights)
    # The first test of a process imports torch here, to ask for devices.
    qtbot.waitUntil(lambda: state_of(viewer).segmenter is not None and not dock.loader.busy, timeout=60_000)
    return dock


def _open(qtbot, dock: ImagesDock, folder: Path) -> None:
    with qtbot.waitSignal(dock.stepping.shown):
        dock.open_folder(folder)


def _run(qtbot, dock: SegmentDock, scope: str = CURRENT) -> None:
    with qtbot.waitSignal(dock.segmenting.ended):
        dock.start(scope)
    _rest(qtbot, dock)


def _rest(qtbot, dock: SegmentDock) -> None:
    """Wait until the slider's last value was told and decoded."""
    qtbot.wait(300)
    qtbot.waitUntil(lambda: not dock.segmenting.tuning)
    qtbot.wait(20)


def _decoded(dock: SegmentDock, image: Any, **params: Any) -> np.ndarray:
    segmenter = ThresholdSegmenter()
    return segmenter.decode(segmenter.encode(image), segmenter.defaults.replace(**params)).labels


def test_a_folder_shows_its_first_image_and_labels(qtbot, viewer, images, folder, nuclei_image):
    _open(qtbot, images, folder)
    image, labels = (viewer.layers[name] for name in ("a", "a labels"))
    np.testing.assert_array_equal(image.data, nuclei_image[0])
    np.testing.assert_array_equal(labels.data, nuclei_image[1])
    assert labels.data.dtype == np.uint16
    assert [images.model.status(row) for row in range(3)] == ["labelled", "new", "new"]


def test_next_and_previous_by_key_reuse_the_layers(qtbot, viewer, images, folder, nuclei_image):
    _open(qtbot, images, folder)
    layers = list(viewer.layers)
    for key, name in (("N", "b"), ("N", "c"), ("N", "c"), ("Shift-N", "b"), ("Shift-N", "a")):
        viewer.keymap[_binding(key)](viewer)
        qtbot.waitUntil(lambda: not images.stepping.busy)
        assert viewer.layers[0].name == name
    assert list(viewer.layers) == layers
    np.testing.assert_array_equal(viewer.layers[1].data, nuclei_image[1])


def _binding(key: str) -> Any:
    from napari.utils.key_bindings import coerce_keybinding

    return coerce_keybinding(key)


def test_an_image_of_another_size_fills_the_view(qtbot, viewer, images, segment, tmp_path):
    """Whatever the zoom was on the image before, and whatever was previewed on it."""
    for name, side in (("a", 256), ("b", 64)):
        Image.fromarray(np.full((side, side), 9, np.uint8)).save(tmp_path / f"{name}.png")
    _open(qtbot, images, tmp_path)
    _run(qtbot, segment)
    with qtbot.waitSignal(images.stepping.shown):
        images.stepping.step(1)
    np.testing.assert_allclose(viewer.scene.camera.center[-2:], (31.5, 31.5), atol=1)


def test_the_slider_is_followed_and_its_last_value_shown(qtbot, viewer, images, segment, folder, nuclei_image):
    _open(qtbot, images, folder)
    _run(qtbot, segment)
    preview = viewer.layers["Preview"]
    np.testing.assert_array_equal(preview.data, _decoded(segment, nuclei_image[0]))
    slider = segment.view.form.control("min_area").slider
    repaints = []
    preview.events.set_data.connect(lambda _: repaints.append(int(preview.data.max())))
    for position in range(0, slider.maximum(), 10):
        slider.setValue(position)
        qtbot.wait(10)
    slider.setValue(slider.maximum() // 2)
    _rest(qtbot, segment)
    area = segment.view.form.value().min_area
    np.testing.assert_array_equal(preview.data, _decoded(segment, nuclei_image[0], min_area=area))
    assert len(repaints) > 3
    assert state_of(viewer).segmenter.encoded == 1


def test_accept_makes_labels_that_say_how_they_were_made(qtbot, viewer, images, segment, folder, nuclei_image):
    _open(qtbot, images, folder)
    _run(qtbot, segment)
    segment.view.form.control("threshold").setValue(0.3)
    _rest(qtbot, segment)
    segment.view.accept.click()
    labels = viewer.layers["a labels"]
    record = Record.parse(labels.metadata[METADATA_KEY])
    assert (record.method, record.params["threshold"], record.device) == ("threshold", 0.3, "CPU")
    assert record.image_hash == array_hash(nuclei_image[0])
    np.testing.assert_array_equal(labels.data, _decoded(segment, nuclei_image[0], threshold=0.3))
    assert list(labels.features["index"]) == list(range(1, 13))
    assert labels.visible and not viewer.layers["Preview"].visible
    assert images.model.status(0) == "predicted"


def test_accepted_and_painted_labels_survive_stepping(qtbot, viewer, images, segment, folder):
    _open(qtbot, images, folder)
    images.stepping.step(1)
    qtbot.waitUntil(lambda: not images.stepping.busy)
    _run(qtbot, segment)
    segment.view.accept.click()
    viewer.layers["b labels"].data_setitem((np.array([0]), np.array([0])), 99)
    expected = viewer.layers["b labels"].data.copy()
    for step in (1, -1):
        images.stepping.step(step)
        qtbot.waitUntil(lambda: not images.stepping.busy)
    np.testing.assert_array_equal(viewer.layers["b labels"].data, expected)
    assert METADATA_KEY in viewer.layers["b labels"].metadata
    viewer.layers["b labels"].undo()
    np.testing.assert_array_equal(viewer.layers["b labels"].data, expected)


def test_cancel_comes_within_a_second(qtbot, viewer, segment, nuclei_image):
    viewer.add_image(nuclei_image[0])
    state_of(viewer).segmenter = ThresholdSegmenter(delay=0.1)
    segment.start(CURRENT)
    qtbot.wait(150)
    began = time.perf_counter()
    with qtbot.waitSignal(segment.segmenting.ended, timeout=1000):
        segment.view.run._cancel.click()
    assert time.perf_counter() - began < 1
    assert segment.view.message.text() == "Cancelled."


def test_a_stack_is_segmented_slice_by_slice_and_keeps_its_axes(qtbot, viewer, segment, nuclei_image):
    stack = np.stack([np.roll(nuclei_image[0], 9 * i, axis=0) for i in range(5)])
    layer = viewer.add_image(stack, scale=(2, 0.5, 0.5), translate=(1, 2, 3), name="movie")
    viewer.dims.set_current_step(0, 3)
    _run(qtbot, segment, SLICE)
    preview = viewer.layers["Preview"]
    assert [bool(plane.any()) for plane in preview.data] == [False, False, False, True, False]
    _run(qtbot, segment, SLICES)
    segment.view.form.control("min_area").setValue(150)
    _rest(qtbot, segment)
    with qtbot.waitSignal(segment.segmenting.ended):
        segment.view.accept.click()
    labels = viewer.layers["movie labels"]
    expected = np.stack([_decoded(segment, plane, min_area=150) for plane in stack])
    np.testing.assert_array_equal(labels.data, expected)
    np.testing.assert_array_equal(labels.scale, layer.scale)
    np.testing.assert_array_equal(labels.translate, layer.translate)


def test_three_pages_are_slices_unless_said_to_be_colours(qtbot, viewer, segment, nuclei_image):
    viewer.add_image(np.stack([nuclei_image[0]] * 3), name="pages")
    assert segment.view.run._scope.itemData(0) == SLICE
    segment.view.images.setReading("colour")
    assert segment.view.run._scope.itemData(0) == CURRENT
    _run(qtbot, segment)
    assert viewer.layers["Preview"].data.shape == nuclei_image[0].shape


def test_changed_options_say_run_again(qtbot, viewer, segment, nuclei_image):
    viewer.add_image(nuclei_image[0])
    _run(qtbot, segment)
    segment.view.options.setValue(segment.view.options.value().replace(object_size=40))
    assert segment.view.message.text() == STALE.replace("'", "&#x27;")
    _run(qtbot, segment)
    assert segment.view.message.text() == ""
    assert state_of(viewer).segmenter.encoded == 2


def test_measured_object_size(qtbot, viewer, images, segment, folder):
    _open(qtbot, images, folder)
    segment.view.options.measure_requested.emit()
    assert state_of(viewer).options.object_size == pytest.approx(17, abs=1)


def test_a_bad_image_keeps_the_window_alive(qtbot, viewer, images, folder):
    (folder / "images" / "aa.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing more")
    _open(qtbot, images, folder)
    with qtbot.waitSignal(images.stepping.failed):
        images.stepping.step(1)
    assert "aa.png" in images.view.message.text()
    assert images.model.status(1) == "unreadable"
    images.stepping.step(1)
    qtbot.waitUntil(lambda: viewer.layers[0].name == "b")


def test_a_folder_with_nothing_readable_is_told(qtbot, viewer, images, tmp_path):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "readme.txt").write_text("no image")
    with qtbot.waitSignal(images.stepping.failed):
        images.open_folder(tmp_path / "notes")
    assert "notes" in images.view.message.text()


def test_bad_weights_are_told_in_one_sentence(qtbot, viewer, segment, tmp_path):
    bad = tmp_path / "bad.safetensors"
    bad.write_bytes(b"not weights")
    with qtbot.waitSignal(segment.loader.failed):
        segment.view.models.choose("threshold", bad)
    assert "bad.safetensors" in segment.view.message.text()
    assert any("bad.safetensors" in n.message for n in notification_manager.records)


def test_all_images_of_the_folder(qtbot, viewer, images, segment, folder, tmp_path, monkeypatch):
    (folder / "images" / "aa.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing more")
    _open(qtbot, images, folder)
    out = tmp_path / "out"
    monkeypatch.setattr("qtpy.QtWidgets.QFileDialog.getExistingDirectory", lambda *_: str(out))
    assert segment.view.run._scope.findData(FOLDER) >= 0
    with qtbot.waitSignal(segment.folder_run.ended, timeout=20_000) as ended:
        segment.start(FOLDER)
    assert "3 images are done" in ended.args[0] and "1 could not" in ended.args[0]
    assert sorted(path.name for path in out.glob("*.tif")) == ["a.tif", "b.tif", "c.tif"]
    assert images.model.status(2) == "predicted"
    assert images.model.status(1).startswith("failed")
    images.stepping.go(2)
    qtbot.waitUntil(lambda: viewer.layers[0].name == "b")
    assert viewer.layers["b labels"].data.max() == 12


def test_docks_share_one_state_and_may_come_in_any_order(qtbot, viewer, images, folder, threshold_method):
    _open(qtbot, images, folder)
    dock = SegmentDock(viewer)
    viewer.window.add_dock_widget(dock, name="Segment")
    assert dock.view.images.image() is viewer.layers["a"]
    assert dock.view.run._scope.findData(FOLDER) >= 0


def test_layers_removed_by_hand_come_back(qtbot, viewer, images, segment, folder):
    _open(qtbot, images, folder)
    _run(qtbot, segment)
    viewer.layers.remove("Preview")
    _run(qtbot, segment)
    assert viewer.layers["Preview"].data.any()
    viewer.layers.clear()
    images.stepping.step(1)
    qtbot.waitUntil(lambda: [layer.name for layer in viewer.layers][:1] == ["b"])


def test_napari_asks_before_it_closes_on_a_run(qtbot, viewer, segment, nuclei_image):
    viewer.add_image(nuclei_image[0])
    state_of(viewer).segmenter = ThresholdSegmenter(delay=0.05)
    segment.start(CURRENT)
    qtbot.wait(100)
    assert any("Segmenting 1 image" in line for line in viewer.window._task_status_manager.get_status())
    with qtbot.waitSignal(segment.segmenting.ended):
        viewer.window._task_status_manager.cancel_all()
    qtbot.waitUntil(lambda: not viewer.window._task_status_manager.get_status())


def test_closed_docks_listen_no_more(qtbot, viewer, images, segment, folder, nuclei_image):
    _open(qtbot, images, folder)
    for dock in (segment, images):
        viewer.window.remove_dock_widget(dock)
        dock.close()
        dock.deleteLater()
    qtbot.wait(50)
    viewer.add_image(nuclei_image[0])
    viewer.layers.clear()
    state_of(viewer).statuses[folder / "images" / "a.png"] = "done"
    state_of(viewer).folder = None


def test_another_segmenter_ends_the_run(qtbot, viewer, segment, nuclei_image):
    viewer.add_image(nuclei_image[0])
    state_of(viewer).segmenter = ThresholdSegmenter(delay=0.1)
    segment.start(CURRENT)
    with qtbot.waitSignal(segment.segmenting.ended, timeout=1000) as ended:
        state_of(viewer).segmenter = ThresholdSegmenter()
    assert ended.args == ["cancelled"]
    _run(qtbot, segment)
    assert viewer.layers["Preview"].data.max() == 12


def test_a_model_without_weights_leaves_no_other_model_behind(qtbot, viewer, images, segment, folder, monkeypatch):
    """Nothing may run under the name of another method; the dock says what to do."""
    _open(qtbot, images, folder)
    _run(qtbot, segment)
    models = segment.view.models
    monkeypatch.setitem(models._browsed, "threshold", [])
    models.choose("threshold")
    assert state_of(viewer).segmenter is None
    assert segment.view.form is None and not segment.view.accept.isEnabled()
    assert not segment.view.run._run.isEnabled()
    assert "train --model threshold" in segment.view.card.text()


def test_weights_that_arrive_late_do_not_take_over(qtbot, viewer, segment, threshold_weights, monkeypatch):
    """A person who went on to a model without weights is not pulled back."""
    models = segment.view.models
    monkeypatch.setitem(models._browsed, "threshold", [])
    with qtbot.waitSignal(segment.loader.loaded, timeout=60_000):
        models.choose("harmonic")
        models.choose("threshold")
    assert state_of(viewer).segmenter is None
