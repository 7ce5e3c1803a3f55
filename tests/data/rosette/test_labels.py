"""The labels of every preset keep the rules that training and evaluation rely on, also over days and in trays."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from napari_leafseg.data.rosette import (
    MIXED,
    PRESETS,
    Drawing,
    LeafTruth,
    Rosette,
    draw_plant,
    draw_tray,
    growth_series,
)

KINDS = (*PRESETS, MIXED)
SEEDS = range(8)
SIZE = 256
LEAST_AREA = 20

each_kind = pytest.mark.parametrize("kind", KINDS)
each_size = pytest.mark.parametrize("size", [SIZE, 97])


@cache
def plants(kind: str, size: int = SIZE) -> list[Drawing]:
    return [draw_plant(kind, seed, size) for seed in SEEDS]


@cache
def series(kind: str) -> list[Drawing]:
    return growth_series(kind, 3, range(0, 15, 3), SIZE)


def bare(kind: str) -> Rosette:
    """A preset's ranges with nothing laid over the plant: a string across a leaf parts it."""
    own = PRESETS[kind]
    return own.replace(ground=own.ground.replace(string=0, stick=0, drops=0))


def areas(labels: NDArray[np.int32]) -> NDArray[np.int64]:
    return np.bincount(labels.ravel())[1:]


def pieces(labels: NDArray[np.int32], index: int) -> int:
    """Pieces that remain of a leaf where other leaves, which may lie across it, count as its own."""
    box = ndimage.find_objects(labels, index)[index - 1]
    joined = ndimage.label(labels[box] > 0, np.ones((3, 3)))[0]
    return len(np.unique(joined[labels[box] == index]))


def ids(labels: NDArray[np.int32]) -> list[int]:
    return [int(index) for index in np.unique(labels) if index]


@each_kind
@each_size
def test_ids_are_numbered_without_gaps(kind: str, size: int) -> None:
    for drawing in plants(kind, size):
        assert drawing.labels.dtype == np.int32 and drawing.labels.shape == (size, size)
        assert ids(drawing.labels) == list(range(1, len(drawing.leaves) + 1))


@each_kind
@each_size
def test_no_leaf_shows_less_than_twenty_pixels(kind: str, size: int) -> None:
    for drawing in plants(kind, size):
        assert (areas(drawing.labels) >= LEAST_AREA).all()


@pytest.mark.parametrize("kind", PRESETS)
def test_a_leaf_is_one_piece_where_nothing_lies_across_it(kind: str) -> None:
    over_days = growth_series(bare(kind), 3, range(0, 15, 3), SIZE)
    for drawing in [*over_days, *(draw_plant(bare(kind), seed, SIZE) for seed in SEEDS)]:
        assert all(pieces(drawing.labels, index) == 1 for index in ids(drawing.labels))


def test_what_lies_across_a_leaf_is_no_part_of_it() -> None:
    """A model must not learn that strings are leaves."""
    own = PRESETS["arabidopsis-old"]
    crossed = own.replace(ground=own.ground.replace(string=1.0))
    free = own.replace(ground=own.ground.replace(string=0.0))
    pairs = [(draw_plant(crossed, seed, SIZE), draw_plant(free, seed, SIZE)) for seed in range(4)]
    assert any((one.labels > 0).sum() < (other.labels > 0).sum() for one, other in pairs)
    assert not any(((one.labels > 0) & (other.labels == 0)).any() for one, other in pairs)


@each_kind
def test_every_plant_has_a_leaf(kind: str) -> None:
    """A seedling too; a picture without one would teach that there are none."""
    assert all(drawing.leaves for drawing in plants(kind))


@each_kind
def test_the_truth_fits_the_labels(kind: str) -> None:
    """One entry per id; what shows is at most what there is, up to the rounding of a border to pixels."""
    for drawing in plants(kind):
        assert [leaf.id for leaf in drawing.leaves] == ids(drawing.labels)
        assert [leaf.visible_area for leaf in drawing.leaves] == list(areas(drawing.labels))
        for leaf in drawing.leaves:
            assert leaf.visible_area <= leaf.area + 2 * leaf.length + 20
            assert leaf.length > 0 and leaf.width > 0 and 0 <= leaf.angle < 360 and 0 <= leaf.age <= 1


@each_kind
def test_some_leaves_are_hidden_in_part(kind: str) -> None:
    """Else nothing could be learned about leaves that lie over each other."""
    shares = [leaf.visible_area / leaf.area for drawing in plants(kind) for leaf in drawing.leaves]
    assert min(shares) < 0.7 < max(shares)


@each_kind
def test_a_leaf_keeps_its_id_from_day_to_day(kind: str) -> None:
    """Told by its direction, which no two leaves share; ids may have gaps, and none is used twice."""
    angles: dict[int, float] = {}
    for day in series(kind):
        assert [leaf.id for leaf in day.leaves] == ids(day.labels)
        for leaf in day.leaves:
            assert angles.setdefault(leaf.id, leaf.angle) == pytest.approx(leaf.angle, abs=1e-6)
    assert len(set(angles.values())) == len(angles)


@each_kind
def test_leaves_only_grow_longer_and_more(kind: str) -> None:
    known: dict[int, LeafTruth] = {}
    for day in series(kind):
        for leaf in day.leaves:
            assert leaf.length >= known.get(leaf.id, leaf).length
            known[leaf.id] = leaf
    first, last = series(kind)[0], series(kind)[-1]
    assert len(last.leaves) > len(first.leaves)
    assert (last.labels > 0).sum() > (first.labels > 0).sum()


@each_kind
def test_no_leaf_shows_less_on_any_day(kind: str) -> None:
    for day in series(kind):
        present = ids(day.labels)
        assert (areas(day.labels)[np.array(present, int) - 1] >= LEAST_AREA).all()


def test_a_tray_numbers_the_leaves_of_all_plants() -> None:
    tray = draw_tray("arabidopsis-old", 0, 512)
    assert tray.image.shape[:2] == tray.labels.shape == tray.plants.shape == (384, 512)
    assert ids(tray.labels) == [leaf.id for leaf in tray.leaves] == list(range(1, len(tray.leaves) + 1))
    assert (areas(tray.labels) >= LEAST_AREA).all()
    assert ((tray.plants > 0) == (tray.labels > 0)).all()
    owners = [np.unique(tray.plants[tray.labels == index]) for index in ids(tray.labels)]
    assert all(len(owner) == 1 for owner in owners)
    assert {int(owner[0]) for owner in owners} == set(range(1, 13))
