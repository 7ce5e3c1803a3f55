"""Merging, deleting, adding and reshaping: small pictures before and after."""

from __future__ import annotations

import numpy as np
import pytest
from editing.pictures import drawn

from napari_leafseg.core.errors import EditError
from napari_leafseg.editing import choose, place
from napari_leafseg.editing.objects import Objects

ROW = "11.222.3 11.222.3"


def mask(picture: str) -> np.ndarray:
    return drawn(picture) > 0


@pytest.mark.parametrize(
    ("before", "ids", "expected"),
    [
        pytest.param(ROW, [1, 2], "22.222.3 22.222.3", id="the largest keeps its id"),
        pytest.param(ROW, [3, 1], "11.222.1 11.222.1", id="they need not touch"),
        pytest.param(ROW, [1, 2, 3], "22.222.2 22.222.2", id="three"),
        pytest.param(ROW, [1, 0, 1, 3], "11.222.1 11.222.1", id="background and repeats count for nothing"),
        pytest.param("1122 1122", [2, 1], "2222 2222", id="of equal ones the first named"),
    ],
)
def test_merge(after, before, ids, expected) -> None:
    assert after(before, lambda objects: place.merge(objects, ids)) == expected.split()


@pytest.mark.parametrize(("ids", "sentence"), [([], "two objects"), ([1], "two objects"), ([1, 7], "no object 7")])
def test_merge_says_why_not(ids, sentence) -> None:
    with pytest.raises(EditError, match=sentence):
        place.merge(Objects(drawn(ROW)), ids)


def test_a_drag_across_pieces_merges_them(after) -> None:
    result = after(ROW, lambda objects: place.merge(objects, choose.along(objects, [(0, 0), (0, 4)])))
    assert result == ["22.222.3", "22.222.3"]


@pytest.mark.parametrize(
    ("ids", "expected"),
    [([2], "11.....3 11.....3"), ([1, 3], "...222.. ...222.."), ([1, 2, 3], "........ ........")],
)
def test_delete(after, ids, expected) -> None:
    assert after(ROW, lambda objects: place.delete(objects, ids)) == expected.split()


@pytest.mark.parametrize(("ids", "sentence"), [([], "no object here"), ([0], "only background"), ([9], "no object 9")])
def test_delete_says_why_not(ids, sentence) -> None:
    with pytest.raises(EditError, match=sentence):
        place.delete(Objects(drawn(ROW)), ids)


@pytest.mark.parametrize(
    ("before", "new", "over", "expected"),
    [
        pytest.param("..2. ..2.", "11.. 11..", False, "332. 332.", id="beside"),
        pytest.param("..2. ..2.", "111. ....", False, "332. ..2.", id="others keep their pixels"),
        pytest.param("..2. ..2.", "111. ....", True, "333. ..2.", id="over others"),
        pytest.param("..2. ....", "1111 ....", True, "3333 ....", id="over one that vanishes"),
        pytest.param(".... ....", ".... .111", False, ".... .111", id="the first"),
    ],
)
def test_add(after, before, new, over, expected) -> None:
    assert after(before, lambda objects: place.add(objects, mask(new), over=over)) == expected.split()


@pytest.mark.parametrize(("new", "sentence"), [(".... ....", "Nothing was found"), ("..1. ....", "cover this place")])
def test_add_says_why_not(new, sentence) -> None:
    with pytest.raises(EditError, match=sentence):
        place.add(Objects(drawn("..2. ..2.")), mask(new))


@pytest.mark.parametrize(
    ("before", "new", "expected"),
    [
        pytest.param("11.. 11..", "111. 111.", "111. 111.", id="wider"),
        pytest.param("11.2 11.2", "1111 1111", "1112 1112", id="never over neighbours"),
        pytest.param("11.. 11..", "1... 1...", "1... 1...", id="narrower"),
        pytest.param("11.. 11..", "..11 ..11", "..11 ..11", id="somewhere else"),
    ],
)
def test_reshape(after, before, new, expected) -> None:
    assert after(before, lambda objects: place.reshape(objects, 1, mask(new))) == expected.split()


@pytest.mark.parametrize(
    ("new", "sentence"),
    [("...1 ...1", "would be left"), (".... ....", "would be left"), ("11.1 11.1", "stays as it is")],
)
def test_reshape_says_why_not(new, sentence) -> None:
    with pytest.raises(EditError, match=sentence):
        place.reshape(Objects(drawn("11.2 11.2")), 1, mask(new))
