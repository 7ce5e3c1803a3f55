"""The search finds what is better, says truly how much, encodes once, and stops when asked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from threshold_segmenter import ThresholdParams, ThresholdSegmenter

from napari_leafseg.analysis.scores import evaluate_pairs
from napari_leafseg.core.errors import Cancelled, ImageError
from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.core.sample import Sample
from napari_leafseg.core.work import never
from napari_leafseg.inference.cache import PredictionCache
from napari_leafseg.inference.tuning import Source, tune
from napari_leafseg.inference.tuning_events import Goal, ImageEncoded, Tried, TuningFinished, TuningStarted


def _sample(index: int, side: int = 48) -> Sample:
    """Dim discs on a ground that is dimmer, with specks: neither the threshold nor the area suits at first."""
    random = np.random.default_rng(index)
    rows, columns = np.indices((side, side))
    labels = np.zeros((side, side), np.int32)
    for number in range(4):
        top, left = 12 + 24 * (number // 2), 12 + 24 * (number % 2)
        labels[(rows - top) ** 2 + (columns - left) ** 2 <= (5 + random.integers(0, 4)) ** 2] = number + 1
    grey = np.where(labels > 0, 0.4, 0.1) + random.normal(0, 0.01, labels.shape)
    for _ in range(6):
        top, left = random.integers(0, side - 3, 2)
        grey[top : top + 3, left : left + 2] = 0.9
    return Sample(f"field {index}", np.repeat(grey[:, :, None], 3, 2).clip(0, 1).astype(np.float32), labels)


def _sources(count: int) -> list[Source]:
    return [lambda index=index: _sample(index) for index in range(count)]  # type: ignore[misc]


def _run(segmenter: ThresholdSegmenter, count: int, **more: Any) -> tuple[list[Any], TuningFinished]:
    events = list(tune(segmenter, _sources(count), **more))
    assert isinstance(events[-1], TuningFinished)
    return events, events[-1]


def _measured(params: ThresholdParams, count: int) -> Any:
    segmenter, samples = ThresholdSegmenter(), [_sample(index) for index in range(count)]
    predictions = [segmenter.encode_rgb(s.image, EncodeOptions(), never, lambda *_: None) for s in samples]
    return evaluate_pairs(
        (segmenter.decode(p, params).labels, s.labels) for p, s in zip(predictions, samples, strict=True)
    )


@pytest.mark.parametrize("count", [3, 33])
def test_finds_better_parameters_and_says_truly_how_much(count: int) -> None:
    """Few images, all seen by each candidate; and many, where candidates are given up early."""
    events, found = _run(ThresholdSegmenter(), count)
    assert found.before["AP50"] < 0.1
    assert found.after["AP50"] > 0.9
    best = ThresholdParams.parse(found.params)
    assert 0.1 < best.threshold < 0.4 and best.min_area > 6
    for params, said in ((ThresholdParams(), found.before), (best, found.after)):
        assert said == pytest.approx(_measured(params, count).as_dict())
    tried = [event for event in events if isinstance(event, Tried)]
    assert found.tried == len(tried) + 1
    assert all(event.images == count for event in tried) == (count == 3)
    assert found.changed["threshold"] == (0.5, best.threshold)


def test_every_image_goes_through_the_network_once() -> None:
    segmenter = ThresholdSegmenter()
    events, _ = _run(segmenter, 5)
    assert segmenter.encoded == 5
    assert [event.name for event in events if isinstance(event, ImageEncoded)] == [f"field {n}" for n in range(5)]


def test_without_room_it_finds_the_same_and_says_that_the_network_runs_again() -> None:
    """Memory stays bounded however many images there are."""
    small = ThresholdSegmenter()
    cache = PredictionCache(limit_bytes=20_000)
    events, found = _run(small, 5, cache=cache)
    kept = [event.kept for event in events if isinstance(event, ImageEncoded)]
    assert kept == [True, True, False, False, False]
    assert cache.nbytes <= cache.limit_bytes
    assert small.encoded > 5
    assert found.params == _run(ThresholdSegmenter(), 5)[1].params


def test_twice_the_same() -> None:
    first, second = (list(tune(ThresholdSegmenter(), _sources(3)))[1:-1] for _ in range(2))
    assert first == second


def test_begins_where_it_is_told_and_stays_where_nothing_is_better() -> None:
    start = ThresholdParams(threshold=0.25, min_area=30)
    events, found = _run(ThresholdSegmenter(), 3, start=start)
    assert isinstance(events[0], TuningStarted)
    assert events[0].params["threshold"] == 0.25
    assert found.params == start.model_dump(mode="json") and not found.changed
    assert "Nothing" in found.caution


def test_what_is_to_stay_stays() -> None:
    start = ThresholdParams(threshold=0.3, min_area=2)
    events, found = _run(ThresholdSegmenter(), 3, start=start, keep=["min_area"])
    assert ThresholdParams.parse(found.params).min_area == 2
    assert isinstance(events[0], TuningStarted) and "min_area" not in events[0].searched
    assert found.tried > 1


def test_the_goal_is_what_is_raised() -> None:
    _, found = _run(ThresholdSegmenter(), 3, goal=Goal.SBD)
    assert found.after["SBD"] > found.before["SBD"]
    assert found.gain == f"SBD {found.before['SBD']:.3f} → {found.after['SBD']:.3f} on 3 images"


def test_what_is_ignored_counts_nowhere() -> None:
    """An image of which all is ignored says nothing, so nothing is changed for it."""
    sample = _sample(0)
    hidden = Sample("hidden", sample.image, sample.labels, np.ones(sample.labels.shape, bool))
    finished = list(tune(ThresholdSegmenter(), [lambda: hidden]))[-1]
    assert isinstance(finished, TuningFinished)
    assert finished.before["mAP"] == 1 and not finished.changed


def test_the_gain_is_also_measured_on_images_it_was_not_chosen_on() -> None:
    """With too few images for that, the caution says so."""
    few, many = _run(ThresholdSegmenter(), 3)[1], _run(ThresholdSegmenter(), 8)[1]
    assert few.cross_gain is None and "few" in few.caution
    gain = many.after["mAP"] - many.before["mAP"]
    assert many.cross_gain == pytest.approx(gain, abs=0.1)
    assert f"{many.cross_gain:+.3f}" in many.caution


def test_a_gain_that_does_not_hold_elsewhere_is_told() -> None:
    """Half of the images ask for the contrary of what the other half asks for."""

    def negative(index: int) -> Sample:
        sample = _sample(index)
        return Sample(sample.name, 1 - sample.image if index % 2 else sample.image, sample.labels)

    sources: list[Source] = [lambda index=index: negative(index) for index in range(8)]  # type: ignore[misc]
    found = list(tune(ThresholdSegmenter(), sources))[-1]
    assert isinstance(found, TuningFinished) and found.cross_gain is not None
    assert found.cross_gain <= 0
    assert "may not" in found.caution


def test_progress_reaches_its_end_and_never_goes_back() -> None:
    told: list[tuple[int, int]] = []
    _run(ThresholdSegmenter(), 3, progress=lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert len({total for _, total in told}) == 1
    assert told[-1][0] == told[-1][1]


@pytest.mark.parametrize("after", [2, 12, 40])
def test_it_stops_when_asked(after: int) -> None:
    """While images are encoded, and in the midst of the search."""
    calls = 0

    def check() -> None:
        nonlocal calls
        calls += 1
        if calls > after:
            raise Cancelled

    with pytest.raises(Cancelled):
        list(tune(ThresholdSegmenter(), _sources(4), check=check))
    assert calls == after + 1


def test_without_images_it_says_so() -> None:
    with pytest.raises(ImageError, match="no labelled image"):
        list(tune(ThresholdSegmenter(), []))
