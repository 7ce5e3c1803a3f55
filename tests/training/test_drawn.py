"""Drawn plants to train on: without end, without repetition, and never those that validate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from napari_leafseg.core import registry
from napari_leafseg.core.errors import ParameterError
from napari_leafseg.core.sample import Sample
from napari_leafseg.data.synthesis import MOST, Layout, Synthesis, seed_of, synthesize
from napari_leafseg.training.crops import Crops
from napari_leafseg.training.data import card_of, load_data
from napari_leafseg.training.drawn import VALIDATION, DrawnSamples, presets_of, to_train_on, to_validate_on
from napari_leafseg.training.events import Event, Started, Stepped
from napari_leafseg.training.fit import fit
from napari_leafseg.training.options import TrainOptions

OPTIONS = TrainOptions(drawn_size=64, validation_images=3, crop=64)


def _pictures(samples: Sequence[Sample]) -> set[bytes]:
    return {sample.image.tobytes() for sample in samples}


@pytest.mark.parametrize(
    ("text", "presets"),
    [
        ("drawn:mixed", ("mixed",)),
        ("drawn:arabidopsis-young, arabidopsis-old", ("arabidopsis-young", "arabidopsis-old")),
        ("my plants", None),
        ("./drawn:mixed", None),
    ],
)
def test_what_is_drawn_is_named_after_a_colon(text: str, presets: tuple[str, ...] | None) -> None:
    """And everything else is a folder."""
    assert presets_of(text) == presets


def test_no_plant_comes_twice_and_none_validates() -> None:
    """Whatever the seed of the run: figures on the fixed set stay figures on unseen plants."""
    runs = [to_train_on(("mixed",), 64, "range", seed) for seed in (0, 1, -1)]
    seen = [run.draw(number) for run in runs for number in range(6)]
    assert len(_pictures(seen)) == 18
    fixed = to_validate_on(("mixed",), 64, "range", 6)
    assert len(_pictures([*seen, *fixed])) == 24
    assert _pictures(fixed) == _pictures(to_validate_on(("mixed",), 64, "range", 6))


def test_no_file_shows_a_plant_of_a_training() -> None:
    """Sets that `synthesize` writes are unseen, whatever the seeds."""
    last = seed_of(MOST - 1, MOST - 1)
    runs = [to_train_on(("mixed",), 64, "range", seed).first for seed in (0, -1, 2**40)]
    assert all(last < first < VALIDATION for first in runs)


@pytest.mark.parametrize("drawn_first", [True, False])
def test_drawings_and_folders_train_and_validate_each_other(tmp_path: Path, drawn_first: bool) -> None:
    """Photographs are few: all of them may be kept for validation, or all be trained on."""
    plan = Synthesis(preset="tobacco", size=64, seed=0, layout=Layout.CVPPP, version="1")
    list(synthesize(plan, 5, tmp_path))
    given: list[str | Path] = ["drawn:mixed", tmp_path] if drawn_first else [tmp_path, "drawn:mixed"]
    found = load_data(given[0], given[1], "range", OPTIONS)
    assert isinstance(found.train, DrawnSamples) is drawn_first
    assert (len(found.validation) == 5) is drawn_first and (drawn_first or len(found.train) == 5)
    assert found.division == f"validated on {given[1]}"


def test_presets_take_turns_and_others_are_left_out() -> None:
    """So that a model can be tested on a kind of plant that it has not seen."""
    samples = to_train_on(("arabidopsis-young", "tobacco"), 64, "range", 0)
    kinds = [samples.draw(number).name.split()[0] for number in range(4)]
    assert kinds == ["arabidopsis-young", "tobacco"] * 2


def test_as_a_sequence_it_is_its_first_plants() -> None:
    """What methods look at before they train is small, and the same for all."""
    samples = DrawnSamples(("mixed",), 64, "range", first=7, examples=3)
    assert len(samples) == len(list(samples)) == 3
    assert samples[2].name == samples.draw(2).name == samples[1:][1].name == "mixed 2"
    with pytest.raises(IndexError):
        samples[3]


def test_every_plant_is_cut_a_few_times_and_never_comes_again() -> None:
    """Crops that follow each other share a plant; a number alone says what its crop shows."""
    samples = to_train_on(("mixed",), 64, "range", 0)
    plain = {"rotate": 0, "scale_low": 1, "scale_high": 1, "shear": 0, "drawn_crops": 2}
    options = OPTIONS.replace(**plain)
    serial = len(samples)  # the loader's numbers count on by this
    seen = [set(Crops(samples, options)[number * serial][1].unique().tolist()) for number in range(6)]
    assert seen[0] == seen[1] and seen[2] == seen[3] and seen[4] == seen[5]
    assert len({frozenset(ids) for ids in seen}) > 1
    crops = Crops(samples, OPTIONS)
    again = [crops[serial], crops[3 * serial], Crops(samples, OPTIONS)[serial]]
    assert np.array_equal(again[0][0], again[2][0]) and not np.array_equal(again[0][0], again[1][0])


def test_a_training_on_drawings_says_so_on_its_card() -> None:
    """With the size of its objects, and a licence that no photograph limits."""
    found = load_data("drawn:mixed,tobacco", None, "range", OPTIONS)
    assert isinstance(found.train, DrawnSamples) and len(found.validation) == 3
    assert found.sentence.startswith("Endless drawings to train on, 3 to validate on")
    card = card_of(found.origin, found.origin)
    assert found.origin.object_size is not None and 3 < found.origin.object_size < 64
    assert found.origin.subject == "rosette" and "mixed, tobacco" in found.origin.data
    assert "BSD" in card.licence and "started from" in card.data


def test_classes_of_the_weights_leave_drawings_as_they_are() -> None:
    """Weights that know classes go on with plants that have none."""
    found = load_data("drawn:mixed", None, "range", OPTIONS).renumbered(("leaf",))
    assert isinstance(found.train, DrawnSamples) and found.classes == ("leaf",)


@pytest.mark.parametrize(("text", "size"), [("drawn:roses", 64), ("drawn:", 64), ("drawn:mixed,", 64)])
def test_what_cannot_be_drawn_is_refused(text: str, size: int) -> None:
    """In a sentence that says what can."""
    with pytest.raises(ParameterError, match="choose one of arabidopsis-young"):
        load_data(text, None, "range", OPTIONS.replace(drawn_size=size))


def test_a_stopped_training_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    """Whichever process draws: stopped in the second pass and resumed, it is as if it had never stopped."""
    options = OPTIONS.replace(epochs=2, batch=4, samples_per_epoch=8, validate_every=1)
    train, held_out = (DrawnSamples(("mixed",), 64, "range", first, examples=4) for first in (100, 200))

    def run(name: str, workers: int, *, resume: bool = False) -> Iterator[Event]:
        segmenter, chosen = registry.create("harmonic", None, {"fit": False}), options.replace(workers=workers)
        return fit(segmenter, train, list(held_out), chosen, tmp_path / name, device="cpu", resume=resume)

    list(run("whole", 0))
    steps = run("stopped", 1)
    next(event for event in steps if isinstance(event, Stepped) and event.epoch == 1)
    steps.close()  # type: ignore[attr-defined]
    started = next(iter(events := list(run("stopped", 1, resume=True))))
    assert isinstance(started, Started) and started.resumed_at_epoch == 1 and len(events) > 3
    weights = [(tmp_path / name / "best.safetensors").read_bytes() for name in ("whole", "stopped")]
    assert weights[0] == weights[1]
