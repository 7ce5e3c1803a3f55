"""Smoothing: the published rule, and the least energy."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_leafseg.data.nuclei import draw_nuclei
from napari_leafseg.models.deep_embedding.mrf import DATA, graph_cut, icm, smooth

BOTH = pytest.mark.parametrize("exact", [False, True], ids=["icm", "exact"])


def _energy(now: NDArray[np.int8], said: NDArray[np.int8], smoothness: float) -> float:
    y, x = now.astype(float), said.astype(float)
    links = (y[:, 1:] * y[:, :-1]).sum() + (y[:, :, 1:] * y[:, :, :-1]).sum()
    return float(-DATA * (x * y).sum() - smoothness * links)


@BOTH
def test_a_hole_is_filled_and_a_speck_beside_removed(exact: bool) -> None:
    """All four neighbours disagree."""
    labels = np.zeros((20, 20), np.int32)
    labels[4:14, 4:14] = 3
    labels[8, 8] = 0
    labels[9, 17] = 3
    result = smooth(labels, 10.0, exact=exact)
    assert result[8, 8] == 3
    assert result[9, 17] == 0
    assert set(np.unique(result)) == {0, 3}


def test_a_pixel_changes_only_if_three_of_four_neighbours_disagree() -> None:
    """The published weights, 7 and 10, come to this rule: tried over all sixteen neighbourhoods."""
    for code in range(16):
        around = [1 if code >> i & 1 else -1 for i in range(4)]
        for own in (1, -1):
            picture = np.zeros((1, 3, 3), np.int8)
            picture[0, 0, 1], picture[0, 2, 1], picture[0, 1, 0], picture[0, 1, 2] = around
            picture[0, 1, 1] = own
            held = np.ones((3, 3), bool)
            held[1, 1] = False
            changed = icm(picture, 10.0, held)
            assert (changed[0, 1, 1] != own) == (sum(a != own for a in around) >= 3)
            assert changed[0, 0, 1] == around[0]


@BOTH
def test_without_smoothness_nothing_changes(exact: bool) -> None:
    labels = draw_nuclei(size=96, count=12, seed=1)[1]
    np.testing.assert_array_equal(smooth(labels, 0.0, exact=exact), labels)


@BOTH
def test_more_smoothness_gives_shorter_outlines(exact: bool) -> None:
    rng = np.random.default_rng(0)
    labels = np.zeros((64, 64), np.int32)
    labels[10:50, 10:50] = 1
    labels[rng.random(labels.shape) < 0.2] = 0

    def outline(mask: NDArray[np.bool_]) -> int:
        return int((mask[1:] != mask[:-1]).sum() + (mask[:, 1:] != mask[:, :-1]).sum())

    lengths = [outline(smooth(labels, value, exact=exact) > 0) for value in (0.0, 3.0, 10.0)]
    assert lengths[0] > lengths[1] > lengths[2]


def test_the_graph_cut_has_the_least_energy_of_all_pictures() -> None:
    """Tried over all 2^12 pictures of 3 x 4."""
    rng = np.random.default_rng(1)
    all_pictures = np.where(np.arange(2**12)[:, None] >> np.arange(12) & 1, 1, -1).astype(np.int8).reshape(-1, 3, 4)
    for smoothness in (2.0, 10.0):
        said = np.where(rng.random((1, 3, 4)) < 0.5, 1, -1).astype(np.int8)
        least = min(_energy(picture[None], said, smoothness) for picture in all_pictures)
        assert _energy(graph_cut(said, smoothness), said, smoothness) == pytest.approx(least)
        assert _energy(icm(said, smoothness), said, smoothness) >= least


def test_the_graph_cut_is_never_worse_and_sometimes_better() -> None:
    rng = np.random.default_rng(2)
    said = np.where(rng.random((5, 24, 24)) < 0.5, 1, -1).astype(np.int8)
    quick, best = (_energy(solve(said, 10.0), said, 10.0) for solve in (icm, graph_cut))
    assert best < quick


@BOTH
def test_objects_are_smoothed_one_by_one_and_the_smaller_lies_on_top(exact: bool) -> None:
    """The small one fills a hole that the large one would like to close."""
    labels = np.zeros((50, 50), np.int32)
    labels[2:48, 2:48] = 1
    labels[20:32, 20:32] = 2
    result = smooth(labels, 10.0, exact=exact)
    assert (result[22:30, 22:30] == 2).all()
    assert (result == 1).sum() > 1500


@BOTH
def test_the_images_border_pulls_at_nothing(exact: bool) -> None:
    """What lies beyond is neither in nor out: an object that fills a strip stays as it is."""
    labels = np.zeros((12, 40), np.int32)
    labels[:, :15] = 1
    np.testing.assert_array_equal(smooth(labels, 10.0, exact=exact), labels)


def test_the_least_energy_has_no_place_for_the_smallest_objects() -> None:
    """With the published weights four by four pixels cost more outline than they are worth; one by one they stay."""
    labels = np.zeros((20, 20), np.int32)
    labels[8:12, 8:12] = 1
    assert smooth(labels, 10.0, exact=True).max() == 0
    assert (smooth(labels, 10.0) > 0).sum() == 16


@BOTH
def test_nothing_stays_nothing(exact: bool) -> None:
    assert smooth(np.zeros((5, 7), np.int32), 10.0, exact=exact).max() == 0
