"""The window never freezes: once the layers exist, no stall of the event loop is longer than 100 ms.

Other programs share the machine, so one late beat proves nothing: a repeat without a stall
proves that no slot blocks, since a slot that blocks does so in every repeat. The figures
themselves are `benchmarks/window.py`'s.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np
import pytest
from heartbeat import Heartbeat
from PIL import Image
from threshold_segmenter import ThresholdSegmenter

from napari_leafseg.core.registry import create
from napari_leafseg.data.nuclei import draw_nuclei
from napari_leafseg.data.reading import read_labels
from napari_leafseg.widgets.images_dock import ImagesDock
from napari_leafseg.widgets.run_bar import CURRENT
from napari_leafseg.widgets.segment_dock import SegmentDock
from napari_leafseg.widgets.state import state_of

SIDE = 2048
LIMIT_MS = 100
REPEATS = 8


@pytest.fixture(scope="module")
def large() -> np.ndarray:
    return np.tile(draw_nuclei(512, 60)[0], (SIDE // 512, SIDE // 512))


@pytest.fixture
def dock(qtbot: Any, viewer: Any, large: np.ndarray, threshold_method: Any) -> SegmentDock:
    """A dock over a large image, its layers made by a first run."""
    viewer.add_image(large)
    dock = SegmentDock(viewer)
    viewer.window.add_dock_widget(dock, name="Segment")
    qtbot.waitUntil(lambda: not dock.loader.busy, timeout=60_000)
    state_of(viewer).segmenter = ThresholdSegmenter()
    with qtbot.waitSignal(dock.segmenting.ended, timeout=30_000):
        dock.start(CURRENT)
    qtbot.waitUntil(lambda: not dock.segmenting.tuning)
    return dock


def _best(repeat: Callable[[], float]) -> float:
    best = float("inf")
    for _ in range(REPEATS):
        best = min(best, repeat())
        if best < LIMIT_MS:
            break
    return best


def test_while_a_slider_moves(qtbot, dock):
    slider = dock.view.form.control("min_area").slider

    def repeat() -> float:
        with Heartbeat() as heart:
            for position in range(0, slider.maximum(), 8):
                slider.setValue(position)
                qtbot.wait(10)
            qtbot.wait(400)
        qtbot.waitUntil(lambda: not dock.segmenting.tuning)
        return heart.longest_ms

    assert _best(repeat) < LIMIT_MS


def test_while_a_network_runs(qtbot, viewer, dock):
    """The network of the first method, untrained, on the large image, for a second and a half."""
    state_of(viewer).segmenter = create("harmonic")
    qtbot.wait(50)

    def repeat() -> float:
        dock.start(CURRENT)
        with Heartbeat() as heart:
            qtbot.wait(1500)
        assert dock.segmenting.running
        with qtbot.waitSignal(dock.segmenting.ended, timeout=10_000):
            dock.segmenting.cancel()
        return heart.longest_ms

    assert _best(repeat) < LIMIT_MS


def test_while_parameters_are_tuned(qtbot, viewer, dock, large):
    viewer.add_labels((large > 60).astype(np.uint16))

    def repeat() -> float:
        with qtbot.waitSignal(dock.tuning.ended, timeout=60_000), Heartbeat() as heart:
            dock.view.tune._tune.click()
            qtbot.wait(1000)
            dock.tuning.cancel()
        return heart.longest_ms

    assert _best(repeat) < LIMIT_MS


def test_while_a_large_image_is_painted_and_saved(qtbot, viewer, tmp_path, large):
    """Strokes over more than a second, so that files are written meanwhile, and undo."""
    file, side = tmp_path / "large.png", 4000
    Image.fromarray(np.tile(large, (2, 2))[:side, :side]).save(file, compress_level=1)
    images, state = ImagesDock(viewer), state_of(viewer)
    viewer.window.add_dock_widget(images, name="Images")
    with qtbot.waitSignal(images.stepping.shown, timeout=30_000):
        images.open_folder(tmp_path)
    layer = viewer.layers["large labels"]
    layer.brush_size = 60
    written, ids = list[Any](), count(1)
    state.project._written.connect(written.append)

    def repeat() -> float:
        written.clear()
        with Heartbeat() as heart:
            for stroke in range(100, side - 100, 150):
                layer.paint((stroke, side - stroke), next(ids))
                qtbot.wait(50)
            state.correcting.undo()
            qtbot.wait(200)
        qtbot.waitUntil(lambda: not state.project.pending, timeout=20_000)
        assert written, "nothing was written meanwhile"
        return heart.longest_ms

    assert _best(repeat) < LIMIT_MS
    np.testing.assert_array_equal(read_labels(tmp_path / "leafseg" / "large.png.tif"), layer.data)
