"""The window never freezes: once the layers exist, no stall of the event loop is longer than 100 ms.

Other programs share the machine, so one late beat proves nothing: a repeat without a stall
proves that no slot blocks, since a slot that blocks does so in every repeat. The figures
themselves are `benchmarks/window.py`'s.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from heartbeat import Heartbeat
from threshold_segmenter import ThresholdSegmenter

from napari_leafseg.core.registry import create
from napari_leafseg.data.nuclei import draw_nuclei
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
