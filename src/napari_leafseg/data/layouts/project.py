"""The plugin's own folder of labels: `leafseg/` beside the images, over whatever layout they have."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from napari_leafseg.data.layouts.entry import Entry, LabelFile
from napari_leafseg.data.layouts.listing import Listing

PROJECT = "leafseg"


def overlay(folder: Listing, entries: list[Entry]) -> list[Entry]:
    """Let the project's labels stand in for those that came with the images."""
    project = folder.folder(PROJECT)
    if project is None:
        return entries
    here = set(project.files)
    return [replace(entry, labels=_labels(project.path, here, entry) or entry.labels) for entry in entries]


def _labels(project: Path, here: set[str], entry: Entry) -> LabelFile | None:
    for name in (entry.image.name, entry.name):
        file = project / f"{name}.tif"
        # Names with folders in them lie deeper than the listing looks.
        if file.name in here or ("/" in name and file.is_file()):
            ignore = file.with_name(f"{file.stem}.ignore.tif")
            return LabelFile(file, ignore if ignore.is_file() else None)
    return None
