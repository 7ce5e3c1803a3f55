"""Noise of every wave length has mean 0, deviation about 1 and hills as far apart as asked."""

from __future__ import annotations

import numpy as np
import pytest

from napari_leafseg.data.rosette.chance import Chance
from napari_leafseg.data.rosette.speckle import bumpy, speckle


@pytest.mark.parametrize("wave", [1.0, 2.2, 3.0, 4.4, 6.0, 15.0])
def test_speckle_is_of_one_strength(wave: float) -> None:
    noise = speckle(Chance(1), (200, 240), wave)
    assert noise.shape == (200, 240)
    assert noise.dtype == np.float32
    assert abs(noise.mean()) < 0.1
    assert abs(noise.std() - 1) < 0.15


def test_longer_waves_are_smoother() -> None:
    steps = [
        np.abs(np.diff(speckle(Chance(3), (200, 200), wave), axis=1)).mean() for wave in (1.0, 2.3, 3.0, 4.4, 8.0, 20.0)
    ]
    assert steps == sorted(steps, reverse=True)
    assert steps[0] > 4 * steps[-1]


@pytest.mark.parametrize(("wave", "octaves"), [(2.0, 4), (12.0, 2), (80.0, 3), (150.0, 4)])
def test_bumps_are_of_one_strength(wave: float, octaves: int) -> None:
    strengths = [bumpy(Chance(seed), (230, 231), wave, octaves).std() for seed in range(6)]
    assert 0.75 < np.mean(strengths) < 1.2
