"""Tiles cover the image with the overlap asked for, and their objects join as if never cut."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.measure import label

from napari_leafseg.core.instances import Instances, relabel
from napari_leafseg.core.tiles import Window, apart, merge, windows


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (100, 100), (257, 1031), (64, 3000)])
@pytest.mark.parametrize(("side", "overlap"), [(64, 0), (64, 21), (100, 64), (257, 64)])
def test_every_pixel_is_covered_and_neighbours_overlap(shape: tuple[int, int], side: int, overlap: int) -> None:
    places = windows(shape, side, overlap)
    covered = np.zeros(shape, int)
    for place in places:
        covered[place.slices] += 1
        assert place.height == min(side, shape[0])
        assert place.width == min(side, shape[1])
        assert 0 <= place.top <= shape[0] - place.height
        assert 0 <= place.left <= shape[1] - place.width
    assert covered.min() == 1
    for starts, length in (({p.top for p in places}, shape[0]), ({p.left for p in places}, shape[1])):
        steps = np.diff(sorted(starts))
        assert (steps <= side - overlap).all(), "less overlap than asked for"
        assert len(starts) == 1 or length > side
    assert places == sorted(places, key=lambda place: (place.top, place.left))


def objects(mask: np.ndarray, score: float = 1) -> Instances:
    labels = label(mask, connectivity=1).astype(np.int32)
    return Instances(labels, np.full(int(labels.max(initial=0)), score, np.float32))


def same_partition(one: np.ndarray, two: np.ndarray) -> bool:
    pairs = {tuple(pair) for pair in np.stack([one.ravel(), two.ravel()], axis=1).tolist()}
    return len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})


@pytest.mark.parametrize("side", [48, 64, 100, 150])
def test_objects_smaller_than_the_overlap_join_as_if_never_cut(side: int) -> None:
    random = np.random.default_rng(side)
    mask = np.zeros((150, 220), bool)
    for top, left in random.integers(0, (140, 210), (90, 2)):
        mask[top : top + 7, left : left + 8] = True
    whole = label(mask, connectivity=1)
    # Only objects that fit into the overlap are promised to come through whole.
    sizes = [max(np.ptp(np.nonzero(whole == i), axis=1)) + 1 for i in range(1, whole.max() + 1)]
    mask = np.isin(whole, [i + 1 for i, size in enumerate(sizes) if size <= 30])
    parts = [(place, objects(mask[place.slices])) for place in windows(mask.shape, side, 32)]
    found = merge(mask.shape, parts)
    assert same_partition(found.labels, label(mask, connectivity=1))
    assert sorted(set(found.labels.ravel().tolist()) - {0}) == list(range(1, found.count + 1))


def test_a_bar_over_many_tiles_is_one_object_with_its_best_score() -> None:
    mask = np.zeros((40, 400), bool)
    mask[15:25, 5:395] = True
    places = windows(mask.shape, 80, 30)
    found = merge(mask.shape, [(place, objects(mask[place.slices], 0.1 * i)) for i, place in enumerate(places)])
    np.testing.assert_array_equal(found.labels, mask)
    assert found.scores.tolist() == pytest.approx([0.1 * (len(places) - 1)])


def test_what_touches_only_at_the_edge_of_the_overlap_stays_apart() -> None:
    """One tile saw a cell beside the seam, the other a different cell there: they share too little."""
    left, right = np.zeros((20, 30), bool), np.zeros((20, 30), bool)
    left[5:15, 10:23] = True  # columns 10..22 of the image
    right[5:15, 2:20] = True  # columns 22..39
    found = merge((20, 50), [(Window(0, 0, 20, 30), objects(left)), (Window(0, 20, 20, 30), objects(right))])
    assert found.count == 2


def test_classes_and_order_of_the_best_part_are_kept() -> None:
    labels = np.ones((10, 30), np.int32)
    parts = [
        (
            Window(0, 20 * i, 10, 30),
            Instances(labels, np.array([score], np.float32), np.array([kind]), np.array([step])),
        )
        for i, (score, kind, step) in enumerate([(0.3, 1, 10), (0.9, 2, 20), (0.5, 3, 30)])
    ]
    found = merge((10, 70), parts)
    assert found.classes is not None
    assert found.order is not None
    assert (found.classes.tolist(), found.order.tolist()) == ([2], [20])
    assert found.scores.tolist() == pytest.approx([0.9])


@pytest.mark.parametrize("objects_in", [(), (1,), (0, 1)])
def test_tiles_may_be_empty(objects_in: tuple[int, ...]) -> None:
    parts = []
    for i, place in enumerate(windows((20, 50), 30, 10)):
        mask = np.zeros((place.height, place.width), bool)
        mask[2:5, 12:18] = i in objects_in
        parts.append((place, objects(mask)))
    assert merge((20, 50), parts).count == len(objects_in)


def test_the_deeper_tile_owns_the_pixel() -> None:
    """Near its border a tile knows little: there the neighbour's word counts."""
    bad, good = np.zeros((10, 30), bool), np.zeros((10, 30), bool)
    bad[2:8, 20:30] = True
    bad[3, 27] = False
    good[2:8, 0:12] = True
    found = merge((10, 50), [(Window(0, 0, 10, 30), objects(bad)), (Window(0, 20, 10, 30), objects(good))])
    assert found.count == 1
    assert found.labels[3, 27] == 1
    np.testing.assert_array_equal(found.labels, relabel(found.labels))


def test_rectangles_that_overlap_are_joined_also_where_joining_makes_them_overlap():
    far = Window(80, 80, 10, 10)
    crossing = [Window(0, 0, 10, 10), Window(5, 20, 10, 10), Window(8, 8, 4, 14)]

    assert apart([far, *crossing]) == (Window(0, 0, 15, 30), far)
    assert apart([Window(0, 0, 10, 10), Window(10, 0, 10, 10)]) == (Window(0, 0, 10, 10), Window(10, 0, 10, 10))
    assert apart([Window(0, 0, 10, 10), Window(13, 0, 10, 10)], gap=4) == (Window(0, 0, 23, 10),)
