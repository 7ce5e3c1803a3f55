"""Which objects a hand means."""

from __future__ import annotations

import numpy as np
import pytest
from editing.pictures import drawn

from napari_leafseg.editing import choose
from napari_leafseg.editing.objects import Objects

FIELD = """
11...22
11...22
.......
333.444
"""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ([(0, 0), (0, 6)], [1, 2]),
        ([(0, 6), (0, 0)], [2, 1]),
        ([(1, 1), (3, 1), (3, 6), (0, 6)], [1, 3, 4, 2]),
        ([(2, 0), (2, 6)], []),
        ([(0, 0)], [1]),
        ([(-5, -5), (0, 0)], [1]),
        ([(9, 9), (12, 9)], []),
        ([(3.4, 2.4), (3.4, 2.4)], [3]),
    ],
)
def test_along(path, expected) -> None:
    assert choose.along(Objects(drawn(FIELD)), path) == expected


def test_a_fast_drag_leaves_no_gaps() -> None:
    """Mouse events come far apart; a thin object between two of them is met all the same."""
    labels = np.zeros((100, 400), np.uint16)
    labels[:, 203] = 7
    assert choose.along(Objects(labels), [(3, 1), (95, 390)]) == [7]


@pytest.mark.parametrize(
    ("corners", "expected"),
    [
        (((0, 0), (3, 6)), [1, 2, 3, 4]),
        (((3, 6), (0, 0)), [1, 2, 3, 4]),
        (((0, 0), (1, 1)), [1]),
        (((0, 0), (1, 0)), []),
        (((3, 0), (3, 1)), [3]),
        (((3, 1), (3, 5)), [3, 4]),
        (((-9, -9), (-3, -3)), []),
        (((-9, -9), (90, 90)), [1, 2, 3, 4]),
    ],
)
def test_a_box_means_what_lies_mostly_in_it(corners, expected) -> None:
    assert choose.inside(Objects(drawn(FIELD)), *corners) == expected


@pytest.mark.parametrize(
    ("point", "expected"),
    [((0.4, 0.4), 1), ((-0.5, 1.49), 1), ((0, 1.5), 0), ((-0.6, 0), 0), ((3, 7), 0), ((2.5, 0), 3)],
)
def test_a_point_is_on_the_pixel_whose_centre_is_nearest(point, expected) -> None:
    assert Objects(drawn(FIELD)).at(*point) == expected
