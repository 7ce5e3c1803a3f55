"""A session gives the labels that `segment_image` gives, runs no network twice, and knows what is outdated."""

from __future__ import annotations

import numpy as np
import pytest
from threshold_segmenter import ThresholdParams, ThresholdSegmenter

from napari_leafseg.core.image import Axes
from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.inference.cache import PredictionCache
from napari_leafseg.inference.planes import segment_image
from napari_leafseg.inference.session import Session

PARAMS = ThresholdParams(threshold=0.4)


def _image(*shape: int) -> np.ndarray:
    return (np.random.default_rng(0).random(shape) * 255).astype(np.uint8)


def _run(session: Session, params: ThresholdParams = PARAMS) -> None:
    for found in session.run(session.indices(), params):
        session.keep(found)


@pytest.mark.parametrize(
    ("shape", "axes"),
    [((40, 50), "YX"), ((40, 50, 3), "YXS"), ((3, 40, 50), "TYX"), ((3, 40, 50), "CYX"), ((2, 2, 40, 50), "TZYX")],
)
def test_same_labels_as_the_command_line(shape, axes):
    image, segmenter = _image(*shape), ThresholdSegmenter()
    session = Session(image, Axes(axes), segmenter, EncodeOptions())
    _run(session)
    expected = segment_image(segmenter, image, Axes(axes), EncodeOptions(), PARAMS).labels
    for index in session.indices():
        np.testing.assert_array_equal(session.found[index].labels, expected[index])


def test_the_network_runs_once_per_image_across_sessions():
    cache, segmenter = PredictionCache(), ThresholdSegmenter()
    for _ in range(3):
        session = Session(_image(40, 50), Axes("YX"), segmenter, EncodeOptions(), cache)
        _run(session)
        _run(session, ThresholdParams())
    assert segmenter.encoded == 1


def test_colour_and_channels_are_not_mixed_up():
    cache, segmenter = PredictionCache(), ThresholdSegmenter()
    for axes in ("YXS", "YXC"):
        _run(Session(_image(40, 50, 4), Axes(axes), segmenter, EncodeOptions(), cache))
    assert segmenter.encoded == 2


def test_outdated_slices_are_known():
    session = Session(_image(3, 40, 50), Axes("TYX"), ThresholdSegmenter(), EncodeOptions())
    _run(session)
    assert session.outdated(PARAMS) == []
    newer = ThresholdParams(threshold=0.7)
    session.update((1,), session.segmenter.decode(session.tuners[(1,)].prediction, newer), newer)
    assert session.outdated(newer) == [(0,), (2,)]


def test_record_says_how_the_labels_were_made():
    session = Session(_image(40, 50), Axes("YX"), ThresholdSegmenter(), EncodeOptions(object_size=30))
    _run(session)
    record = session.record(PARAMS)
    assert (record.method, record.axes, record.device) == ("threshold", "YX", "CPU")
    assert record.options["object_size"] == 30
    assert record.params["threshold"] == 0.4
    assert record.image_hash
