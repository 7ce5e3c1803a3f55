"""Objects in pieces: which strokes ask about them, and the two answers."""

from __future__ import annotations

import numpy as np
import pytest
from editing.pictures import drawn
from scipy import ndimage

from napari_leafseg.core.errors import EditError
from napari_leafseg.editing import pieces
from napari_leafseg.editing.edit import Edit
from napari_leafseg.editing.objects import Objects

THREE = "1.111.11 1.111.11"


def test_the_largest_is_kept(after) -> None:
    assert after(THREE, lambda objects: pieces.keep_largest(objects, 1)) == ["..111...", "..111..."]


def test_each_becomes_an_object_by_size(after) -> None:
    assert after(THREE, lambda objects: pieces.separate(objects, 1)) == ["3.111.22", "3.111.22"]


def test_pieces_that_touch_by_corners_are_one() -> None:
    assert pieces.areas(Objects(drawn("11.. ..11 1...")), 1) == [4, 1]


def test_crumbs_go_and_larger_pieces_stay() -> None:
    mask = np.zeros((40, 60), bool)
    mask[:30, :20] = mask[:10, 30:40] = mask[38:, 50:52] = True
    kept = mask.copy()
    kept[38:, 50:52] = False
    np.testing.assert_array_equal(pieces.without_crumbs(mask), kept)
    assert not pieces.without_crumbs(np.zeros((3, 3), bool)).any()


@pytest.mark.parametrize("operation", [pieces.keep_largest, pieces.separate])
def test_one_piece_is_said(operation) -> None:
    with pytest.raises(EditError, match="Object 1 is in one piece"):
        operation(Objects(drawn("11 .1")), 1)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param("11111 11111", "11.11 11.11", [1], id="erased in two"),
        pytest.param("11111 11111", "11211 11211", [1], id="painted in two"),
        pytest.param("11.11 11.11", "11.1. 11.1.", [], id="in two before"),
        pytest.param("11.11 11.11", "1..11 1..11", [], id="still two"),
        pytest.param("11111 11111", "111.. 111..", [], id="only cut shorter"),
        pytest.param("11... 11...", "11.1. 11.1.", [1], id="a dab beside it"),
        pytest.param("11... 11...", "..... .....", [], id="gone"),
        pytest.param("..... .....", "2.2.. .....", [2], id="new, in two"),
        pytest.param("11111 33333", "11.11 33.33", [1, 3], id="two at once"),
    ],
)
def test_strokes_that_break_an_object_are_found(before, after, expected) -> None:
    was, now = drawn(before), drawn(after)
    stroke = Edit.between((slice(0, 2), slice(0, 5)), was, now)
    assert pieces.broken(Objects(now), stroke) == expected


def test_an_object_in_gaps_by_nature_is_not_asked_about() -> None:
    """A leaf under another one shows as two pieces; painting elsewhere on it is no reason to ask."""
    was = drawn("11.11 11.11 .....")
    now = drawn("11.11 11.11 11...")
    assert pieces.broken(Objects(now), Edit.between((slice(0, 3), slice(0, 5)), was, np.asarray(now))) == []


def test_any_stroke_is_judged_as_by_counting_the_pieces_of_the_whole_image() -> None:
    random = np.random.default_rng(0)
    found = 0
    for _ in range(300):
        was = (ndimage.gaussian_filter(random.normal(size=(40, 40)), 2.5) > 0) * random.integers(1, 3, (1, 40))
        now = was.copy()
        top, left, height, width = random.integers(1, 38, 4)
        now[top : top + height, left : left + width // 3 + 1] = random.integers(0, 4)
        stroke = Edit.between((slice(0, 40), slice(0, 40)), was, now)
        if not stroke:
            continue
        expected = [key for key in (1, 2, 3) if (now == key).any() and _count(now, key) > max(_count(was, key), 1)]
        assert pieces.broken(Objects(now), stroke) == expected
        found += bool(expected)
    assert 30 < found < 270


def _count(labels: np.ndarray, key: int) -> int:
    return int(ndimage.label(labels == key, np.ones((3, 3)))[1])
