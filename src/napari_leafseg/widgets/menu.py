"""The entries in Layers > Segment."""

from __future__ import annotations

import napari

from napari_leafseg.widgets.dock_opening import correct_dock, fine_tune_dock, segment_dock


def open_segment() -> None:
    """Open the Segment dock in the current viewer."""
    viewer = napari.current_viewer()
    if viewer is not None:
        segment_dock(viewer)


def open_correct() -> None:
    """Open the Correct dock in the current viewer."""
    viewer = napari.current_viewer()
    if viewer is not None:
        correct_dock(viewer)


def open_fine_tune() -> None:
    """Open the Fine-tune dock in the current viewer."""
    viewer = napari.current_viewer()
    if viewer is not None:
        fine_tune_dock(viewer)
