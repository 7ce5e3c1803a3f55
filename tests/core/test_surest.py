"""Only the objects with good scores that lie together are measured; what may be there is not left out."""

import numpy as np
import pytest

from napari_leafseg.core.instances import Instances
from napari_leafseg.core.surest import surest
from napari_leafseg.core.tiles import Window


def squares(*given):
    """Squares of (row, column, side, score) in a picture of 200 x 200."""
    labels = np.zeros((200, 200), np.int32)
    for number, (row, column, side, _) in enumerate(given, start=1):
        labels[row : row + side, column : column + side] = number
    return Instances(labels, np.array([score for *_, score in given], np.float32))


LEAVES = ((20, 20, 10, 0.6), (20, 34, 10, 0.5), (34, 20, 10, 0.55))


@pytest.mark.parametrize(
    ("others", "places"),
    [
        ((), ()),
        (((100, 100, 60, 0.3),), ()),  # a large patch, less sure than any leaf
        (((100, 100, 60, 0.6),), (Window(100, 100, 60, 60),)),  # as sure as a leaf, alone: there, but not measured
        (((22, 48, 60, 0.45),), ()),  # beside the plant but six times as large
        (tuple((row + 100, *rest) for row, *rest in LEAVES), (Window(120, 20, 24, 24),)),  # two plants
    ],
)
def test_the_group_with_the_best_scores_is_measured(others, places):
    seen = surest(squares(*LEAVES, *others))

    assert seen.places == (Window(20, 20, 24, 24), *places)
    assert seen.diameter == pytest.approx(2 * np.sqrt(100 / np.pi))


def test_more_and_better_objects_are_surer():
    assert surest(squares(*LEAVES)).sureness > surest(squares(*LEAVES[:2])).sureness


def test_where_nothing_is_found_nothing_is_measured():
    assert surest(Instances.none((50, 50))) is None


def test_scores_of_nothing_are_no_error():
    assert surest(squares((20, 20, 10, 0.0))).places == (Window(20, 20, 10, 10),)
