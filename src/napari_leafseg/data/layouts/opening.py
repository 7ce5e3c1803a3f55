"""The list of layouts, and the one way to open a folder.

A new layout is a new file with a `find` and one line here.
"""

from __future__ import annotations

import os
from pathlib import Path

from napari_leafseg.core.errors import ImageError
from napari_leafseg.data.layouts import cellpose, coco, cvppp, dsb2018, images_labels, plain, project
from napari_leafseg.data.layouts.entry import Entry, Found, ImageFolder
from napari_leafseg.data.layouts.listing import Listing, unique_names
from napari_leafseg.data.layouts.splits import read_split, split_named, split_of
from napari_leafseg.data.project.places import PROJECT

# The most particular first; the first that finds anything is taken.
_LAYOUTS = {
    "dsb2018": dsb2018.find,
    "cvppp": cvppp.find,
    "coco": coco.find,
    "images_labels": images_labels.find,
    "cellpose": cellpose.find,
    "plain": plain.find,
}
# Somebody will drop a home folder.
_DEPTH = 3


def open_folder(path: str | Path) -> ImageFolder:
    """List a folder's images by name, with their labels and split where it has them.

    Opens no image. If no image and no layout is on top, the subfolders are looked through,
    each with a layout of its own. Where the folder holds a project (``leafseg/``), its labels come first;
    a project itself is opened as the folder that it lies in.

    Raises
    ------
    ImageError
        If it is no folder, cannot be listed, or holds no image.
    """
    # Whole paths, so that an image has one name wherever it is spoken of.
    root = Path(os.path.abspath(path))
    if not root.exists():
        raise ImageError(f"There is no folder {root}: check its name.")
    if not root.is_dir():
        raise ImageError(f"{root.name} is a file: choose the folder that it lies in, or open it as an image.")
    root = project.images_of(root)
    layout, found = _search(Listing.of(root), _DEPTH)
    if not found:
        raise ImageError(f"The folder {root} holds no images: choose one with PNG, JPEG, TIFF, BMP or WebP files.")
    names = unique_names(root, [one.image for one in found])
    entries = (Entry(name, *one) for name, one in zip(names, found, strict=True))
    return ImageFolder(root, layout, *project.overlay(root, entries, coco.class_names(found)))


def _search(folder: Listing, depth: int) -> tuple[str, list[Found]]:
    """Try the layouts on a folder, or else on its subfolders."""
    for layout, find in _LAYOUTS.items():
        found = find(folder)
        if found:
            splits = read_split(folder.path)
            return layout, [one._replace(split=split_of(splits, one.image) or one.split) for one in found]
    return _search_below(folder, depth)


def _search_below(folder: Listing, depth: int) -> tuple[str, list[Found]]:
    everything: list[Found] = []
    layouts = set()
    for name in folder.folders if depth else ():
        if name != PROJECT:
            layout, found = _search(Listing.of(folder.path / name), depth - 1)
            everything += [one._replace(split=one.split or split_named(name)) for one in found]
            layouts |= {layout} if found else set()
    splits = read_split(folder.path) if everything else {}
    found = [one._replace(split=split_of(splits, one.image) or one.split) for one in everything]
    return layouts.pop() if len(layouts) == 1 else "plain", found
