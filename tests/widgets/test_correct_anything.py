"""A hundred actions of all kinds with a real mouse, undone to the start and redone to the end."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import Qt
from widgets.pointer import Pointer

from napari_leafseg.data.nuclei import draw_nuclei
from napari_leafseg.widgets.correct_dock import CorrectDock
from napari_leafseg.widgets.state import state_of

SIDE = 96
ACTIONS = 100
CLICKED = ("delete", "grow", "shrink", "fill", "smooth", "check")
DRAGGED = ("merge", "split", "delete", "ignore", "outline", "brush", "eraser", "brush", "eraser")


@pytest.fixture
def dock(qtbot: Any, make_napari_viewer: Any):
    viewer = make_napari_viewer(show=True)
    viewer.window.resize(1300, 700)
    dock = CorrectDock(viewer)
    viewer.window.add_dock_widget(dock, name="Correct")
    viewer.add_labels(draw_nuclei(SIDE, 20, 1)[1].astype(np.uint16))
    qtbot.waitUntil(lambda: dock._trace is not None)
    viewer.reset_view()
    qtbot.wait(50)
    yield dock
    state_of(viewer).jobs.close()


def _state(dock: CorrectDock) -> tuple[Any, ...]:
    correcting = dock.correcting
    return correcting.labels.tolist(), correcting.ignore.tolist(), correcting.marks, correcting.status


def _act(dock: CorrectDock, hand: Pointer, rng: np.random.Generator) -> str:
    """Do anything anywhere; return what."""
    points = rng.uniform(1, SIDE - 2, (3, 2))
    kind = str(rng.choice((*CLICKED, *DRAGGED, "relabel", "small", "accept", "fill bucket")))
    if kind == "relabel":
        dock.view.relabel.click()
    elif kind == "small":
        dock.view.least.setValue(int(rng.integers(2, 20)))
        dock.view.small.click()
    elif kind == "accept":
        dock.correcting.replace(draw_nuclei(SIDE, 20, int(rng.integers(99)))[1], "Accept preview")
    elif kind == "fill bucket":
        dock.view.tools.buttons["bucket"].click()
        hand.click(*points[0])
    else:
        button = dock.view.tools.buttons[kind]
        if not button.isChecked():
            button.click()
        dock.correcting.layer.selected_label, dock.correcting.layer.brush_size = int(rng.integers(1, 30)), 5
        corners = points if kind in ("ignore", "outline") else points[:2]
        hand.drag(corners if kind in DRAGGED and (kind not in CLICKED or rng.random() < 0.3) else points[:1])
    return kind


def test_a_hundred_actions_are_undone_to_the_start_and_redone_to_the_end(dock):
    rng, hand = np.random.default_rng(3), Pointer(dock._viewer, steps=1)
    correcting, did = dock.correcting, Counter()
    first = _state(dock)
    while len(correcting.history) < ACTIONS:
        before = len(correcting.history)
        kind = _act(dock, hand, rng)
        did[kind] += len(correcting.history) > before
    assert len([kind for kind, count in did.items() if count]) > 9, did
    last = _state(dock)
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    for count in range(ACTIONS):
        if count % 2:
            dock.view.tools.undo.click()
        else:
            hand.key(Qt.Key.Key_Z, control)
    assert not dock.view.tools.undo.isEnabled()
    assert _state(dock) == first
    for count in range(ACTIONS):
        if count % 2:
            dock.view.tools.redo.click()
        else:
            hand.key(Qt.Key.Key_Z, control | shift)
    assert not dock.view.tools.redo.isEnabled()
    assert _state(dock) == last
