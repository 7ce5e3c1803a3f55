"""All figures of a card and a benchmark come from one place, and divide the images without losing any."""

from __future__ import annotations

import numpy as np
import pytest
from threshold_segmenter import ThresholdParams, ThresholdSegmenter

from napari_leafseg.analysis.kinds import Crowding, Kind
from napari_leafseg.analysis.ranked import RankedPrecision
from napari_leafseg.analysis.scores import evaluate_pairs
from napari_leafseg.core.errors import ImageError
from napari_leafseg.core.sample import Sample
from napari_leafseg.inference.measure import measure


def _sample(name: str, grey: np.ndarray, labels: np.ndarray, ignore: np.ndarray | None = None) -> Sample:
    return Sample(name, np.repeat(grey[..., np.newaxis], 3, axis=2).astype(np.float32), labels, ignore)


@pytest.fixture
def samples(nuclei_image) -> list[Sample]:
    """One that the threshold solves; one in bright field, where it calls the ground an object."""
    image, labels = nuclei_image
    grey = image / 255
    return [_sample("dark", grey, labels), _sample("bright", 1 - grey, labels)]


def test_the_figures_are_those_of_evaluation(samples) -> None:
    found = measure(ThresholdSegmenter(), samples)
    segmenter, ranked = ThresholdSegmenter(), RankedPrecision()
    pairs = [(segmenter.decode(segmenter.encode(s.image)).labels, s.labels) for s in samples]
    for predicted, truth in pairs:
        ranked.add(predicted, truth, np.ones(predicted.max()))
    assert found.scores == evaluate_pairs(pairs)
    assert found.ranked == ranked.as_dict()
    assert found.seconds > 0


def test_each_image_counts_in_one_kind_and_one_crowding(samples) -> None:
    found = measure(ThresholdSegmenter(), samples)
    assert list(found.groups) == [Kind.FLUORESCENCE.value, Kind.BRIGHT_FIELD.value, Crowding.APART.value]
    assert found.groups[Kind.FLUORESCENCE].ap50 == 1
    assert found.groups[Kind.BRIGHT_FIELD].ap50 == 0
    assert found.groups[Crowding.APART] == found.scores
    assert found.card_groups()[Kind.FLUORESCENCE] == {"images": 1, "AP50": 1.0, "mAP": 1.0}


def test_what_is_ignored_counts_nowhere(samples) -> None:
    """An object that is found only under the mask has no rank either."""
    dark = samples[0]
    ignore = np.zeros(dark.labels.shape, bool)
    ignore[:, :64] = True
    segmenter = ThresholdSegmenter()
    segmenter.defaults = ThresholdParams(min_area=1)
    found = measure(segmenter, [Sample("half", dark.image, dark.labels, ignore)])
    assert found.scores.objects == 6
    assert found.scores.ap50 == found.ranked["VOC AP50"] == 1


def test_the_weights_own_parameters_are_used(samples) -> None:
    segmenter = ThresholdSegmenter()
    segmenter.defaults = ThresholdParams(min_area=10_000)
    assert measure(segmenter, samples[:1]).card_figures()["AP50"] == 0


def test_without_images_it_says_so() -> None:
    with pytest.raises(ImageError):
        measure(ThresholdSegmenter(), [])
