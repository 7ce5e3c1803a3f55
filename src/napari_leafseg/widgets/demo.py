"""The demo with a window: a sample, segmented by the shipped weights, and a slider to drag.

The headless demo is the command line's own.
"""

from __future__ import annotations

import napari
from qtpy.QtWidgets import QApplication

from napari_leafseg.core.registry import load
from napari_leafseg.data.nuclei import draw_nuclei
from napari_leafseg.widgets.dock_opening import segment_dock
from napari_leafseg.widgets.run_bar import CURRENT
from napari_leafseg.widgets.state import state_of

METHOD, WEIGHTS = "harmonic", "nuclei"
SIZE = (1360, 880)
"""Of the window, in pixels, where the screen has so many."""


def open_demo(*, run: bool = True) -> napari.Viewer:
    """Open napari with a segmented sample and the Segment dock.

    Parameters
    ----------
    run
        Whether to run napari's event loop, and return when its window is closed.

    Raises
    ------
    WeightsError
        If the shipped weights are missing.
    """
    segmenter = load(METHOD, WEIGHTS)
    image, _ = draw_nuclei()
    viewer = napari.Viewer(title="napari-leafseg demo")
    viewer.add_image(image, name="nuclei (drawn)")
    state_of(viewer).segmenter = segmenter
    segment_dock(viewer).start(CURRENT)
    _show_all(viewer)
    if run:
        napari.run()
    return viewer


def _show_all(viewer: napari.Viewer) -> None:
    """Make room for the whole dock, then for the whole image beside it."""
    screen = QApplication.primaryScreen().availableSize()
    viewer.window.resize(min(SIZE[0], screen.width()), min(SIZE[1], screen.height()))
    # The canvas has its new size only once the window was laid out.
    QApplication.processEvents()
    viewer.reset_view()
