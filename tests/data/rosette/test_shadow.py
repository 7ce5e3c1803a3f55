"""Shadows fall where geometry says, soft where what casts them is far away."""

from __future__ import annotations

import numpy as np
import pytest

from napari_leafseg.data.rosette.shadow import Lamp, cast, crowding
from napari_leafseg.data.rosette.texture import Pixels

FROM_THE_LEFT = (0.0, -1.0)


def plate(height: float, size: int = 160) -> Pixels:
    """A leaf of 30 x 30 pixels that floats above the soil."""
    surface = np.zeros((size, size), np.float32)
    surface[60:90, 40:70] = height
    return surface


@pytest.mark.parametrize(("height", "rise"), [(4.0, 1.0), (15.0, 1.0), (20.0, 0.5), (40.0, 2.0)])
def test_a_leaf_shades_what_lies_behind_it(height: float, rise: float) -> None:
    surface = plate(height)
    dark = cast(surface, Lamp(FROM_THE_LEFT, rise, 0.01), 1.0) > 0.5
    away = round(height / rise)
    expected = np.zeros_like(dark)
    expected[60:90, 40 + away : 70 + away] = True
    soil = surface == 0
    either = np.count_nonzero((dark | expected) & soil)
    assert np.count_nonzero(dark & expected & soil) >= 0.75 * either
    assert not dark[surface > 0].any()


def test_a_high_leaf_shades_a_lower_one_with_a_crisp_edge() -> None:
    surface = plate(20.0)
    surface[55:95, 65:110] = 16.0
    surface[60:90, 40:70] = 20.0
    dark = cast(surface, Lamp(FROM_THE_LEFT, 1.0, 0.02), 1.0)
    row = dark[75]
    assert row[71] > 0.9
    assert row[78] < 0.1


def test_the_shadow_of_what_is_far_above_is_soft() -> None:
    def softness(height: float) -> int:
        dark = cast(plate(height), Lamp(FROM_THE_LEFT, 1.0, 0.3), 1.0)
        side = dark[:, 40 + round(height) : 70 + round(height)][:, 20]
        return int(np.count_nonzero((side > 0.1) & (side < 0.9)))

    assert softness(5.0) < softness(20.0) < softness(50.0)


def test_flat_ground_lies_in_full_light() -> None:
    flat = np.full((64, 64), 3.0, np.float32)
    assert cast(flat, Lamp((1.0, 0.0), 0.5, 0.2), 1.0).max() == 0
    assert crowding(flat, 20.0).max() < 1e-5


def test_a_gap_between_leaves_is_crowded() -> None:
    surface = plate(20.0)
    surface[60:90, 76:106] = 20.0
    dark = crowding(surface, 12.0)
    assert dark[75, 73] > dark[75, 115] > dark[150, 150]
    assert dark[75, 55] < 0.05


@pytest.mark.parametrize("shape", [(1, 1), (7, 7), (33, 33)])
def test_small_pictures_are_lit_too(shape: tuple[int, int]) -> None:
    surface = np.zeros(shape, np.float32)
    surface[0, 0] = 50
    assert cast(surface, Lamp((0.6, 0.8), 0.3, 0.4), 1.0).shape == shape
    assert crowding(surface, 30.0).shape == shape
