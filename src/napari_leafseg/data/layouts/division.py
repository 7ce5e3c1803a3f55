"""Which labelled images of a folder are learned from and which are kept aside to check on.

The folder's own division holds; else a hash of each image's path decides, so that an image stays on its side when
others come and go; and what a person moved stays where they put it (``split.csv`` in the folder's project). Opens no
image.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from napari_leafseg.core.atomic import replacing
from napari_leafseg.core.errors import ProjectError
from napari_leafseg.data.layouts.entry import Entry, ImageFolder
from napari_leafseg.data.layouts.splits import SPLIT_FILE, read_split, split_of
from napari_leafseg.data.project.places import beside, existing, key_of

TRAIN, VALIDATION = "train", "val"
VALIDATION_SHARE = 0.2
LEAST_IMAGES = 4
"""With fewer labelled images than this, all are learned from, unless the folder or a person says otherwise."""


@dataclass(frozen=True)
class Division:
    """Labelled images on both sides.

    Attributes
    ----------
    train, validation
        Entries in the folder's order.
    sentence
        How they were divided.
    moved
        Keys of the images that a person put on their side.
    """

    train: tuple[Entry, ...]
    validation: tuple[Entry, ...]
    sentence: str
    moved: frozenset[str] = frozenset()


def divide(folder: ImageFolder) -> Division:
    """Divide the images of a folder that teach something; those that the folder calls ``test`` are on neither side.

    Raises
    ------
    ImageError
        If the project's ``split.csv`` cannot be read.
    """
    teaching = {_key(folder, entry): entry for entry in folder.entries if entry.teaches}
    by_hand = moved(folder.root, list(teaching))
    given = {key: entry.split for key, entry in teaching.items()}
    by_rule, sentence = _by_rule(given)
    sides = by_rule | by_hand
    train, validation = (
        tuple(entry for key, entry in teaching.items() if sides.get(key) == side) for side in (TRAIN, VALIDATION)
    )
    if by_hand:
        sentence = f"{sentence}; {len(by_hand)} put on their side by hand"
    return Division(train, validation, sentence, frozenset(by_hand))


def moved(folder: Path, keys: Sequence[str]) -> dict[str, str]:
    """Read which of the images, named by their path within the folder, a person put on a side, and on which.

    Raises
    ------
    ImageError
        If the project's ``split.csv`` cannot be read.
    """
    place = existing(folder)
    said = {} if place is None else read_split(place)
    found = {key: said.get(key) or split_of(said, Path(key)) for key in keys} if said else {}
    return {key: side for key, side in found.items() if side in (TRAIN, VALIDATION)}


def move(folder: str | Path, key: str, side: str) -> None:
    """Put an image on a side, for every training from now on.

    Parameters
    ----------
    folder
        Of the images.
    key
        The image's path within it, with ``/`` (`data.project.Project.key`).
    side
        `TRAIN` or `VALIDATION`.

    Raises
    ------
    ImageError
        If the project's ``split.csv`` cannot be read.
    ProjectError
        If it cannot be written.
    """
    if side not in (TRAIN, VALIDATION):
        raise ProjectError(f"{key} cannot be moved to {side!r}: choose {TRAIN} or {VALIDATION}.")
    place = existing(Path(folder)) or beside(Path(folder))
    said = read_split(place) | {key: side}
    path = place / SPLIT_FILE
    try:
        with replacing(path) as file:
            file.write(_as_csv(said).encode())
    except OSError as error:
        raise ProjectError(
            f"{path} cannot be written ({error.strerror or error}): ask its owner to let you."
        ) from error


def _as_csv(said: Mapping[str, str]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([("stem", "split"), *sorted(said.items())])
    return text.getvalue()


def _key(folder: ImageFolder, entry: Entry) -> str:
    return key_of(folder.root, entry.image)


def _by_rule(given: Mapping[str, str | None]) -> tuple[dict[str, str], str]:
    if VALIDATION in given.values():
        return {key: side or TRAIN for key, side in given.items()}, "divided as the folder says"
    free = [key for key, side in given.items() if side in (None, TRAIN)]
    if len(free) < LEAST_IMAGES:
        return dict.fromkeys(free, TRAIN), "too few images to validate on any"
    kept = _kept_aside(free)
    sides = {key: VALIDATION if key in kept else TRAIN for key in free}
    return sides, "about a fifth held out by a hash of the name"


def _kept_aside(keys: Sequence[str]) -> set[str]:
    """Choose by each image's hash alone; only where that keeps none or all aside, another image's hash counts."""
    hashes = {key: int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) / 2**64 for key in keys}
    kept = {key for key in keys if hashes[key] < VALIDATION_SHARE} or {min(keys, key=hashes.__getitem__)}
    return kept if len(kept) < len(keys) else kept - {max(keys, key=hashes.__getitem__)}
