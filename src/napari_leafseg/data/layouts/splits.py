"""Which image belongs to which part of a data set: `split.csv` beside the images.

Knows the file only, no layout.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from napari_leafseg.core.errors import ImageError

SPLIT_FILE = "split.csv"
_FOLDERS = {"train": "train", "val": "val", "valid": "val", "validation": "val", "test": "test"}


def read_split(root: Path) -> dict[str, str]:
    """Read ``split.csv`` (columns ``stem`` and ``split``); empty if there is none.

    Raises
    ------
    ImageError
        If the file is there but does not have these columns: going on without it would mix
        validation images into a training.
    """
    path = root / SPLIT_FILE
    if not path.is_file():
        return {}
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return {row["stem"].strip(): row["split"].strip() for row in csv.DictReader(file)}
    except (KeyError, AttributeError, UnicodeDecodeError, OSError, csv.Error):
        raise ImageError(f"{path} cannot be read: give it the columns stem and split, as UTF-8 text.") from None


def split_of(splits: Mapping[str, str], image: Path) -> str | None:
    """Look an image up by its stem, its file name, or its stem without ``_rgb``."""
    for key in (image.stem, image.name, image.stem.removesuffix("_rgb")):
        if key in splits:
            return splits[key]
    return None


def split_named(folder: str) -> str | None:
    """Return the split that a folder's name stands for, for example ``"val"``."""
    return _FOLDERS.get(folder.lower())
