"""The Correct dock under real mouse and keys: each tool does what it says, and all can be taken back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from napari.utils.key_bindings import coerce_keybinding
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from scipy import ndimage
from threshold_segmenter import ThresholdSegmenter
from widgets.pointer import Pointer

from napari_leafseg.core.memo import NoMemo
from napari_leafseg.editing import place
from napari_leafseg.editing.marks import Marks
from napari_leafseg.widgets.correct_dock import CorrectDock
from napari_leafseg.widgets.state import state_of
from napari_leafseg.widgets.tall_area import TallArea


class Prompted(ThresholdSegmenter):
    """Answers points and boxes with the brightness around their middle."""

    def prompt_piece(self, piece, prompt, params):
        row, column = prompt if len(prompt) == 2 else ((prompt[0] + prompt[2]) / 2, (prompt[1] + prompt[3]) / 2)
        parts, _ = ndimage.label(self.decode_piece(piece, params, NoMemo()).labels)
        return (parts == parts[round(row), round(column)]) & (parts > 0)


@pytest.fixture
def shown(make_napari_viewer: Any):
    """A viewer on the screen: only there do mouse and keys reach the canvas."""
    viewer = make_napari_viewer(show=True)
    viewer.window.resize(1300, 700)
    yield viewer
    state_of(viewer).jobs.close()


@pytest.fixture
def dock(qtbot, shown, nuclei_image) -> CorrectDock:
    shown.add_image(nuclei_image[0], name="field")
    dock = CorrectDock(shown)
    shown.window.add_dock_widget(dock, name="Correct")
    shown.add_labels(nuclei_image[1].astype(np.uint16), name="mine")
    qtbot.waitUntil(lambda: dock._trace is not None)
    shown.reset_view()
    qtbot.wait(50)
    return dock


@pytest.fixture
def hand(shown, dock) -> Pointer:
    return Pointer(shown)


def _ids(dock: CorrectDock) -> list[int]:
    return [int(value) for value in np.unique(dock.correcting.labels) if value]


def test_nothing_of_the_dock_is_cut_off(qtbot, dock):
    area = dock.view.findChild(TallArea)
    qtbot.waitUntil(lambda: area.viewport().width() >= area.widget().minimumSizeHint().width())


def test_merge_by_a_drag_and_by_two_clicks(dock, hand):
    hand.key(Qt.Key.Key_J)
    assert dock.view.tools.buttons["merge"].isChecked()
    hand.drag([(16, 16), (16, 80)])
    assert not {1, 2} & set(_ids(dock)) and dock.correcting.objects.at(16, 16) == 3
    hand.click(48, 16)
    hand.click(80, 112)
    assert dock.correcting.objects.at(48, 16) == 12
    assert dock.view.tools.undo.text() == "Undo merge"


def test_split_by_a_line_and_by_clicks_and_enter(dock, hand):
    hand.key(Qt.Key.Key_S)
    hand.drag([(80, 90), (80, 126)])
    assert len(_ids(dock)) == 13
    hand.click(76, 80)
    hand.click(86, 80)
    assert len(_ids(dock)) == 13
    hand.key(Qt.Key.Key_Return)
    assert len(_ids(dock)) == 14
    hand.click(48, 48)
    hand.key(Qt.Key.Key_Escape)
    hand.key(Qt.Key.Key_Return)
    assert len(_ids(dock)) == 14


def test_delete_by_a_click_and_by_a_box(dock, hand):
    hand.key(Qt.Key.Key_D)
    hand.click(16, 16)
    hand.drag([(30, 0), (95, 66)])
    assert _ids(dock) == [2, 3, 4, 7, 8, 11, 12]
    hand.click(1, 1)
    assert "background" in dock.view.message.text()


def test_an_outline_draws_an_object_anew_in_one_stroke_and_spares_checked_ones(dock, hand, nuclei_image):
    hand.key(Qt.Key.Key_U)
    assert dock.view.tools.buttons["outline"].isChecked()
    hand.drag([(9, 9), (9, 23), (23, 23), (23, 9), (10, 9)])
    assert (dock.correcting.labels[11:22, 11:22] == 1).all() and dock.correcting.objects.box(1)[0].stop <= 25
    assert dock.view.tools.undo.text() == "Undo outline" and len(dock.correcting.history) == 1
    dock.view.tools.undo.click()
    np.testing.assert_array_equal(dock.correcting.labels, nuclei_image[1])
    dock.correcting.check([2])
    hand.drag([(6, 6), (6, 58), (30, 58), (30, 6), (8, 6)])
    assert np.array_equal(dock.correcting.labels == 2, nuclei_image[1] == 2)
    hand.click(16, 16)
    assert "one stroke" in dock.view.message.text()


def test_keys_and_buttons_undo_and_redo_tools_and_brush_in_one_order(dock, hand, nuclei_image):
    hand.key(Qt.Key.Key_D)
    hand.click(16, 16)
    dock.view.tools.buttons["brush"].click()
    assert dock.correcting.layer.mode == "paint" and dock.hand.tool is None
    hand.drag([(10, 40), (10, 60)])
    assert len(dock.correcting.history) == 2
    last = dock.correcting.labels.copy()
    dock.view.tools.undo.click()
    hand.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    np.testing.assert_array_equal(dock.correcting.labels, nuclei_image[1])
    assert not dock.view.tools.undo.isEnabled()
    hand.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    dock.view.tools.redo.click()
    np.testing.assert_array_equal(dock.correcting.labels, last)


def test_checked_objects_carry_a_dot_that_comes_and_goes_with_them(dock, hand, shown):
    def marked() -> list[int]:
        return sorted(dock.correcting.objects.at(*place) for place in shown.layers["Checked"].data)

    assert "Checked" not in shown.layers
    hand.key(Qt.Key.Key_K, Qt.KeyboardModifier.ShiftModifier)
    assert len(shown.layers["Checked"].data) == 0, "the first click waits for no new layer"
    hand.drag([(16, 16), (16, 80)])
    assert marked() == [1, 2, 3] == sorted(dock.correcting.marks.checked)
    assert dock.hand.tool is not None, "the new layer takes no tool away"
    hand.click(16, 48)
    assert marked() == [1, 3]
    hand.key(Qt.Key.Key_D)
    hand.click(16, 16)
    assert marked() == [3]
    dock.view.tools.undo.click()
    assert marked() == [1, 3]
    dock.correcting.open(dock.correcting.layer)
    assert marked() == []


def test_a_stroke_that_breaks_an_object_is_asked_about_and_any_answer_can_be_undone(dock, hand):
    layer = dock.correcting.layer
    layer.brush_size = 4
    dock.view.tools.buttons["eraser"].click()
    for answer, ids in ((dock.view.offer.keep, 12), (dock.view.offer.separate, 13), (dock.view.offer.leave, 12)):
        hand.drag([(80, 90), (80, 127)])
        assert dock.view.offer.isVisible() and layer.mode == "erase"
        answer.click()
        assert not dock.view.offer.isVisible() and len(_ids(dock)) == ids
        while dock.view.tools.undo.isEnabled():
            dock.view.tools.undo.click()


def test_shapes_of_objects(dock, hand, nuclei_image):
    dock.view.tools.pixels.setValue(3)
    areas = dock.correcting.objects.areas
    for key, modifiers, larger in ((Qt.Key.Key_G, Qt.KeyboardModifier.NoModifier, True),
                                   (Qt.Key.Key_G, Qt.KeyboardModifier.ShiftModifier, False)):  # fmt: skip
        hand.key(key, modifiers)
        hand.click(16, 16)
        assert (dock.correcting.objects.area(1) > areas[1]) is larger
        dock.view.tools.undo.click()
    dock.correcting.layer.data_setitem((np.array([80, 79]), np.array([112, 112])), 0)
    for key in (Qt.Key.Key_H, Qt.Key.Key_T):
        hand.key(key)
        hand.click(76, 116)
    assert [dock.correcting.labels[80, 112], dock.view.tools.undo.text()] == [12, "Undo smooth"]


def test_check_ignore_and_corrected(dock, hand):
    hand.key(Qt.Key.Key_K, Qt.KeyboardModifier.ShiftModifier)
    hand.drag([(16, 16), (16, 80)])
    hand.click(16, 48)
    assert dock.correcting.marks.checked == {1, 3} and "2 checked" in dock.view.facts.text()
    hand.key(Qt.Key.Key_I)
    hand.drag([(30, 30), (30, 100), (60, 100), (60, 30)])
    assert dock.correcting.ignore[45, 60] and not dock.correcting.ignore[70, 60]
    assert dock._viewer.layers["Ignored"].visible and dock.correcting.layer.name == "mine"
    hand.click(45, 60)
    assert not dock.correcting.ignore.any() and not dock._viewer.layers["Ignored"].visible
    dock.view.corrected.click()
    assert dock.correcting.status == "corrected" and "Corrected" in dock.view.facts.text()
    dock.view.tools.undo.click()
    assert not dock.view.corrected.isChecked()


@pytest.mark.parametrize(("tool", "name"), [("ignore", "Ignored"), ("add", "Suggestion")])
def test_what_a_tool_shows_is_made_when_it_is_chosen(dock, tool, name):
    """Napari takes long to make a layer, and the first stroke would wait for it."""
    dock.choose(tool)
    layer, where = dock._viewer.layers[name], dock._viewer.layers["mine"].extent.world
    assert not layer.data.any() and dock.correcting.layer.name == "mine"
    np.testing.assert_array_equal(dock._viewer.layers.extent.world, where)
    dock.choose("")
    dock.choose(tool)
    assert dock._viewer.layers[name] is layer and f"{name} [1]" not in dock._viewer.layers


def test_the_model_adds_what_is_missing_when_the_person_says_so(qtbot, dock, hand, threshold_method):
    state_of(dock._viewer).segmenter = Prompted()
    dock.correcting.apply("Delete", place.delete(dock.correcting.objects, [6, 7]))
    hand.key(Qt.Key.Key_A)
    hand.click(48, 48)
    qtbot.waitUntil(lambda: dock.suggesting.offered is not None)
    assert dock._viewer.layers["Suggestion"].visible and dock.correcting.objects.at(48, 48) == 0
    hand.key(Qt.Key.Key_Escape)
    assert not dock._viewer.layers["Suggestion"].visible
    hand.drag([(36, 36), (60, 60)])
    qtbot.waitUntil(lambda: dock.suggesting.offered is not None)
    hand.key(Qt.Key.Key_Return)
    assert dock.correcting.objects.at(48, 48) == 13 and dock.hand.tool.name == "add"
    assert not dock._viewer.layers["Suggestion"].visible
    state_of(dock._viewer).segmenter = None
    hand.click(48, 80)
    assert "Segment dock" in dock.view.message.text()


def test_fix_border_says_why_it_cannot_be_used(dock, threshold_method):
    state_of(dock._viewer).segmenter = ThresholdSegmenter()
    assert not dock.view.tools.buttons["fix"].isEnabled()
    assert "does not refine" in dock.view.tools.buttons["fix"].toolTip()


def test_review_goes_from_the_least_certain_object_on(qtbot, shown, dock, hand):
    scores = dict.fromkeys(range(1, 13), 0.95) | {5: 0.1, 9: 0.3}
    dock.correcting.open(dock.correcting.layer, {(): Marks(scores=scores)})
    hand.key(Qt.Key.Key_Q)
    qtbot.waitUntil(lambda: dock.reviewing.current is not None)
    assert dock.reviewing.current == 5
    np.testing.assert_allclose(shown.scene.camera.center[-2:], (48, 16), atol=1)
    hand.key(Qt.Key.Key_K)
    assert dock.reviewing.current == 9 and dock.correcting.marks.checked == {5}
    hand.key(Qt.Key.Key_Delete)
    assert 9 not in dock.correcting.objects and dock.reviewing.current is not None
    hand.key(Qt.Key.Key_Q, Qt.KeyboardModifier.ShiftModifier)
    assert dock.reviewing.current == 5


def test_classes_are_chosen_where_the_method_has_them(qtbot, dock, hand, threshold_method):
    assert not dock.view.review.classes.isVisibleTo(dock.view.review)
    segmenter = ThresholdSegmenter()
    segmenter.classes = ("leaf", "fork")
    state_of(dock._viewer).segmenter = segmenter
    hand.key(Qt.Key.Key_Q)
    qtbot.waitUntil(lambda: dock.reviewing.current is not None)
    dock.view.review.classes.setCurrentIndex(2)
    dock.view.review.classes.activated.emit(2)
    assert dock.correcting.marks.classes == {dock.reviewing.current: "fork"}
    dock.view.tools.undo.click()
    assert dock.view.review.classes.currentText() == "none"


def test_space_moves_the_image_and_napari_s_modes_put_the_tool_down(qtbot, shown, dock, hand):
    layer = dock.correcting.layer
    hand.key(Qt.Key.Key_D)
    QTest.keyPress(hand.canvas, Qt.Key.Key_Space)
    assert layer.mode == "pan_zoom"
    hand.click(16, 16)
    assert len(_ids(dock)) == 12
    QTest.keyRelease(hand.canvas, Qt.Key.Key_Space)
    qtbot.wait(20)
    assert dock.hand.tool.name == "delete" and layer.mode == "pick"
    hand.key(Qt.Key.Key_P)
    qtbot.waitUntil(lambda: dock.hand.tool is None)
    assert layer.mode == "paint" and dock.view.tools.buttons["brush"].isChecked()


def test_the_tool_stays_in_the_hand_on_the_next_image(qtbot, dock, hand, nuclei_image):
    hand.key(Qt.Key.Key_D)
    layers = state_of(dock._viewer).layers
    layers._labels[dock._viewer.layers["field"]] = dock.correcting.layer
    layers.show_labels(dock._viewer.layers["field"], np.roll(nuclei_image[1], 32, 1))
    qtbot.wait(20)
    assert dock.hand.tool.name == "delete"
    hand.click(16, 48)
    assert 1 not in dock.correcting.objects and len(dock.correcting.history) == 1


def test_an_empty_window_says_what_to_do(qtbot, viewer):
    dock = CorrectDock(viewer)
    viewer.window.add_dock_widget(dock, name="Correct")
    assert "select a labels layer" in dock.view.facts.text() and not dock.view.tools.isEnabled()
    dock.choose("merge")
    assert "select a labels layer" in dock.view.message.text() and dock.hand.tool is None


def test_a_closed_dock_gives_its_keys_back(qtbot, viewer, nuclei_image):
    layer = viewer.add_labels(nuclei_image[1].astype(np.uint16))
    dock = CorrectDock(viewer)
    viewer.window.add_dock_widget(dock, name="Correct")
    before = set(layer.keymap)
    dock.choose("delete")
    viewer.window.remove_dock_widget(dock)
    dock.close()
    dock.deleteLater()
    qtbot.wait(50)
    assert coerce_keybinding("D") not in viewer.keymap
    assert set(layer.keymap) == before and layer.mode == "pan_zoom"
