"""Opens the plugin's docks in a viewer, each once.

Knows napari's window; the docks are found through the manifest, as the menu finds them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_leafseg.widgets.preferences import PLUGIN

if TYPE_CHECKING:
    from napari import Viewer

    from napari_leafseg.widgets.correct_dock import CorrectDock
    from napari_leafseg.widgets.fine_tune_dock import FineTuneDock
    from napari_leafseg.widgets.images_dock import ImagesDock
    from napari_leafseg.widgets.segment_dock import SegmentDock


def images_dock(viewer: Viewer) -> ImagesDock:
    """The Images dock of a viewer, opened if it was not."""
    _, widget = viewer.window.add_plugin_dock_widget(PLUGIN, "Images", tabify=True)
    return widget


def segment_dock(viewer: Viewer) -> SegmentDock:
    """The Segment dock of a viewer, opened if it was not."""
    _, widget = viewer.window.add_plugin_dock_widget(PLUGIN, "Segment", tabify=True)
    return widget


def correct_dock(viewer: Viewer) -> CorrectDock:
    """The Correct dock of a viewer, opened if it was not."""
    _, widget = viewer.window.add_plugin_dock_widget(PLUGIN, "Correct", tabify=True)
    return widget


def fine_tune_dock(viewer: Viewer) -> FineTuneDock:
    """The Fine-tune dock of a viewer, opened if it was not."""
    _, widget = viewer.window.add_plugin_dock_widget(PLUGIN, "Fine-tune", tabify=True)
    return widget
