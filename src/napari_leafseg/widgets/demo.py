"""The demo with a window: a sample, segmented by the shipped weights, and a slider to drag.

The headless demo is the command line's own.
"""

from __future__ import annotations

import napari

from napari_leafseg.core.registry import load
from napari_leafseg.data.nuclei import draw_nuclei
from napari_leafseg.widgets.dock_opening import segment_dock
from napari_leafseg.widgets.run_bar import CURRENT
from napari_leafseg.widgets.state import state_of

METHOD, WEIGHTS = "harmonic", "nuclei"


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
    if run:
        napari.run()
    return viewer
