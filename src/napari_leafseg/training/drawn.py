"""Drawn plants to train on, new ones in every pass.

Knows presets and samples; nothing of crops, folders and networks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import overload

from napari_leafseg.core.image import Contrast, as_rgb
from napari_leafseg.core.sample import Sample
from napari_leafseg.data.drawing import check_drawn, draw

PREFIX = "drawn:"
"""What ``--data`` begins with where plants are drawn instead of read: ``drawn:mixed``."""
EXAMPLES = 32
"""How many plants are looked at before training, for the size of objects and the like."""

TRAINING, VALIDATION = 2**40, 2**62
"""First seeds of both: apart from each other, and from the plants that `synthesize` numbers, whatever its seed."""
_RUNS = 2**20
_REPLAY = 2**39
"""How far the plants of a replay are from those that a training of the same seed would draw."""


@dataclass(frozen=True)
class DrawnSamples(Sequence[Sample]):
    """Drawn plants without end; as a sequence, the first of them.

    Attributes
    ----------
    presets
        Names of what to draw, one after another.
    size
        Height and width, in pixels.
    contrast
        As the method wants it (`Segmenter.contrast`).
    first
        Seed of number 0.
    examples
        How many the sequence has, for those who look at the data beforehand.
    """

    presets: tuple[str, ...]
    size: int
    contrast: Contrast
    first: int
    examples: int = EXAMPLES

    def draw(self, number: int) -> Sample:
        """Draw sample ``number``, from 0 on: the same in every process, and no other number's."""
        preset = self.presets[number % len(self.presets)]
        drawing = _latest(preset, self.first + number, self.size)
        return Sample(f"{preset} {number}", as_rgb(drawing.image, contrast=self.contrast), drawing.labels)

    def __len__(self) -> int:
        return self.examples

    @overload
    def __getitem__(self, index: int) -> Sample: ...
    @overload
    def __getitem__(self, index: slice) -> list[Sample]: ...
    def __getitem__(self, index: int | slice) -> Sample | list[Sample]:
        """Draw one of the first `examples`, or several."""
        chosen = range(self.examples)[index]
        return self.draw(chosen) if isinstance(chosen, int) else [self.draw(number) for number in chosen]

    def __iter__(self) -> Iterator[Sample]:
        return (self.draw(number) for number in range(self.examples))


_latest = lru_cache(maxsize=1)(draw)


def presets_of(text: str) -> tuple[str, ...] | None:
    """Read ``drawn:one,other``; ``None`` where the text is a folder's name."""
    if not text.startswith(PREFIX):
        return None
    return tuple(name.strip() for name in text.removeprefix(PREFIX).split(","))


def to_train_on(presets: tuple[str, ...], size: int, contrast: Contrast, seed: int) -> DrawnSamples:
    """Make the samples of a training; another seed of the run gives other plants.

    Raises
    ------
    ParameterError
        If a preset is unknown or the size not allowed.
    """
    check_drawn(presets, size)
    return DrawnSamples(presets, size, contrast, TRAINING * (1 + seed % _RUNS))


def to_replay(presets: tuple[str, ...], size: int, contrast: Contrast, seed: int) -> DrawnSamples:
    """Make what keeps a training from forgetting what its first weights learned from.

    Raises
    ------
    ParameterError
        If a preset is unknown or the size not allowed.
    """
    check_drawn(presets, size)
    return DrawnSamples(presets, size, contrast, TRAINING * (1 + seed % _RUNS) + _REPLAY)


def to_validate_on(presets: tuple[str, ...], size: int, contrast: Contrast, count: int) -> list[Sample]:
    """Draw a fixed set, equal in all runs, of plants that no training sees.

    Raises
    ------
    ParameterError
        If a preset is unknown or the size not allowed.
    """
    check_drawn(presets, size)
    return list(DrawnSamples(presets, size, contrast, VALIDATION, count))
