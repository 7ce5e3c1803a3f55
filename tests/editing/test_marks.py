"""Marks follow objects through edits."""

from __future__ import annotations

import pytest

from napari_leafseg.editing.marks import Marks

MARKS = Marks(frozenset({1, 3}), {1: "leaf", 2: "stem"}, {3: 0.5})


@pytest.mark.parametrize(
    ("present", "parents", "expected"),
    [
        pytest.param({1, 2, 3}, {}, MARKS, id="nothing happened"),
        pytest.param({2, 3}, {}, Marks(frozenset({3}), {2: "stem"}, {3: 0.5}), id="deleted"),
        pytest.param(
            {1, 2, 3, 4}, {4: 1}, Marks(frozenset({1, 3, 4}), {1: "leaf", 2: "stem", 4: "leaf"}, {3: 0.5}), id="split"
        ),
        pytest.param({1, 2}, {1: 2, 2: 3}, Marks(frozenset({2}), {1: "stem"}, {2: 0.5}), id="numbered anew"),
        pytest.param({1, 2, 3}, None, Marks(), id="all new"),
    ],
)
def test_marks_follow(present, parents, expected) -> None:
    assert MARKS.followed(present, parents) == expected


def test_marks_are_set_and_taken_back() -> None:
    assert Marks().check(4).checked == {4}
    assert MARKS.check(3, checked=False).checked == {1}
    assert MARKS.classify(2, "leaf").classes == {1: "leaf", 2: "leaf"}
    assert MARKS.classify(2, None).classes == {1: "leaf"}
