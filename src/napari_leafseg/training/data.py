"""Choosing what to train on and what to validate on, and describing it in a card.

Knows folders, drawn plants and samples; nothing of networks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from napari_leafseg.core.errors import TrainingError
from napari_leafseg.core.image import Contrast
from napari_leafseg.core.sample import Sample
from napari_leafseg.core.weights import Card
from napari_leafseg.data.drawing import NUCLEI
from napari_leafseg.data.layouts import Division, Entry, divide, load_sample, open_folder
from napari_leafseg.training.drawn import PREFIX, DrawnSamples, presets_of, to_train_on, to_validate_on
from napari_leafseg.training.options import TrainOptions

_AS_YOURS = "as your images'"
_AS_DRAWN = "as this program's (BSD-3-Clause): it drew all that was learned from"


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
    origin
        What a card says of the first.
    """

    train: Sequence[Sample]
    validation: Sequence[Sample]
    division: str
    classes: tuple[str, ...] = ()
    origin: Card = field(default_factory=Card)

    @property
    def sentence(self) -> str:
        """What a person is told before the training begins."""
        return f"{self._trained_on} to train on, {len(self.validation)} to validate on ({self.division})."

    @property
    def _trained_on(self) -> str:
        return "Endless drawings" if isinstance(self.train, DrawnSamples) else f"{len(self.train)} images"

    def renumbered(self, names: tuple[str, ...]) -> TrainingData:
        """Give the classes the numbers that ``names`` gives them; objects of other classes get none."""
        train, validation = (_renumbered(part, self.classes, names) for part in (self.train, self.validation))
        return replace(self, train=train, validation=validation, classes=names)


def _renumbered(samples: Sequence[Sample], old: tuple[str, ...], new: tuple[str, ...]) -> Sequence[Sample]:
    if not old:
        return samples
    numbers = {number: new.index(name) for number, name in enumerate(old) if name in new}

    def one(sample: Sample) -> Sample:
        kept = {index: numbers[kind] for index, kind in sample.classes.items() if kind in numbers}
        return replace(sample, classes=kept)

    return [one(sample) for sample in samples]


def load_data(
    data: str | Path, validation: str | Path | None, contrast: Contrast, options: TrainOptions | None = None
) -> TrainingData:
    """Read the labelled images of a folder and divide them, or have plants drawn.

    A second folder validates if one is given; else the folder is divided (`data.layouts.divide`).
    Drawn plants are validated on other drawn plants.

    Parameters
    ----------
    data
        A folder, or ``drawn:`` and names of presets (`training.drawn`).
    validation
        The same, or ``None``.
    contrast
        As the method wants it (`Segmenter.contrast`).
    options
        Their seed, and the size and number of plants to draw.

    Raises
    ------
    TrainingError
        If the folder holds no labelled image.
    ParameterError
        If there is no such preset.
    """
    options = options or TrainOptions()
    presets = presets_of(str(data))
    found = _drawn(presets, contrast, options) if presets else _read(Path(data), contrast, whole=validation is not None)
    found = replace(found, origin=_sized(found.origin, options))
    if validation is None:
        return replace(found, validation=_plants(presets, contrast, options)) if presets else found
    others = presets_of(str(validation))
    held_out = _plants(others, contrast, options) if others else _all_of(Path(validation), contrast, found.classes)
    return replace(found, validation=held_out, division=f"validated on {validation}")


def _sized(origin: Card, options: TrainOptions) -> Card:
    """Say in the card which sizes are learned, where images are resized for it."""
    sizes = options.object_sizes
    if not sizes:
        return origin.replace(enlarge=options.enlarge)
    return origin.replace(object_size=round((sizes[0] * sizes[1]) ** 0.5, 1), object_sizes=sizes)


def _drawn(presets: tuple[str, ...], contrast: Contrast, options: TrainOptions) -> TrainingData:
    plants = to_train_on(presets, options.drawn_size, contrast, options.seed)
    names = ", ".join(presets)
    origin = Card(
        title=f"trained on drawings ({names})",
        subject=NUCLEI if presets == (NUCLEI,) else "rosette",
        data=f"drawings, new ones in every pass ({names}, {plants.size} x {plants.size} pixels)",
        licence=_AS_DRAWN,
        object_size=typical_diameter(plants),
        source=PREFIX + ",".join(presets),
    )
    return TrainingData(plants, [], "new ones in every pass", origin=origin)


def _plants(presets: tuple[str, ...], contrast: Contrast, options: TrainOptions) -> list[Sample]:
    return to_validate_on(presets, options.drawn_size, contrast, options.validation_images)


def _read(data: Path, contrast: Contrast, *, whole: bool) -> TrainingData:
    folder = open_folder(data)
    entries = [entry for entry in folder.entries if entry.teaches]
    if not entries:
        raise TrainingError(
            f"{data} holds no labelled image: put label images beside the images, or mark some as corrected."
        )
    sides = Division(_not_held_out(entries), (), "") if whole else divide(folder)
    if not sides.train:
        raise TrainingError(f"All images of {data} are kept aside to validate on: move some to the training images.")
    train = _samples(sides.train, contrast)
    name = data.resolve().name
    origin = Card(
        title=f"trained on {name}",
        subject=name,
        data=f"{len(train)} images of {name}",
        licence=_AS_YOURS,
        object_size=typical_diameter(train),
    )
    return TrainingData(train, _samples(sides.validation, contrast), sides.sentence, folder.classes, origin)


def _not_held_out(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    return tuple(entry for entry in entries if entry.split in (None, "train"))


def _all_of(data: Path, contrast: Contrast, classes: tuple[str, ...]) -> Sequence[Sample]:
    folder = open_folder(data)
    samples = _samples([entry for entry in folder.entries if entry.teaches], contrast)
    return _renumbered(samples, folder.classes, classes)


def _samples(entries: Iterable[Entry], contrast: Contrast) -> list[Sample]:
    return [load_sample(entry, contrast) for entry in entries]


def typical_diameter(samples: Sequence[Sample]) -> float | None:
    """Median over all objects of the diameter of a disc of their area, in pixels; ``None`` without objects."""
    areas = [np.bincount(sample.labels.ravel())[1:] for sample in samples]
    sizes = np.concatenate([area[area > 0] for area in areas]) if areas else np.zeros(0)
    return round(float(2 * np.sqrt(np.median(sizes) / np.pi)), 1) if len(sizes) else None


def card_of(origin: Card, start: Card) -> Card:
    """Describe weights to be trained; what they start from stays readable."""
    if not start.data:
        return origin
    return origin.replace(
        data=f"{origin.data}; started from {start.title} ({start.data})",
        licence=start.licence,
        source=start.origin or origin.source,
    )
