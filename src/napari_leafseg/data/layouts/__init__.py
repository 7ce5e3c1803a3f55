"""Folders of images with or without labels, in every layout people have.

One file per layout, one list of them (`opening`). Listing opens no image, so that ten
thousand are listed at once. Must know nothing of methods, training or windows.
"""

from __future__ import annotations

from napari_leafseg.data.layouts.division import TRAIN, VALIDATION, Division, divide, move
from napari_leafseg.data.layouts.entry import Entry, ImageFolder, LabelFile, Labelled, LabelSource
from napari_leafseg.data.layouts.opening import open_folder
from napari_leafseg.data.layouts.samples import entries_to_choose_on, labels_of, load_sample, samples_of

__all__ = [
    "TRAIN",
    "VALIDATION",
    "Division",
    "Entry",
    "ImageFolder",
    "LabelFile",
    "LabelSource",
    "Labelled",
    "divide",
    "entries_to_choose_on",
    "labels_of",
    "load_sample",
    "move",
    "open_folder",
    "samples_of",
]
