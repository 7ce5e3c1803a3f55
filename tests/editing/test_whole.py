"""Actions on all objects at once."""

from __future__ import annotations

import numpy as np
import pytest
from editing.pictures import drawn, picture

from napari_leafseg.core.errors import EditError
from napari_leafseg.editing import whole
from napari_leafseg.editing.objects import Objects


@pytest.mark.parametrize(
    ("before", "expected", "parents"),
    [
        ("2.4 2.9", "1.2 1.3", {1: 2, 2: 4, 3: 9}),
        ("1.4 1.4", "1.2 1.2", {2: 4}),
        ("335", "112", {1: 3, 2: 5}),
    ],
)
def test_relabel(before, expected, parents) -> None:
    change = whole.relabel(Objects(drawn(before)))
    assert picture(change.after.labels()) == expected.split()
    assert picture(change.before.labels()) == before.split()
    assert change.parents == parents


def test_relabel_takes_ids_in_the_billions() -> None:
    labels = np.array([[0, 2_000_000_000, 7]], np.int32)
    assert whole.relabel(Objects(labels)).after.labels().tolist() == [[0, 2, 1]]


@pytest.mark.parametrize("before", ["1.2", "...", "111"])
def test_relabel_says_why_not(before) -> None:
    with pytest.raises(EditError, match="without gaps already"):
        whole.relabel(Objects(drawn(before)))


def test_remove_small(after) -> None:
    assert after("11.2 11.3 .33.", lambda objects: whole.remove_small(objects, 4)) == ["11..", "11..", "...."]


def test_remove_small_says_why_not() -> None:
    with pytest.raises(EditError, match="smaller than 4 pixels"):
        whole.remove_small(Objects(drawn("11 11")), 4)


def test_replacing_keeps_both_exactly() -> None:
    before, after = drawn("1.2"), np.array([[70_000, 0, 1]], np.int32)
    change = whole.replace_all(before, after)
    assert np.array_equal(change.after.labels(), after)
    assert change.after.labels().dtype == np.int32
    assert np.array_equal(change.inverse().after.labels(), before)


def test_labels_of_another_image_are_refused() -> None:
    with pytest.raises(EditError, match="1 x 3 pixels but the image has 2 x 2"):
        whole.replace_all(drawn("11 11"), drawn("111"))
