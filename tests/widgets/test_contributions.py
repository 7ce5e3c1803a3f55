"""What napari finds in the manifest works through napari: folders, files, samples, writer, menu, preferences."""

from __future__ import annotations

from pathlib import Path

import napari
import numpy as np
import pytest
from npe2 import PluginManager, PluginManifest
from qtpy.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from qtpy.QtGui import QDragEnterEvent, QDropEvent
from qtpy.QtWidgets import QApplication, QWidget

from napari_leafseg.data.reading import read_labels
from napari_leafseg.widgets import demo, menu, preferences
from napari_leafseg.widgets.dock_opening import images_dock
from napari_leafseg.widgets.reader import get_reader
from napari_leafseg.widgets.state import state_of


@pytest.fixture
def window(qtbot, viewer):
    """A viewer that knows the plugin, as installed."""
    return viewer


def test_a_folder_opens_through_napari(qtbot, window, folder):
    window.open(str(folder), plugin="napari-leafseg")
    qtbot.waitUntil(lambda: state_of(window).entry is not None)
    assert [layer.name for layer in window.layers] == ["a", "a labels"]


def _drop(widget: QWidget, path: Path) -> bool:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    # Qt gives a drop to whoever took the drag that came before it.
    for event in (
        QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, left, none),
        QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, left, none),
    ):
        QApplication.sendEvent(widget, event)
    return event.isAccepted()


def test_a_folder_dropped_on_the_canvas_goes_to_the_dock(qtbot, make_napari_viewer, folder):
    viewer = make_napari_viewer(show=True)
    dock = images_dock(viewer)
    qtbot.waitUntil(dock.isVisible)
    centre = dock.window().centralWidget()
    target = next(widget for widget in (centre, *centre.findChildren(QWidget)) if widget.acceptDrops())
    with qtbot.waitSignal(dock.stepping.shown):
        assert _drop(target, folder)
    assert viewer.layers[0].name == "a"
    state_of(viewer).jobs.close()


def test_a_folder_dropped_on_the_dock_opens(qtbot, window, folder):
    dock = images_dock(window)
    with qtbot.waitSignal(dock.stepping.shown):
        assert _drop(dock.view, folder)


def test_an_image_beside_its_labels_becomes_two_layers(tmp_path, nuclei_image):
    from PIL import Image

    image, labels = nuclei_image
    path = tmp_path / "plant001_rgb.png"
    Image.fromarray(np.stack([image] * 3, axis=2)).save(path)
    Image.fromarray(labels.astype(np.uint8)).save(tmp_path / "plant001_label.png")
    layers = get_reader(str(path))(str(path))
    assert [kind for _, _, kind in layers] == ["image", "labels"]
    np.testing.assert_array_equal(layers[1][0], labels)
    (ids, _, kind) = get_reader(str(tmp_path / "plant001_label.png"))(str(tmp_path / "plant001_label.png"))[0]
    assert kind == "labels"
    np.testing.assert_array_equal(ids, labels)


def test_several_paths_at_once_are_left_to_others():
    assert get_reader(["a.png", "b.png"]) is None


@pytest.mark.parametrize("key", ["plant", "tray", "growth", "nuclei"])
def test_samples_come_with_their_labels(window, key):
    window.open_sample("napari-leafseg", key)
    kinds = [type(layer).__name__ for layer in window.layers]
    assert kinds[0] == "Image" and set(kinds[1:]) == {"Labels"}
    image, labels = window.layers[0], window.layers[-1]
    assert labels.visible and labels.data.max() > 5
    assert labels.data.shape == (image.data.shape[:-1] if image.rgb else image.data.shape)


def test_the_tray_knows_its_twelve_plants_and_the_series_its_leaves(window):
    window.open_sample("napari-leafseg", "tray")
    plants, leaves = window.layers[1].data, window.layers[2].data
    assert set(np.unique(plants)) == set(range(13))
    assert ((plants > 0) == (leaves > 0)).all()
    window.open_sample("napari-leafseg", "growth")
    days = window.layers[-1].data
    assert window.dims.axis_labels == ("time", "row", "column")
    grown = [np.bincount(day.ravel(), minlength=days.max() + 1)[1:] for day in days]
    # The first true leaves are there from their birth to the end, and grow.
    assert grown[-1].astype(bool).sum() > grown[0].astype(bool).sum() + 3
    assert (days[-1] > 0).sum() > 4 * (days[0] > 0).sum()


def test_labels_are_written_through_napari(window, tmp_path, nuclei_image):
    window.add_labels(nuclei_image[1].astype(np.uint16))
    path = tmp_path / "out.tif"
    window.layers.save(str(path), plugin="napari-leafseg")
    np.testing.assert_array_equal(read_labels(path), nuclei_image[1])


def test_the_menu_opens_the_segment_dock(window, monkeypatch):
    monkeypatch.setattr(napari, "current_viewer", lambda: window)
    menu.open_segment()
    assert any("Segment" in name for name in window.window.dock_widgets)


def test_preferences_are_the_manifests_defaults(plugin_settings, npe2pm: PluginManager):
    assert preferences.default_device() == "auto"
    npe2pm.register(PluginManifest.from_distribution("napari-leafseg"))
    assert preferences.default_device() == "auto"
    assert preferences.cache_bytes() == 1024 * 2**20


def test_demo_opens_segmented_with_a_slider_to_drag(qtbot, make_napari_viewer, monkeypatch):
    from napari_leafseg.core.catalogue import find
    from napari_leafseg.core.errors import WeightsError

    try:
        find(demo.METHOD, demo.WEIGHTS)
    except WeightsError:
        pytest.skip("the shipped weights are not there")
    viewer = make_napari_viewer()
    monkeypatch.setattr(napari, "Viewer", lambda **_: viewer)
    demo.open_demo(run=False)
    qtbot.waitUntil(lambda: "Preview" in viewer.layers and viewer.layers["Preview"].data.any(), timeout=60_000)
    state_of(viewer).jobs.close()
