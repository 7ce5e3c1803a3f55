"""One integer is one plant: the same again, another for another, with a truth that fits its labels."""

import itertools

import numpy as np
import pytest

from napari_leafseg.core.errors import ParameterError
from napari_leafseg.data.rosette import MIXED, PRESETS, Rosette, draw_plant, draw_tray, growth_series
from napari_leafseg.data.rosette.ranges import Habit


@pytest.mark.parametrize("preset", [*PRESETS, MIXED])
def test_a_seed_draws_one_plant_and_another_seed_another(preset):
    first, again, other = (draw_plant(preset, seed, 160) for seed in (3, 3, 4))

    np.testing.assert_array_equal(first.image, again.image)
    np.testing.assert_array_equal(first.labels, again.labels)
    assert first.leaves == again.leaves
    assert not np.array_equal(first.labels, other.labels)


@pytest.mark.parametrize("size", [64, 200, 512])
def test_the_truth_describes_the_labels(size):
    drawn = draw_plant("arabidopsis-old", 1, size)

    assert drawn.image.shape == (size, size, 3)
    assert drawn.image.dtype == np.uint8
    assert drawn.labels.dtype == np.int32
    assert [leaf.id for leaf in drawn.leaves] == list(range(1, drawn.labels.max() + 1))
    for leaf in drawn.leaves:
        assert leaf.visible_area == (drawn.labels == leaf.id).sum()
        # A pixel counts wholly or not at all.
        assert leaf.visible_area <= 1.1 * leaf.area + 10
        assert 0 < leaf.petiole_length < leaf.length


def test_the_same_plant_is_drawn_at_every_size():
    small, large = draw_plant("arabidopsis-old", 5, 256), draw_plant("arabidopsis-old", 5, 512)

    overlap = (small.labels > 0) & (large.labels[::2, ::2] > 0)
    assert overlap.sum() > 0.9 * (small.labels > 0).sum()


def test_own_ranges_are_kept():
    one = Rosette(habit=Habit(leaves=(6, 6), radius=(150, 150), lost=0, freedom=0))

    assert {len(draw_plant(one, seed).leaves) for seed in range(4)} <= {4, 5, 6}


@pytest.mark.parametrize(("preset", "size"), [("cabbage", 512), ("tobacco", 8)])
def test_an_unknown_preset_and_a_tiny_picture_are_refused_in_a_sentence(preset, size):
    with pytest.raises(ParameterError, match=r"choose"):
        draw_plant(preset, 0, size)


def test_a_series_is_one_plant_that_keeps_its_ids_and_grows():
    days = growth_series("arabidopsis-young", 2, range(0, 9, 3), 256)

    assert len(days) == 3
    covers = [(day.labels > 0).mean() for day in days]
    assert covers == sorted(covers)
    angles = [{leaf.id: leaf.angle for leaf in day.leaves} for day in days]
    for before, after in itertools.pairwise(angles):
        shared = set(before) & set(after)
        assert shared
        assert all(before[name] == after[name] for name in shared)


def test_a_series_without_days_is_empty():
    assert growth_series("tobacco", 0, []) == []


def test_a_tray_numbers_all_leaves_and_all_plants():
    tray = draw_tray("arabidopsis-old", 1, size=512)

    assert tray.image.shape == (384, 512, 3)
    assert set(np.unique(tray.plants)) - {0} == set(range(1, 13))
    assert [leaf.id for leaf in tray.leaves] == list(range(1, tray.labels.max() + 1))
    assert ((tray.labels > 0) == (tray.plants > 0)).all()
    # No leaf belongs to two plants.
    assert all(len(np.unique(tray.plants[tray.labels == leaf.id])) == 1 for leaf in tray.leaves)
