"""Plants grow as rosettes do: at the golden angle, the oldest lowest, every leaf itself from day to day."""

import itertools

import numpy as np
import pytest

from napari_leafseg.data.rosette.chance import Chance
from napari_leafseg.data.rosette.plant import GOLDEN_ANGLE, grow, plan
from napari_leafseg.data.rosette.presets import PRESETS
from napari_leafseg.data.rosette.ranges import Habit, Rosette

CALM = Rosette(habit=Habit(divergence_noise=0, disorder=0, size_noise=0, lost=0, leaves=(12, 12), freedom=0))


def leaves_of(rosette, seed, age=None, zoom=1.0):
    chance = Chance(seed, "plant")
    return grow(chance, rosette, plan(chance, rosette), zoom, age)


@pytest.mark.parametrize("preset", PRESETS)
def test_leaf_counts_and_lengths_stay_within_their_ranges(preset):
    rosette = PRESETS[preset]
    for seed in range(60):
        leaves = leaves_of(rosette, seed)
        assert 1 <= len(leaves) <= rosette.habit.leaves[1]
        # A leaf may be longer than planned, but not wildly.
        assert max(leaf.length for leaf in leaves) <= 1.6 * rosette.habit.radius[1]


def test_successive_leaves_are_a_golden_angle_apart():
    angles = np.array([leaf.angle for leaf in sorted(leaves_of(CALM, 1), key=lambda leaf: leaf.index)])

    np.testing.assert_allclose(np.diff(angles), GOLDEN_ANGLE)


def test_the_youngest_leaves_lie_highest_and_are_smallest():
    leaves = leaves_of(CALM, 2)

    assert [leaf.index for leaf in leaves] == sorted(leaf.index for leaf in leaves)
    assert leaves[-1].length < 0.5 * max(leaf.length for leaf in leaves)
    assert leaves[-1].youth > leaves[0].youth


def test_a_leaf_keeps_its_direction_and_grows_from_day_to_day():
    days = [{leaf.index: leaf for leaf in leaves_of(CALM, 3, age)} for age in (4.0, 8.0, 12.0)]

    for before, after in itertools.pairwise(days):
        assert set(before) < set(after)
        for index, leaf in before.items():
            assert after[index].angle == leaf.angle
            assert after[index].width > 0
    third = [day[2].length for day in days]
    assert third == sorted(third)


def test_zoom_scales_the_plant():
    near, far = leaves_of(CALM, 4, zoom=1.0), leaves_of(CALM, 4, zoom=0.5)

    np.testing.assert_allclose([leaf.length for leaf in far], [leaf.length / 2 for leaf in near], rtol=1e-5)


def test_a_cut_leaf_is_missing_and_a_plant_never_loses_all():
    bare = CALM.replace(habit=CALM.habit.replace(lost=1.0))

    assert len(leaves_of(bare, 5)) == 1
