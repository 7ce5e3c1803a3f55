"""With a real napari labels layer, which needs no window: its strokes, our edits, one order of undo."""

from __future__ import annotations

import numpy as np
import pytest
from editing.pictures import drawn
from napari.components import ViewerModel
from napari.layers import Labels
from numpy.typing import NDArray

from napari_leafseg.editing import place, whole
from napari_leafseg.editing.correction import Correction, Plane
from napari_leafseg.editing.edit import Edit
from napari_leafseg.editing.marks import Marks
from napari_leafseg.editing.strokes import stroke_of


class LayerSurface:
    """A layer as a surface, as the text of `editing.correction` says."""

    def __init__(self, layer: Labels) -> None:
        self.layer = layer
        self.writing = False

    @property
    def labels(self) -> NDArray[np.integer]:
        return self.layer.data

    def write(self, edit: Edit) -> None:
        self.writing = True
        with self.layer.block_history():
            self.layer.data_setitem(edit.where, edit.after)
        self.writing = False

    def replace(self, plane: Plane, labels: NDArray[np.integer]) -> None:
        if plane:
            self.layer.data[plane] = labels
            self.layer.refresh()
        else:
            self.layer.data = labels
        mode = self.layer.mode
        self.layer.editable = False
        self.layer.editable = True
        self.layer.mode = mode


class Window:
    """What a dock has: a layer, a correction, and the strokes handed on."""

    def __init__(self, labels: NDArray[np.integer]) -> None:
        self.viewer = ViewerModel()
        self.layer = self.viewer.add_labels(labels)
        self.surface = LayerSurface(self.layer)
        self.correction = Correction(self.surface)
        self.layer.events.paint.connect(self.on_paint)

    def on_paint(self, event: object) -> None:
        if not self.surface.writing:
            self.correction.took("Stroke", stroke_of(self.layer.data.shape, event.value))

    def stroke(self, label: int, *points: tuple[float, ...]) -> None:
        with self.layer.block_history():
            for point in points:
                self.layer.paint(point, label)


@pytest.fixture
def window() -> Window:
    labels = np.zeros((40, 60), np.uint16)
    labels[5:20, 5:25], labels[5:20, 30:50] = 1, 2
    return Window(labels)


def test_a_stroke_is_one_step(window: Window) -> None:
    before = window.layer.data.copy()
    window.layer.brush_size = 7
    window.stroke(3, (10, 10), (10, 14), (10, 18), (10, 22))
    after = window.layer.data.copy()
    assert len(window.correction.history) == 1
    assert (after == 3).sum() > 30
    window.correction.undo()
    assert np.array_equal(window.layer.data, before)
    window.correction.redo()
    assert np.array_equal(window.layer.data, after)


def test_objects_stay_true_through_strokes(window: Window) -> None:
    assert window.correction.objects().ids == [1, 2]
    window.layer.brush_size = 9
    window.stroke(3, (12, 26), (12, 30))
    window.stroke(0, (10, 10))
    objects = window.correction.objects()
    assert objects.areas == dict(enumerate(np.bincount(window.layer.data.ravel())[1:], 1))


def test_fill_and_polygon_are_steps_too(window: Window) -> None:
    before = window.layer.data.copy()
    window.layer.fill((10, 10), 7, [0, 1])
    window.layer.paint_polygon([(25, 5), (35, 5), (35, 40)], 8)
    assert {7, 8} <= set(np.unique(window.layer.data))
    assert len(window.correction.history) == 2
    window.correction.undo()
    window.correction.undo()
    assert np.array_equal(window.layer.data, before)


def test_strokes_tools_and_whole_images_are_one_order(window: Window) -> None:
    states = [window.layer.data.copy()]

    def keep() -> None:
        states.append(window.layer.data.copy())

    window.stroke(9, (12, 27))
    keep()
    window.correction.do("Delete", place.delete(window.correction.objects(), [1]))
    keep()
    window.correction.do("Relabel", whole.relabel(window.correction.objects()))
    keep()
    window.stroke(3, (30, 30))
    keep()
    window.correction.do("Accept", whole.replace_all(window.layer.data, np.where(states[0] > 0, 70_000, 0)))
    keep()
    window.stroke(1, (30, 30))
    keep()
    for state in states[-2::-1]:
        window.correction.undo()
        assert np.array_equal(window.layer.data, state)
    for state in states[1:]:
        window.correction.redo()
        assert np.array_equal(window.layer.data, state)


def test_a_stroke_through_a_stack_is_one_step() -> None:
    window = Window(np.zeros((4, 30, 30), np.uint16))
    window.correction.objects((1,))
    window.layer.n_edit_dimensions = 3
    window.layer.brush_size = 3
    window.stroke(2, (1, 10, 10), (2, 12, 12))
    assert window.correction.objects((1,)).areas == {2: int((window.layer.data[1] == 2).sum())}
    window.correction.undo()
    assert not window.layer.data.any()
    assert window.correction.objects((1,)).ids == []


def test_marks_follow_a_stroke_that_is_told_before_it_is_written(window: Window) -> None:
    """Outside of a mouse press, napari says what it fills before it does."""
    window.correction.mark("Check", Marks(frozenset({1, 2})))
    window.layer.fill((10, 10), 0, [0, 1])
    assert window.correction.marks().checked == {2}
    assert window.correction.objects().ids == [2]


def test_of_a_pixel_painted_twice_the_first_record_knows_what_it_was() -> None:
    labels = drawn("3231 1111")
    where = (np.array([0, 0]), np.array([1, 2]))
    again = (np.array([0]), np.array([2]))
    edit = stroke_of((2, 4), [(where, np.array([1, 1], np.uint16), 2), (again, np.array([2], np.uint16), 3)])
    edit.inverse().write(labels)
    assert labels[0].tolist() == [3, 1, 1, 1]
    edit.write(labels)
    assert labels[0].tolist() == [3, 2, 3, 1]


def test_a_stroke_that_changes_nothing_in_the_end_is_empty() -> None:
    assert not stroke_of((1, 2), [((np.array([0]), np.array([0])), np.array([1], np.uint16), 1)])
    assert not stroke_of((1, 2), [])
