"""Blurs keep what light there is, shifts go where they say, slopes are those of surfaces and not of edges."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from napari_leafseg.data.rosette.chance import Chance
from napari_leafseg.data.rosette.filters import blurred, shifted, slopes, windows


@pytest.mark.parametrize("deviation", [0.3, 0.8, 1.5, 3.0, 8.0])
def test_a_blur_is_nearly_gaussian(deviation: float) -> None:
    picture = ndimage.gaussian_filter(Chance(1).bells(128, 128), 1.0)
    truth = ndimage.gaussian_filter(picture, deviation)
    inner = (slice(30, -30), slice(30, -30))
    assert np.corrcoef(blurred(picture, deviation)[inner].ravel(), truth[inner].ravel())[0, 1] > 0.98


@pytest.mark.parametrize("deviation", [0.0, 0.5, 2.0, 40.0])
def test_a_blur_keeps_the_mean_and_the_input(deviation: float) -> None:
    picture = Chance(2).shares(40, 60)
    before = picture.copy()
    assert blurred(picture, deviation).mean() == pytest.approx(picture.mean(), abs=1e-5)
    assert np.array_equal(picture, before)


def test_no_blur_gives_the_same_values_in_a_new_plane() -> None:
    picture = Chance(2).shares(10, 10)
    assert np.array_equal(blurred(picture, 0.0), picture)
    assert not np.shares_memory(blurred(picture, 0.0), picture)


@pytest.mark.parametrize(("rows", "columns"), [(0, 0), (2, -1), (-3, 4), (99, 0), (0, -99)])
def test_a_shift_brings_what_is_there(rows: int, columns: int) -> None:
    picture = Chance(3).shares(12, 15)
    moved = shifted(picture, rows, columns)
    for row in range(12):
        for column in range(15):
            there = (row + rows, column + columns)
            inside = 0 <= there[0] < 12 and 0 <= there[1] < 15
            assert moved[row, column] == picture[there if inside else (row, column)]


def test_windows_fit_each_other() -> None:
    here, there = windows((12, 15), 3, -20)
    plane = np.zeros((12, 15))
    assert plane[here].shape == plane[there].shape == (9, 0)


def test_slopes_leave_edges_out() -> None:
    surface = np.zeros((20, 20), np.float32)
    surface += 0.25 * np.arange(20, dtype=np.float32)
    surface[:, 10:] += 30
    down, right = slopes(surface)
    assert np.all(down == 0)
    assert right[10, 5] == right[10, 15] == 0.25
    assert np.all(right[:, 9:11] == 0)
