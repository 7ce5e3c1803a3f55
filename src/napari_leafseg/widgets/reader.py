"""napari's way to open a folder of images, or an image that lies beside its labels.

A folder goes to the Images dock of the current viewer; a file with labels becomes two layers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import napari

from napari_leafseg.core.provenance import METADATA_KEY
from napari_leafseg.data.layouts import Entry, open_folder
from napari_leafseg.data.reading import read_labels
from napari_leafseg.widgets.dock_opening import images_dock
from napari_leafseg.widgets.image_reading import open_entry
from napari_leafseg.widgets.shown import smallest_ids

LayerData = tuple[Any, ...]
NOTHING: list[LayerData] = [(None,)]
"""What a reader returns that took a path and adds no layer of its own."""

_LABEL_ENDINGS = ("_label.png", "_masks.png", "_masks.tif")


def get_reader(path: str | Sequence[str]) -> Callable[[Any], list[LayerData]] | None:
    """Return the function that reads a path; ``None`` for several at once."""
    if not isinstance(path, str):
        return None
    if Path(path).is_dir():
        return read_folder
    return read_label_file if path.lower().endswith(_LABEL_ENDINGS) else read_labelled


def read_folder(path: str) -> list[LayerData]:
    """Hand a folder to the Images dock; without a viewer, return its first image."""
    viewer = napari.current_viewer()
    if viewer is None:
        return _layers(open_folder(path).entries[0])
    images_dock(viewer).open_folder(Path(path))
    return NOTHING


def read_label_file(path: str) -> list[LayerData]:
    """Read a label image into a labels layer."""
    return [(smallest_ids(read_labels(path)), {"name": Path(path).stem}, "labels")]


def read_labelled(path: str) -> list[LayerData]:
    """Read an image, and its labels if its folder has some."""
    file = Path(path)
    entries = {entry.image: entry for entry in open_folder(file.parent).entries}
    return _layers(entries.get(file, Entry(file.stem, file, None, None)))


def _layers(entry: Entry) -> list[LayerData]:
    opened = open_entry(entry)
    image = opened.shown
    options: dict[str, Any] = {
        "name": entry.name,
        "rgb": image.rgb,
        "metadata": {METADATA_KEY: {"axes": image.axes.names, "path": str(entry.image)}},
    }
    if image.limits is not None:
        options["contrast_limits"] = image.limits
    layers: list[LayerData] = [(image.data, options, "image")]
    if opened.labels is not None:
        layers.append((smallest_ids(opened.labels), {"name": f"{entry.name} labels"}, "labels"))
    return layers
