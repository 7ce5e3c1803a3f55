"""Every change of labels is one step of one history: tools, napari's brush, whole images, and Ctrl+Z over all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from napari_leafseg.core.errors import EditError
from napari_leafseg.data.project import Status
from napari_leafseg.editing import place
from napari_leafseg.editing.marks import Marks
from napari_leafseg.widgets.changed import Changed
from napari_leafseg.widgets.correcting import Correcting
from napari_leafseg.widgets.state import state_of


@pytest.fixture
def correcting(viewer, nuclei_image) -> Correcting:
    image, labels = nuclei_image
    viewer.add_image(image)
    correcting = state_of(viewer).correcting
    viewer.add_labels(labels.astype(np.uint16), name="mine")
    return correcting


@pytest.fixture
def told(correcting) -> list[Changed]:
    changes: list[Changed] = []
    correcting.changed.connect(changes.append)
    return changes


def _press(viewer: Any, key: str) -> None:
    viewer.window._qt_viewer.canvas._key_map_handler.press_key(key)


def test_the_selected_labels_are_corrected_and_remembered(viewer, correcting):
    mine = viewer.layers["mine"]
    assert correcting.layer is mine
    correcting.apply("Delete", place.delete(correcting.objects, [3]))
    other = viewer.add_labels(np.zeros((96, 128), np.uint16), name="other")
    assert correcting.layer is other and not len(correcting.history)
    viewer.layers.selection.active = mine
    assert correcting.layer is mine and correcting.history.undo_title == "Delete"
    viewer.layers.remove(mine)
    viewer.layers.remove(other)
    assert correcting.layer is None
    with pytest.raises(EditError, match="select a labels layer"):
        _ = correcting.objects


def test_an_edit_is_told_with_its_box_and_taken_back(correcting, told, nuclei_image):
    box = correcting.objects.box(3)
    correcting.apply("Delete", place.delete(correcting.objects, [3]))
    assert not (correcting.labels == 3).any()
    correcting.undo()
    np.testing.assert_array_equal(correcting.labels, nuclei_image[1])
    correcting.redo()
    assert [(change.what, change.box, change.labels) for change in told] == [("Delete", box, True)] * 3


def test_strokes_of_napari_and_tools_are_undone_in_one_order_by_key(viewer, correcting, told, nuclei_image):
    layer = correcting.layer
    layer.selected_label, layer.brush_size = 7, 9
    layer.paint((10, 10), 7)
    correcting.apply("Delete", place.delete(correcting.objects, [3]))
    layer.fill((50, 16), 9)
    assert [change.what for change in told] == ["Brush stroke", "Delete", "Brush stroke"]
    last = layer.data.copy()
    for _ in range(3):
        _press(viewer, "Control-Z")
    np.testing.assert_array_equal(layer.data, nuclei_image[1])
    # With the image selected, the keys mean the same.
    viewer.layers.selection.active = viewer.layers[0]
    for _ in range(3):
        _press(viewer, "Control-Shift-Z")
    np.testing.assert_array_equal(layer.data, last)


def test_an_undo_in_the_middle_of_a_stroke_takes_back_what_is_painted_so_far(viewer, correcting, nuclei_image):
    layer = correcting.layer
    with layer.block_history():
        layer.paint((10, 10), 7)
        _press(viewer, "Control-Z")
        np.testing.assert_array_equal(layer.data, nuclei_image[1])
        layer.paint((20, 20), 7)
    assert correcting.history.undo_title == "Brush stroke"
    _press(viewer, "Control-Z")
    np.testing.assert_array_equal(layer.data, nuclei_image[1])


def test_other_labels_are_one_step_and_keep_the_mode(viewer, correcting, told, nuclei_image):
    layer, status = correcting.layer, []
    correcting.status_changed.connect(status.append)
    layer.mode = "paint"
    wide = np.where(nuclei_image[1] > 0, nuclei_image[1] + 70_000, 0)
    correcting.replace(wide, "Accept preview", Status.PREDICTED)
    layer.paint((10, 10), 1)
    correcting.undo()
    assert layer.data.dtype == np.int32 and layer.data.max() > 70_000
    correcting.undo()
    assert layer.data.dtype == np.uint16 and layer.mode == "paint"
    np.testing.assert_array_equal(layer.data, nuclei_image[1])
    assert status == ["predicted", "in work", "predicted", "new"]
    assert told[0].box is None and told[0].labels


def test_what_others_put_into_the_layer_is_a_step_only_if_they_say_so(viewer, correcting, nuclei_image):
    layer = correcting.layer
    layer.metadata = {"record": 1}
    with correcting.replacing(layer, "Accept preview", Status.PREDICTED):
        layer.data, layer.metadata = np.roll(nuclei_image[1], 5, 0), {"record": 2}
    assert correcting.history.undo_title == "Accept preview"
    correcting.undo()
    np.testing.assert_array_equal(layer.data, nuclei_image[1])
    assert layer.metadata == {"record": 1}
    correcting.redo()
    assert layer.metadata == {"record": 2}
    layer.data = np.roll(nuclei_image[1], 9, 0)
    assert not len(correcting.history)
    correcting.undo()
    np.testing.assert_array_equal(layer.data, np.roll(nuclei_image[1], 9, 0))


def test_marks_classes_and_the_region_to_ignore_are_steps_too(correcting, told):
    correcting.open(correcting.layer, {(): Marks(scores={3: 0.2})}, status=Status.CORRECTED)
    correcting.check([1, 2])
    correcting.set_class([2, 5], "fork")
    region = np.zeros(correcting.labels.shape, bool)
    region[:9] = True
    correcting.set_ignore(region)
    correcting.set_ignore(region)
    assert [(change.marks, change.ignore, change.labels) for change in told] == [
        (True, False, False), (True, False, False), (False, True, False)
    ]  # fmt: skip
    assert correcting.marks == Marks(frozenset([1, 2]), {2: "fork", 5: "fork"}, {3: 0.2})
    assert correcting.status == "in work"
    for _ in range(3):
        correcting.undo()
    assert correcting.marks == Marks(scores={3: 0.2}) and not correcting.ignore.any()
    assert correcting.status == "corrected"


def test_a_stroke_that_breaks_an_object_is_told(correcting):
    broken = []
    correcting.broke.connect(lambda plane, ids: broken.append((plane, ids)))
    layer = correcting.layer
    layer.brush_size = 3
    rows, columns = correcting.objects.box(12)
    with layer.block_history():
        for row in range(rows.start - 2, rows.stop + 2):
            layer.paint((row, (columns.start + columns.stop) // 2), 0)
    assert broken == [((), [12])]


def test_a_stack_has_marks_and_objects_by_plane(viewer, nuclei_image):
    viewer.add_image(np.stack([nuclei_image[0]] * 4))
    correcting = state_of(viewer).correcting
    viewer.add_labels(np.stack([nuclei_image[1] * (plane == 2) for plane in range(4)]), scale=(2, 1, 1))
    viewer.dims.set_point(0, 4)
    assert correcting.plane == (2,)
    correcting.apply("Delete", place.delete(correcting.objects, [1]))
    correcting.check([2])
    assert correcting.labels[2].max() == 12 and not (correcting.labels == 1).any()
    viewer.dims.set_point(0, 2)
    assert correcting.plane == (1,) and correcting.marks == Marks() and not len(correcting.objects)


def test_the_preview_is_not_corrected(viewer, correcting, nuclei_image):
    layers, mine = state_of(viewer).layers, correcting.layer
    from napari_leafseg.core.image import Axes

    preview = layers.start_preview(viewer.layers[0], Axes("YX"))
    viewer.layers.selection.active = preview
    assert correcting.layer is mine
