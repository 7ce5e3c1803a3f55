"""Weights that knew another subject lend a fine-tuning neither live parameters nor half of themselves."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import cos, pi
from pathlib import Path

import pytest
from fields import fields

from napari_leafseg.core import registry
from napari_leafseg.core.sample import Sample
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.core.weights import read_header
from napari_leafseg.training import subject
from napari_leafseg.training.drawn import DrawnSamples
from napari_leafseg.training.events import EpochDone, Event, Preparing, Warned
from napari_leafseg.training.fine_tuning import fine_tuning_options
from napari_leafseg.training.fit import fit


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    """Two small drawn fields."""
    return fields(2)


@dataclass(frozen=True)
class Counted(DrawnSamples):
    """Plants that say which of them were drawn."""

    drawn: list[int] = field(default_factory=list)

    def draw(self, number: int) -> Sample:
        """Draw one, and note it."""
        self.drawn.append(number)
        return super().draw(number)


def trained(
    weights: str, samples: list[Sample], out: Path, epochs: int = 1, *, resume: bool = False
) -> tuple[Segmenter, list[Event], int]:
    """Fine-tune as a person does, for a pass over eight crops; say also how many of these were repeated plants."""
    segmenter = registry.load("harmonic", weights)
    options = fine_tuning_options(
        segmenter.card,
        epochs=epochs,
        batch=2,
        crop=64,
        samples_per_epoch=8,
        drawn_crops=1,
        compare=False,
        preview=False,
    )
    plants = Counted(("mixed",), 64, segmenter.contrast, 0)
    events = fit(segmenter, samples[:1], samples[1:], options, out, replay=plants, device="cpu", resume=resume)
    return segmenter, list(events), len(plants.drawn)


def test_weights_for_leaves_know_no_nuclei_and_what_was_chosen_for_leaves_goes(
    samples: list[Sample], tmp_path: Path
) -> None:
    """Said in a sentence; also after the run was resumed, which begins with the parameters for leaves once more."""
    leaves = registry.load("harmonic", "rosette").defaults
    own = type(leaves)()
    assert leaves != own
    segmenter, events, repeated = trained("rosette", samples, tmp_path / "run")
    assert [event.sentence for event in events if isinstance(event, Warned)] == [subject.FOREIGN]
    assert not any(isinstance(event, Preparing) for event in events), "nothing is mixed"
    assert repeated == 2, "a quarter of eight"
    assert segmenter.defaults == own
    rate = next(event.learning_rate for event in events if isinstance(event, EpochDone))
    # At the last of four steps; with the long warm-up of fine-tuning the rate is higher there.
    assert rate == pytest.approx(3e-4 * (0.01 + 0.495 * (1 + cos(pi * (0.75 - 0.03) / 0.97))))
    segmenter, _, repeated = trained("rosette", samples, tmp_path / "run", epochs=2, resume=True)
    assert segmenter.defaults == own and repeated == 2


def test_weights_that_know_the_subject_keep_their_parameters_and_are_mixed_in(
    samples: list[Sample], tmp_path: Path
) -> None:
    """Nothing is said of it."""
    _, events, repeated = trained("nuclei", samples, tmp_path / "run")
    assert repeated == 4
    assert not any(isinstance(event, Warned) for event in events)
    assert any(isinstance(event, Preparing) for event in events)
    known = registry.load("harmonic", "nuclei").defaults.model_dump(mode="json")
    assert read_header(tmp_path / "run" / "best.safetensors").params == known
