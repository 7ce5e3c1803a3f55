"""The tuner: the newest parameters win, one decoding at a time, and a part is decoded as the whole is."""

import numpy as np
import pytest
from threshold_segmenter import ThresholdParams, ThresholdSegmenter

from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.core.tiles import Window
from napari_leafseg.inference.region import crop, live_window
from napari_leafseg.inference.tuner import Latest, Tuner, Work


@pytest.fixture
def image():
    return (np.random.default_rng(0).random((90, 120)) * 255).astype(np.uint8)


def _tuner(image, **options):
    segmenter = ThresholdSegmenter()
    return Tuner(segmenter, segmenter.encode(image, EncodeOptions(**options)))


def test_only_the_newest_of_those_that_wait_is_run():
    latest: Latest[int] = Latest()
    ran, out = [], latest.offer(0)
    for request in range(1, 10):
        assert latest.offer(request) is None
    while out is not None:
        ran.append(out)
        out = latest.done()
    assert ran == [0, 9]
    assert not latest.busy


def test_forget_drops_what_waits():
    latest: Latest[int] = Latest()
    latest.offer(0)
    latest.offer(1)
    latest.forget()
    assert latest.done() is None


def test_tuner_decodes_the_last_request(image):
    tuner = _tuner(image)
    work = tuner.request(ThresholdParams(threshold=0.1))
    tuner.request(ThresholdParams(threshold=0.2))
    tuner.request(ThresholdParams(threshold=0.9))
    assert work is not None and work.params.threshold == 0.1
    last = tuner.done()
    assert last is not None and last.params.threshold == 0.9
    expected = ThresholdSegmenter().decode(tuner.prediction, ThresholdParams(threshold=0.9))
    np.testing.assert_array_equal(tuner.run(last).instances.labels, expected.labels)
    assert tuner.done() is None and not tuner.busy


@pytest.mark.parametrize("options", [{}, {"tile": 64}, {"object_size": 10}, {"object_size": 33}], ids=str)
def test_a_part_lies_where_it_says(image, options):
    """Foreground of a decoded part equals that of the whole at the same place (one pixel of slack if resized)."""
    tuner = _tuner(image, **options)
    params = ThresholdParams(threshold=0.6, min_area=0)
    whole = tuner.run(Work(params)).instances.labels > 0
    tuned = tuner.run(Work(params, Window(20, 30, 40, 50)))
    assert tuned.window is not None
    part = tuned.instances.labels > 0
    assert part.shape == (tuned.window.height, tuned.window.width)
    assert np.mean(part == whole[tuned.window.slices]) > (0.999 if "object_size" not in options else 0.8)


def test_a_part_covers_what_was_asked(image):
    prediction = _tuner(image, object_size=33).prediction
    part, place = crop(prediction, Window(20, 30, 40, 50))
    assert place.top <= 20 + 2 and place.left <= 30 + 2
    assert place.top + place.height >= 60 - 2 and place.left + place.width >= 80 - 2
    assert part.image_shape == (place.height, place.width)


@pytest.mark.parametrize(
    ("shape", "view", "expected"),
    [
        ((512, 512), None, None),
        ((2000, 2000), None, Window(500, 500, 1000, 1000)),
        ((2000, 2000), (slice(0, 10), slice(1900, 2000)), Window(0, 1000, 1000, 1000)),
        ((100, 50_000), (slice(0, 100), slice(20_000, 21_000)), Window(0, 15_500, 100, 10_000)),
    ],
)
def test_live_window(shape, view, expected):
    assert live_window(shape, view) == expected
