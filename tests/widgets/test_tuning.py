"""Tune on my labels, in a real viewer: the sliders follow, the gain is said, one click leads back, cancel is quick."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from threshold_segmenter import ThresholdSegmenter

from napari_leafseg.data.writing import write_labels
from napari_leafseg.widgets.images_dock import ImagesDock
from napari_leafseg.widgets.run_bar import CURRENT
from napari_leafseg.widgets.segment_dock import SegmentDock
from napari_leafseg.widgets.state import state_of


@pytest.fixture
def dock(qtbot, viewer, threshold_method, threshold_weights) -> SegmentDock:
    dock = SegmentDock(viewer)
    viewer.window.add_dock_widget(dock, name="Segment")
    dock.view.models.choose("threshold", threshold_weights)
    qtbot.waitUntil(lambda: state_of(viewer).segmenter is not None and not dock.loader.busy, timeout=60_000)
    return dock


def _tune(qtbot, dock: SegmentDock) -> str:
    """Press the button; return how it ended."""
    with qtbot.waitSignal(dock.tuning.ended, timeout=20_000) as ended:
        dock.view.tune._tune.click()
    qtbot.wait(300)
    qtbot.waitUntil(lambda: not dock.segmenting.tuning)
    return ended.args[0]


@pytest.fixture
def dim(nuclei_image) -> tuple[np.ndarray, np.ndarray]:
    """Discs that the default threshold misses."""
    return nuclei_image[0] // 3, nuclei_image[1]


def test_the_sliders_follow_the_gain_is_said_and_one_click_leads_back(qtbot, viewer, dock, dim) -> None:
    image, labels = dim
    viewer.add_image(image, name="plants")
    viewer.add_labels(labels, name="mine")
    with qtbot.waitSignal(dock.segmenting.ended):
        dock.start(CURRENT)
    before = dock.view.params()
    assert not viewer.layers["Preview"].data.any()
    assert _tune(qtbot, dock) == "done"
    bar = dock.view.tune
    assert "mAP 0.000 → 1.000 on 1 image." in bar.message.text()
    assert "few" in bar.message.text()
    assert dock.view.params().threshold < 0.3
    np.testing.assert_array_equal(viewer.layers["Preview"].data > 0, labels > 0)
    assert bar._undo.isVisibleTo(bar)
    bar._undo.click()
    qtbot.wait(400)
    qtbot.waitUntil(lambda: not dock.segmenting.tuning)
    assert dock.view.params() == before
    assert not viewer.layers["Preview"].data.any()
    assert not bar._undo.isVisibleTo(bar) and not bar.message.text()


def test_labels_may_be_drawn_in_some_slices_only(qtbot, viewer, dock, dim) -> None:
    image, labels = dim
    viewer.add_image(np.stack([image, image, image]), name="stack")
    drawn = np.zeros((3, *labels.shape), np.int32)
    drawn[1] = labels
    viewer.add_labels(drawn)
    _tune(qtbot, dock)
    assert "on 1 image." in dock.view.tune.message.text()


def test_the_search_begins_where_the_sliders_are(qtbot, viewer, dock, dim) -> None:
    """Parameters that fit already stay, and nothing is offered to be undone."""
    viewer.add_image(dim[0])
    viewer.add_labels(dim[1])
    fitting = dock.view.params().replace(threshold=0.15)
    dock.view.form.setValue(fitting)
    _tune(qtbot, dock)
    assert "Nothing that was tried is better" in dock.view.tune.message.text()
    assert dock.view.params() == fitting
    assert not dock.view.tune._undo.isVisibleTo(dock.view.tune)


def _labelled_folder(root: Path, dim: Any) -> Path:
    for part in ("images", "labels"):
        (root / part).mkdir(parents=True)
    for name in "abc":
        Image.fromarray(dim[0]).save(root / "images" / f"{name}.png")
    for name in "ab":
        write_labels(root / "labels" / f"{name}.tif", dim[1])
    return root


def test_a_folder_is_tuned_on_all_its_labelled_images(qtbot, viewer, dock, dim, tmp_path) -> None:
    """Of the image in sight the labels in the window count, which are newer than the file."""
    images = ImagesDock(viewer)
    viewer.window.add_dock_widget(images, name="Images")
    with qtbot.waitSignal(images.stepping.shown):
        images.open_folder(_labelled_folder(tmp_path / "plants", dim))
    _tune(qtbot, dock)
    assert "mAP 0.000 → 1.000 on 2 images." in dock.view.tune.message.text()
    dock.view.tune._undo.click()
    viewer.layers["a labels"].data = np.ones_like(viewer.layers["a labels"].data)
    _tune(qtbot, dock)
    assert "→ 1.000" not in dock.view.tune.message.text()


def test_without_labels_it_says_what_to_do(qtbot, viewer, dock, dim) -> None:
    """Whether there is no layer of labels, or an empty one."""
    viewer.add_image(dim[0])
    dock.view.tune._tune.click()
    assert "no labels to tune on" in dock.view.tune.message.text()
    viewer.add_labels(np.zeros(dim[0].shape, np.uint16))
    dock.view.tune.message.say("")
    assert _tune(qtbot, dock) == "failed"
    assert "no labels to tune on" in dock.view.tune.message.text()
    assert dock.view.tune._tune.isVisibleTo(dock.view.tune)


def test_without_an_image_it_cannot_start(dock) -> None:
    assert not dock.view.tune._tune.isEnabled()


class _SlowSegmenter(ThresholdSegmenter):
    def decode_piece(self, piece, params, memo):
        time.sleep(0.05)
        return super().decode_piece(piece, params, memo)


def test_cancel_comes_within_a_second_and_changes_nothing(qtbot, viewer, dock, dim) -> None:
    state_of(viewer).segmenter = _SlowSegmenter()
    viewer.add_image(dim[0])
    viewer.add_labels(dim[1])
    before = dock.view.params()
    dock.view.tune._tune.click()
    assert not dock.view.tune._tune.isVisibleTo(dock.view.tune)
    qtbot.wait(200)
    began = time.perf_counter()
    with qtbot.waitSignal(dock.tuning.ended, timeout=1000) as ended:
        dock.view.tune._cancel.click()
    assert time.perf_counter() - began < 1
    assert ended.args == ["cancelled"]
    assert dock.view.params() == before
    assert "Cancelled" in dock.view.tune.message.text()


def test_another_model_ends_the_search(qtbot, viewer, dock, dim, threshold_weights) -> None:
    """Parameters of one method must never reach the sliders of another."""
    state_of(viewer).segmenter = _SlowSegmenter()
    viewer.add_image(dim[0])
    viewer.add_labels(dim[1])
    dock.view.tune._tune.click()
    qtbot.wait(100)
    with qtbot.waitSignal(dock.tuning.ended, timeout=2000) as ended:
        state_of(viewer).segmenter = ThresholdSegmenter()
    assert ended.args == ["cancelled"]
    assert dock.view.params() == ThresholdSegmenter().defaults
