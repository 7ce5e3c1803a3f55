"""Runs and live decoding beside the window: progress, cancel, errors, and the last value always shown."""

from __future__ import annotations

import time

import numpy as np
import pytest
from threshold_segmenter import ThresholdParams, ThresholdSegmenter

from napari_leafseg.core.errors import LeafsegError
from napari_leafseg.core.image import Axes
from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.core.tiles import Window
from napari_leafseg.inference.session import Session
from napari_leafseg.widgets.segmenting import Segmenting


class _BrokenSegmenter(ThresholdSegmenter):
    def encode_piece(self, image, geometry, origin, check):
        raise RuntimeError("CUDA error")


def _session(segmenter=None, shape=(64, 64), axes="YX") -> Session:
    image = (np.random.default_rng(0).random(shape) * 255).astype(np.uint8)
    return Session(image, Axes(axes), segmenter or ThresholdSegmenter(), EncodeOptions())


@pytest.fixture
def segmenting(qtbot, jobs):
    return Segmenting(jobs)


def _run(qtbot, segmenting, session) -> list[str]:
    with qtbot.waitSignal(segmenting.ended) as ended:
        segmenting.run(session, session.indices(), ThresholdParams())
    return ended.args


def test_a_run_of_a_stack_tells_every_plane(qtbot, segmenting):
    session, told = _session(shape=(4, 32, 32), axes="TYX"), []
    segmenting.progressed.connect(lambda done, total: told.append((done, total)))
    assert _run(qtbot, segmenting, session) == ["done"]
    assert sorted(session.found) == [(0,), (1,), (2,), (3,)]
    assert told[-1] == (4, 4)


def test_cancel_comes_within_a_second(qtbot, segmenting):
    session = _session(ThresholdSegmenter(delay=0.1))
    segmenting.run(session, [()], ThresholdParams())
    qtbot.wait(150)
    began = time.perf_counter()
    with qtbot.waitSignal(segmenting.ended, timeout=1000) as ended:
        segmenting.cancel()
    assert time.perf_counter() - began < 1
    assert ended.args == ["cancelled"]
    assert not session.found


def test_a_runtime_error_is_told_and_the_next_run_works(qtbot, segmenting):
    with qtbot.waitSignal(segmenting.failed) as failed:
        segmenting.run(_session(_BrokenSegmenter()), [()], ThresholdParams())
    assert "CUDA error" in str(failed.args[0])
    assert not segmenting.running
    assert _run(qtbot, segmenting, _session()) == ["done"]


def test_two_runs_at_once_are_refused(qtbot, segmenting):
    session = _session(ThresholdSegmenter(delay=0.02))
    segmenting.run(session, [()], ThresholdParams())
    with pytest.raises(LeafsegError, match="cancel it"):
        segmenting.run(session, [()], ThresholdParams())
    segmenting.cancel()


def test_tuning_ends_with_the_last_value_and_encodes_nothing(qtbot, segmenting):
    session = _session()
    _run(qtbot, segmenting, session)
    for step in range(1, 50):
        segmenting.tune(session, (), ThresholdParams(threshold=step / 50))
    qtbot.waitUntil(lambda: not segmenting.tuning)
    last = ThresholdParams(threshold=49 / 50)
    expected = session.segmenter.decode(session.tuners[()].prediction, last)
    np.testing.assert_array_equal(session.found[()].labels, expected.labels)
    assert session.segmenter.encoded == 1


def test_a_part_is_told_with_its_place_and_not_kept_as_the_whole(qtbot, segmenting):
    session, told = _session(), []
    _run(qtbot, segmenting, session)
    whole = session.found[()]
    segmenting.found.connect(lambda *args: told.append(args))
    segmenting.tune(session, (), ThresholdParams(threshold=0.9), Window(8, 8, 16, 16))
    qtbot.waitUntil(lambda: not segmenting.tuning)
    assert told[0][3] == Window(8, 8, 16, 16)
    assert told[0][2].labels.shape == (16, 16)
    assert session.found[()] is whole


def test_a_plane_that_never_ran_is_not_tuned(segmenting):
    assert not segmenting.tune(_session(), (), ThresholdParams())
