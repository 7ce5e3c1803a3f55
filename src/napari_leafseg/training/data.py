"""Choosing what to train on and what to validate on, and describing it in a card.

Knows folders and samples; nothing of networks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from napari_leafseg.core.errors import TrainingError
from napari_leafseg.core.image import Contrast
from napari_leafseg.core.sample import Sample
from napari_leafseg.core.weights import Card
from napari_leafseg.data.layouts import ImageFolder, load_sample, open_folder

VALIDATION_SHARE = 0.2
LEAST_IMAGES = 4
"""With fewer labelled images than this, all are trained on and none validates."""


@dataclass(frozen=True)
class TrainingData:
    """Labelled images, divided.

    Attributes
    ----------
    train, validation
        Samples; the second may be empty.
    division
        One sentence: how they were divided.
    classes
        Names of the classes, in the order of the samples' numbers; empty where none are known.
    """

    train: list[Sample]
    validation: list[Sample]
    division: str
    classes: tuple[str, ...] = ()

    def renumbered(self, names: tuple[str, ...]) -> TrainingData:
        """Give the classes the numbers that ``names`` gives them; objects of other classes get none."""
        train, validation = (_renumbered(part, self.classes, names) for part in (self.train, self.validation))
        return replace(self, train=train, validation=validation, classes=names)


def _renumbered(samples: list[Sample], old: tuple[str, ...], new: tuple[str, ...]) -> list[Sample]:
    numbers = {number: new.index(name) for number, name in enumerate(old) if name in new}

    def one(sample: Sample) -> Sample:
        kept = {index: numbers[kind] for index, kind in sample.classes.items() if kind in numbers}
        return replace(sample, classes=kept)

    return [one(sample) for sample in samples]


def load_data(data: Path, validation: Path | None, contrast: Contrast) -> TrainingData:
    """Read the labelled images of a folder and divide them.

    A second folder validates if one is given; else the entries that ``split.csv`` or the
    sub-folders call ``val``; else a fifth, chosen by a hash of the name, so that an image
    stays on its side when others come and go.

    Raises
    ------
    TrainingError
        If the folder holds no labelled image.
    """
    folder = open_folder(data)
    labelled = [entry for entry in folder.entries if entry.labels is not None]
    if not labelled:
        raise TrainingError(
            f"{data} holds no labelled image: put label images beside the images, or choose another folder."
        )
    if validation is not None:
        other = open_folder(validation)
        return TrainingData(
            _samples(folder, {e.name for e in labelled if e.split in (None, "train")}, contrast),
            _renumbered(_samples(other, None, contrast), other.classes, folder.classes),
            f"validated on {validation}",
            folder.classes,
        )
    held_out = {e.name for e in labelled if e.split == "val"}
    division = "divided as the folder says"
    if not held_out and len(labelled) >= LEAST_IMAGES:
        held_out, division = _held_out([e.name for e in labelled]), "a fifth held out by a hash of the name"
    train = {e.name for e in labelled if e.name not in held_out and e.split in (None, "train")}
    return TrainingData(
        _samples(folder, train, contrast),
        _samples(folder, held_out, contrast),
        division if held_out else "too few images to validate on any",
        folder.classes,
    )


def _samples(folder: ImageFolder, names: set[str] | None, contrast: Contrast) -> list[Sample]:
    chosen = [e for e in folder.entries if e.labels is not None and (names is None or e.name in names)]
    return [load_sample(entry, contrast) for entry in chosen]


def _held_out(names: Sequence[str]) -> set[str]:
    ranked = sorted(names, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    return set(ranked[: max(1, round(VALIDATION_SHARE * len(names)))])


def typical_diameter(samples: Sequence[Sample]) -> float | None:
    """Median over all objects of the diameter of a disc of their area, in pixels; ``None`` without objects."""
    areas = [np.bincount(sample.labels.ravel())[1:] for sample in samples]
    sizes = np.concatenate([area[area > 0] for area in areas]) if areas else np.zeros(0)
    return round(float(2 * np.sqrt(np.median(sizes) / np.pi)), 1) if len(sizes) else None


def card_of(data: Path, train: Sequence[Sample], start: Card) -> Card:
    """Describe weights trained on a folder; what they started from stays readable."""
    before = f"; started from {start.title} ({start.data})" if start.data else ""
    return Card(
        title=f"trained on {data.resolve().name}",
        subject=data.resolve().name,
        data=f"{len(train)} images of {data.resolve().name}{before}",
        licence=start.licence if start.data else "as your images'",
        object_size=typical_diameter(train),
    )
