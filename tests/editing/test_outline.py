"""An object drawn anew by a loop: small pictures before and after."""

from __future__ import annotations

import numpy as np
import pytest
from editing.pictures import drawn, picture

from napari_leafseg.core.errors import EditError
from napari_leafseg.editing.objects import Objects
from napari_leafseg.editing.outline import enclosed, outline


def around(top: float, left: float, bottom: float, right: float) -> list[tuple[float, float]]:
    """A loop around rows and columns, both ends counted."""
    low, high = (top - 0.5, left - 0.5), (bottom + 0.5, right + 0.5)
    return [low, (low[0], high[1]), high, (high[0], low[1])]


LEFT_HALF = around(0, 0, 2, 3)
"""Twelve pixels of three rows."""


@pytest.mark.parametrize(
    ("before", "kept", "expected"),
    [
        pytest.param("........ ........ ........", (), "1111.... 1111.... 1111....", id="a new one, on background"),
        pytest.param(".....222 .....222 .....222", (), "3333.222 3333.222 3333.222", id="a new one, beside another"),
        pytest.param("11...... 11...... ........", (), "1111.... 1111.... 1111....", id="one that was too small"),
        pytest.param("11111... 11111... 11111...", (), "1111.... 1111.... 1111....", id="what lies outside goes"),
        pytest.param("11...11. 11...... 11......", (), "1111.... 1111.... 1111....", id="a piece elsewhere too"),
        pytest.param("1....... ........ ........", (), "2222.... 2222.... 2222....", id="a speck is not meant"),
        pytest.param("11111111 11111111 11111111", (), "22221111 22221111 22221111", id="half of one"),
        pytest.param("1122.... 1122.... 1122....", (), "1111.... 1111.... 1111....", id="pieces become one"),
        pytest.param("222..... 2221.... 2221....", (), "2222.... 2222.... 2222....", id="the one that shares most"),
        pytest.param("111222.. 111222.. 111222..", (), "111122.. 111122.. 111122..", id="on top of a neighbour"),
        pytest.param("11122... 11122... 111222..", (), "11112... 11112... 111122..", id="a neighbour's larger rest"),
        pytest.param("1122.... 11222... 1122....", (), "1111.... 1111.... 1111....", id="a rim goes with its piece"),
        pytest.param("11.222.. 11.222.. 11.222..", (2,), "111222.. 111222.. 111222..", id="never over a checked one"),
        pytest.param("122..... 122..... 122.....", (1,), "1222.... 1222.... 1222....", id="a checked one inside"),
        pytest.param("111..... 111..... 111.....", (1,), "1111.... 1111.... 1111....", id="a checked one itself"),
        pytest.param("1111.... ........ ........", (1,), "1111.... 2222.... 2222....", id="a checked part"),
    ],
)
def test_outline(after, before, kept, expected) -> None:
    assert after(before, lambda objects: outline(objects, LEFT_HALF, kept)) == expected.split()


@pytest.mark.parametrize(
    ("path", "kept", "sentence"),
    [
        pytest.param(around(0, 0, 1, 1), (), "hardly anything", id="four pixels"),
        pytest.param([(0, 0), (2, 7)], (), "hardly anything", id="a line"),
        pytest.param([(0, 0), (2, 7), (0.5, 7)], (), "hardly anything", id="a sliver"),
        pytest.param([(1, 1)], (), "hardly anything", id="a point"),
        pytest.param(around(-9, -9, -2, -2), (), "hardly anything", id="beside the image"),
        pytest.param(around(0, 0, 2, 2), (1,), "outline already", id="nothing to change"),
        pytest.param(around(0, 4, 2, 7), (2, 3), "Checked objects cover", id="all of it is checked"),
    ],
)
def test_outline_says_why_not(path, kept, sentence) -> None:
    with pytest.raises(EditError, match=sentence):
        outline(Objects(drawn("111.2233 111.2233 111.2233")), path, kept)


def test_a_new_one_has_no_parents_and_one_drawn_anew_keeps_its_id() -> None:
    assert not outline(Objects(drawn("1111.... 1111.... 1.......")), LEFT_HALF).parents


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param(around(1, 1, 2, 3), "...... .111.. .111.. ......", id="a box"),
        pytest.param(around(1, 1, 2, 3)[::-1], "...... .111.. .111.. ......", id="the other way round"),
        pytest.param(around(-5, 3, 1, 20), "...111 ...111 ...... ......", id="out of the image"),
        pytest.param(around(-5, -5, 20, 20), "111111 111111 111111 111111", id="around the image"),
        pytest.param([*around(0, 0, 3, 3), *around(0, 0, 3, 3)], "1111.. 1111.. 1111.. 1111..", id="twice around"),
        pytest.param(
            [*around(0, 0, 3, 3), (-0.5, -0.5), (-0.5, 1.5), (1.5, 1.5), (1.5, -0.5)],
            "1111.. 1111.. 1111.. 1111..",
            id="past its beginning",
        ),
        pytest.param(
            [(-0.5, -0.5), (3.5, 5.5), (-0.5, 5.5), (3.5, -0.5)], "1....1 11..11 11..11 1....1", id="a figure eight"
        ),
        pytest.param(
            [*around(0, 0, 3, 4), (-0.5, -0.5), *around(1, 1, 2, 3)[::-1], around(1, 1, 2, 3)[-1], (-0.5, -0.5)],
            "11111. 11111. 11111. 11111.",
            id="a curl within",
        ),
    ],
)
def test_what_a_loop_encloses(path, expected) -> None:
    inside = np.zeros((4, 6), int)
    box, mask = enclosed(path, inside.shape)
    inside[box][mask] = 1
    assert picture(inside) == expected.split()
