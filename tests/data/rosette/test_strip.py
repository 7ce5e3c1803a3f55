"""A strip is as long, as wide, as bent and as turned as asked."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_leafseg.data.rosette.scatter import soft
from napari_leafseg.data.rosette.strip import Place, strip

SHAPE = (200, 240)


def body(place: Place, length: float, width: float, bend: float = 0.0, outline: str = "even") -> NDArray[np.bool_]:
    thing = strip(SHAPE, place, length, width, bend, outline)
    covered = np.zeros(SHAPE, bool)
    if thing is not None:
        covered[thing.window] = thing.edge < 0
    return covered


@pytest.mark.parametrize("angle", [0.0, 30.0, 90.0, 215.0])
def test_its_area_and_direction(angle: float) -> None:
    thing = strip(SHAPE, Place(100.0, 120.0, angle), 90.0, 12.0)
    assert thing is not None
    assert abs(soft(thing.edge).sum() / (90 * 12) - 1) < 0.02
    covered = body(Place(100.0, 120.0, angle), 90.0, 12.0)
    row, column = np.nonzero(covered)
    assert abs(row.mean() - 100) < 0.6
    assert abs(column.mean() - 120) < 0.6
    values, vectors = np.linalg.eigh(np.cov(column, row))
    along = vectors[:, values.argmax()]
    turn = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    assert abs(abs(along @ np.array(turn)) - 1) < 0.01


def test_bent_it_keeps_its_width() -> None:
    straight, bent = (np.count_nonzero(body(Place(100.0, 120.0, 20.0), 120.0, 8.0, bend)) for bend in (0.0, 30.0))
    assert straight < bent < 1.35 * straight
    covered = body(Place(100.0, 120.0, 0.0), 120.0, 6.0, 30.0)
    assert covered[100 - 15, 120]
    assert covered[100 + 14, 120 + 58]


@pytest.mark.parametrize("outline", ["tapered", "pointed"])
def test_ends_come_to_a_point(outline: str) -> None:
    covered = body(Place(100.0, 120.0, 0.0), 120.0, 30.0, 0.0, outline)
    assert np.count_nonzero(covered[:, 120 + 57]) <= 5
    assert (np.count_nonzero(covered[:, 120 - 57]) <= 5) == (outline == "pointed")


def test_outside_the_picture_there_is_none() -> None:
    assert strip(SHAPE, Place(-300.0, 50.0, 0.0), 100.0, 10.0) is None
    assert strip(SHAPE, Place(100.0, 600.0, 90.0), 100.0, 10.0) is None
