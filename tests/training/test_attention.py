"""A run does what is wished of it: it holds, goes on as if nothing had been, and ends with the best so far."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest
import tifffile
from fields import fields

from napari_leafseg.core import registry
from napari_leafseg.core.sample import Sample
from napari_leafseg.training.about import events_of
from napari_leafseg.training.events import EpochDone, Event, Finished, Paused, Started, Stepped, Validated
from napari_leafseg.training.fit import fit
from napari_leafseg.training.options import TrainOptions
from napari_leafseg.training.wishes import wish

TINY = TrainOptions(epochs=3, batch=4, crop=64, samples_per_epoch=8, validate_every=1, rotate=0)
LATER = 0.7


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    return fields(3)


def run(
    samples: list[Sample], out: Path, options: TrainOptions, wishes: dict[int, str], *, resume: bool = False
) -> list[Event]:
    """Train, wishing something after the step of a number."""
    events, steps = [], 0
    segmenter = registry.create("harmonic")
    for event in fit(segmenter, samples[:2], samples[2:], options, out, device="cpu", resume=resume):
        events.append(event)
        if isinstance(event, Stepped):
            if steps in wishes:
                wish(out, wishes[steps])
            steps += 1
        if isinstance(event, Paused):
            threading.Timer(LATER, wish, (out, "go")).start()
    return events


@pytest.fixture(scope="module")
def undisturbed(samples: list[Sample], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Event]]:
    """A run that nobody touched: its folder and what it told."""
    out = tmp_path_factory.mktemp("runs") / "whole"
    return out, run(samples, out, TINY, {})


@pytest.fixture(scope="module")
def whole(undisturbed: tuple[Path, list[Event]]) -> bytes:
    """The weights of that run."""
    return (undisturbed[0] / "best.safetensors").read_bytes()


def test_a_paused_run_holds_and_changes_nothing(samples: list[Sample], tmp_path: Path, whole: bytes) -> None:
    began = time.monotonic()
    events = run(samples, tmp_path, TINY, {1: "pause"})
    kinds = [event["kind"] for event in events_of(tmp_path)]
    assert kinds.index("continued") == kinds.index("paused") + 1
    assert time.monotonic() - began > LATER
    finished = events[-1]
    assert isinstance(finished, Finished) and not finished.stopped
    assert finished.minutes * 60 < time.monotonic() - began - LATER, "a pause is no training"
    assert (tmp_path / "best.safetensors").read_bytes() == whole


def test_a_stopped_run_ends_like_a_whole_one_and_can_go_on(samples: list[Sample], tmp_path: Path, whole: bytes) -> None:
    """Best weights kept, the segmenter left with them; resumed, it is as if it had never been stopped."""
    events = run(samples, tmp_path, TINY, {2: "stop"})
    finished = events[-1]
    assert isinstance(finished, Finished) and finished.stopped and finished.epochs == 1
    assert finished.sbd is not None
    registry.load("harmonic", tmp_path)
    again = run(samples, tmp_path, TINY, {}, resume=True)
    assert isinstance(again[0], Started) and again[0].resumed_at_epoch == 1
    assert (tmp_path / "best.safetensors").read_bytes() == whole


def test_a_run_that_was_stopped_before_its_first_validation_keeps_what_it_has(
    samples: list[Sample], tmp_path: Path
) -> None:
    events = run(samples, tmp_path, TINY.replace(validate_every=3), {0: "stop"})
    assert not any(isinstance(event, Validated) for event in events)
    registry.load("harmonic", tmp_path)


def test_a_stop_while_validating_is_heard_at_once(samples: list[Sample], tmp_path: Path) -> None:
    """It is heard between layers of the network; the validation is given up and counts for nothing."""
    events: list[Event] = []
    for event in fit(registry.create("harmonic"), samples[:2], samples[2:], TINY, tmp_path, device="cpu"):
        events.append(event)
        if isinstance(event, EpochDone):
            wish(tmp_path, "stop")
    assert [event.kind for event in events if event.kind != "step"] == ["started", "epoch", "finished"]
    assert isinstance(events[-1], Finished) and events[-1].stopped


def test_a_run_that_no_longer_improves_ends_early(samples: list[Sample], tmp_path: Path) -> None:
    """Steps too small to change anything are no improvement, nor are figures that stay as they are."""
    still = TINY.replace(epochs=50, learning_rate=1e-12, weight_decay=0, validate_first=True, patience=2)
    events = run(samples, tmp_path, still, {})
    finished = events[-1]
    assert isinstance(finished, Finished) and finished.early and finished.epochs < 50


def test_a_run_whose_weights_already_settle_is_not_ended(samples: list[Sample], tmp_path: Path) -> None:
    """The last looks come while the learning rate falls, and the best one is often the very last."""
    still = TINY.replace(epochs=4, validate_every=1, learning_rate=1e-12, weight_decay=0, validate_first=True)
    finished = run(samples, tmp_path, still.replace(patience=3), {})[-1]
    assert isinstance(finished, Finished) and finished.epochs == 4 and not finished.early


def test_without_validation_nobody_can_say_that_it_no_longer_improves(samples: list[Sample], tmp_path: Path) -> None:
    events = list(
        fit(
            registry.create("harmonic"),
            samples,
            [],
            TINY.replace(patience=1, validate_first=True),
            tmp_path,
            device="cpu",
        )
    )
    finished = events[-1]
    assert isinstance(finished, Finished) and finished.epochs == 3 and not finished.early


def test_every_validation_leaves_a_picture_of_one_image(samples: list[Sample], tmp_path: Path) -> None:
    """So that a person sees it improve."""
    events = run(samples, tmp_path, TINY.replace(epochs=2, preview=True, validate_first=True), {})
    told = [event for event in events if isinstance(event, Validated)]
    assert [event.epoch for event in told] == [0, 1, 2]
    assert [event.preview for event in told] == [f"preview/{number:04d}.tif" for number in (0, 1, 2)]
    for event in told:
        assert tifffile.imread(tmp_path / event.preview).shape == samples[2].labels.shape
        assert event.preview_image == ""


def test_the_time_that_is_left_is_said(undisturbed: tuple[Path, list[Event]]) -> None:
    out, events = undisturbed
    steps = [event for event in events if isinstance(event, Stepped)]
    assert [event.overall for event in steps] == sorted(event.overall for event in steps)
    left = [event.seconds_left for event in steps[1:]]
    assert all(seconds is not None for seconds in left)
    assert json.loads((out / "now.json").read_text(encoding="utf-8"))["progress"] <= 1
