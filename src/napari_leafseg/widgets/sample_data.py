"""What File > Open Sample offers: drawings with their true labels. Nothing is downloaded."""

from __future__ import annotations

from typing import Any

import numpy as np

from napari_leafseg.data.nuclei import draw_nuclei
from napari_leafseg.data.rosette import draw_plant, draw_tray, growth_series
from napari_leafseg.widgets.shown import smallest_ids

LayerData = tuple[Any, dict[str, Any], str]

# The window waits while a sample is drawn: a series this long and this large takes about a second of a slow processor
# (`benchmarks/drawings.py`).
_DAYS, _SERIES_SIZE, _TRAY_SIZE = range(15), 352, 1024
_PLANT_SEED, _SERIES_SEED, _TRAY_SEED = 4, 4, 4


def plant() -> list[LayerData]:
    """Draw a rosette and its leaves."""
    drawn = draw_plant("arabidopsis-old", _PLANT_SEED)
    return [_image(drawn.image, "rosette (drawn)"), _labels(drawn.labels, "rosette leaves")]


def tray() -> list[LayerData]:
    """Draw a tray of twelve rosettes: their leaves, and, hidden at first, which plant is where."""
    drawn = draw_tray("arabidopsis-old", _TRAY_SEED, _TRAY_SIZE)
    return [
        _image(drawn.image, "tray (drawn)"),
        _labels(drawn.plants, "tray plants", visible=False),
        _labels(drawn.labels, "tray leaves"),
    ]


def growth() -> list[LayerData]:
    """Draw a rosette on each of fifteen days; a leaf keeps its id from day to day."""
    drawn = growth_series("arabidopsis-old", _SERIES_SEED, _DAYS, _SERIES_SIZE)
    axes: dict[str, Any] = {"axis_labels": ("time", "row", "column")}
    return [
        _image(np.stack([day.image for day in drawn]), "growth (drawn)", **axes),
        _labels(np.stack([day.labels for day in drawn]), "growth leaves", **axes),
    ]


def nuclei() -> list[LayerData]:
    """Draw a field of nuclei and their labels."""
    image, labels = draw_nuclei()
    return [_image(image, "nuclei (drawn)", rgb=False), _labels(labels, "nuclei labels")]


def _image(image: Any, name: str, *, rgb: bool = True, **more: Any) -> LayerData:
    return image, {"name": name, "rgb": rgb, **more}, "image"


def _labels(labels: Any, name: str, **more: Any) -> LayerData:
    return smallest_ids(labels), {"name": name, "opacity": 0.5, **more}, "labels"
