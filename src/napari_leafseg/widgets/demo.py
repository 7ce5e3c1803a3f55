"""The demo with a window: a sample, segmented by the shipped weights, and a slider to drag.

The headless demo is the command line's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import napari

from napari_leafseg.core.weights import find
from napari_leafseg.data.nuclei import draw_nuclei
from napari_leafseg.widgets.dock_opening import segment_dock
from napari_leafseg.widgets.run_bar import CURRENT

if TYPE_CHECKING:
    from napari_leafseg.widgets.segment_dock import SegmentDock

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
    weights = find(METHOD, WEIGHTS)
    image, _ = draw_nuclei()
    viewer = napari.Viewer(title="napari-leafseg demo")
    viewer.add_image(image, name="nuclei (drawn)")
    dock = segment_dock(viewer)
    _run_once_loaded(dock)
    dock.view.models.choose(METHOD, weights)
    if run:
        napari.run()
    return viewer


def _run_once_loaded(dock: SegmentDock) -> None:
    def start(_: object) -> None:
        dock.loader.loaded.disconnect(start)
        dock.start(CURRENT)

    dock.loader.loaded.connect(start)
