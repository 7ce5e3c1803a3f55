"""Before and after are the figures of evaluation, the pictures behind them are kept, and worse is called worse."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from threshold_segmenter import ThresholdSegmenter

from napari_leafseg.analysis.scores import evaluate_pairs
from napari_leafseg.core.errors import Cancelled, ImageError
from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.core.sample import Sample
from napari_leafseg.core.work import never, silent
from napari_leafseg.data.reading import read_image, read_labels
from napari_leafseg.inference.comparison import compare
from napari_leafseg.inference.comparison_file import COMPARISON, Comparison, read_comparison


def with_threshold(value: float) -> ThresholdSegmenter:
    segmenter = ThresholdSegmenter()
    segmenter.defaults = segmenter.defaults.replace(threshold=value)
    return segmenter


GOOD, BLIND = with_threshold(0.5), with_threshold(1.0)


@pytest.fixture
def samples(nuclei_image, tmp_path: Path) -> list[Sample]:
    """One that a threshold of a half solves, in a file; one so dim that none finds anything, drawn."""
    image, labels = nuclei_image
    grey = np.repeat(image[..., np.newaxis] / np.float32(255), 3, axis=2)
    return [
        Sample("clear", grey, labels, path=tmp_path / "clear.png"),
        Sample("dim", grey * np.float32(0.3), labels),
    ]


def test_the_figures_are_those_of_evaluation_and_the_worst_image_comes_first(samples, tmp_path: Path) -> None:
    events = list(compare(BLIND, GOOD, {"validation": samples, "original": samples[:1]}, tmp_path / "run"))
    assert [(event.set, event.images) for event in events] == [("validation", 2), ("original", 1)]
    pairs = [
        (GOOD.decode(GOOD.encode_rgb(sample.image, EncodeOptions(), never, silent)).labels, sample.labels)
        for sample in samples
    ]
    expected = evaluate_pairs(pairs)
    assert events[0].after["SBD"] == pytest.approx(expected.sbd, abs=1e-4)
    assert events[0].after["AP50"] == pytest.approx(expected.ap50, abs=1e-4)
    assert events[0].before["AP50"] == 0
    found = read_comparison(tmp_path / "run")
    assert found is not None and [each.name for each in found.sets] == ["validation", "original"]
    assert [row.image for row in found.sets[0].rows] == ["dim", "clear"]
    assert found.sets[0].after == events[0].after


def test_the_pictures_behind_the_figures_are_kept(samples, tmp_path: Path) -> None:
    run = tmp_path / "run"
    list(compare(BLIND, GOOD, {"validation": samples}, run))
    found = read_comparison(run)
    assert found is not None
    dim, clear = found.sets[0].rows
    assert read_labels(run / clear.after_labels).max() == 12 and read_labels(run / clear.before_labels).max() == 0
    np.testing.assert_array_equal(read_labels(run / dim.truth_labels), samples[1].labels)
    assert run / clear.path == tmp_path / "clear.png"
    np.testing.assert_allclose(read_image(run / dim.path).array / 255, samples[1].image, atol=0.003)


def test_what_is_ignored_counts_nowhere(samples, tmp_path: Path) -> None:
    dim = samples[1]
    hidden = Sample(dim.name, dim.image, dim.labels, ignore=dim.labels > 0)
    (event,) = compare(BLIND, GOOD, {"validation": [hidden]}, tmp_path)
    assert event.before["|DiC|"] == event.after["|DiC|"] == 0


def test_better_and_worse_are_said_with_figures(samples, tmp_path: Path) -> None:
    better = verdict_of(BLIND, GOOD, {"validation": samples[:1]}, tmp_path)
    assert better.better and "better on the one image" in better.sentence
    assert "AP50 0.00 before, 1.00 after (+1.00)" in better.sentence and "may mislead" in better.sentence
    worse = verdict_of(GOOD, BLIND, {"validation": samples * 3}, tmp_path)
    assert not worse.better and "Keep the old ones" in worse.sentence
    assert "6 images that were not learned from (0 better, 3 worse)" in worse.sentence
    assert "mislead" not in worse.sentence
    same = verdict_of(GOOD, GOOD, {"validation": samples}, tmp_path)
    assert not same.better and "no better than the old ones" in same.sentence


def test_forgetting_is_said(samples, tmp_path: Path) -> None:
    assert "They forgot some" in verdict_of(GOOD, BLIND, {"original": samples[:1]}, tmp_path).sentence
    assert "They still know" in verdict_of(GOOD, GOOD, {"original": samples[:1]}, tmp_path).sentence


def test_without_images_kept_aside_nobody_knows(samples, tmp_path: Path) -> None:
    found = verdict_of(BLIND, GOOD, {"validation": [], "original": samples}, tmp_path)
    assert not found.better and found.sentence.startswith("Nobody knows whether")
    assert [each.name for each in found.sets] == ["original"]


def test_a_stop_leaves_no_half_comparison(samples, tmp_path: Path) -> None:
    calls = iter(range(5))

    def stop() -> None:
        if next(calls, None) is None:
            raise Cancelled

    with pytest.raises(Cancelled):
        list(compare(BLIND, GOOD, {"validation": samples}, tmp_path, stop))
    assert read_comparison(tmp_path) is None


def test_a_damaged_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / COMPARISON).write_text('{"sets": [')
    with pytest.raises(ImageError, match="is damaged"):
        read_comparison(tmp_path)


def verdict_of(before: ThresholdSegmenter, after: ThresholdSegmenter, sets, run: Path) -> Comparison:
    list(compare(before, after, sets, run))
    json.loads((run / COMPARISON).read_text())
    found = read_comparison(run)
    assert found is not None
    return found
