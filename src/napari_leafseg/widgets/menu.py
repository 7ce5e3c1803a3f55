"""The entry in Layers > Segment."""

from __future__ import annotations

import napari

from napari_leafseg.widgets.dock_opening import segment_dock


def open_segment() -> None:
    """Open the Segment dock in the current viewer."""
    viewer = napari.current_viewer()
    if viewer is not None:
        segment_dock(viewer)
