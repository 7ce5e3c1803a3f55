"""What File > Open Sample offers: drawings with their true labels. Nothing is downloaded."""

from __future__ import annotations

from typing import Any

from napari_leafseg.data.nuclei import draw_nuclei
from napari_leafseg.data.rosette import draw_rosette
from napari_leafseg.widgets.shown import smallest_ids

LayerData = tuple[Any, dict[str, Any], str]


def plant() -> list[LayerData]:
    """Draw a rosette and its leaves."""
    image, labels = draw_rosette()
    return [
        (image, {"name": "rosette (drawn)", "rgb": True}, "image"),
        (smallest_ids(labels), {"name": "rosette leaves", "opacity": 0.5}, "labels"),
    ]


def nuclei() -> list[LayerData]:
    """Draw a field of nuclei and their labels."""
    image, labels = draw_nuclei()
    return [
        (image, {"name": "nuclei (drawn)"}, "image"),
        (smallest_ids(labels), {"name": "nuclei labels", "opacity": 0.5}, "labels"),
    ]
