"""Rosette plants drawn from above, with their true leaves: to train on, to test on, to try things on.

Knows no file, no network and no window.
"""

from napari_leafseg.data.rosette.drawing import draw_plant
from napari_leafseg.data.rosette.presets import MIXED, PRESETS
from napari_leafseg.data.rosette.ranges import Rosette
from napari_leafseg.data.rosette.series import growth_series
from napari_leafseg.data.rosette.tray import Tray, draw_tray
from napari_leafseg.data.rosette.truth import Drawing, LeafTruth

__all__ = [
    "MIXED", "PRESETS", "Drawing", "LeafTruth", "Rosette", "Tray",
    "draw_plant", "draw_tray", "growth_series",
]  # fmt: skip
