"""Marks plane by plane and by id: what is checked in one plane only is not said of the others."""

from __future__ import annotations

import numpy as np
import pytest

from napari_leafseg.data.project import Sidecar, Status, Stored
from napari_leafseg.editing.marks import Marks
from napari_leafseg.widgets.project_marks import as_change, as_features, standing_of

PLANE = np.array([[1, 1, 0], [2, 0, 3]])
STACK = np.array([PLANE, np.where(PLANE == 3, 0, PLANE)])


def test_of_one_plane_all_comes_back():
    marks = Marks(frozenset([1, 3]), {2: "leaf"}, {1: 0.5})
    said = as_change(PLANE, {(): marks})
    sidecar = Sidecar(image="a.png", status=Status.IN_WORK, **{**said, "checked": tuple(said["checked"])})
    standing = standing_of(PLANE, Stored(PLANE, None, sidecar))
    assert standing.marks == {(): marks} and standing.status is Status.IN_WORK


@pytest.mark.parametrize(
    ("first", "second", "checked"),
    [([1], [1], (1,)), ([1, 2], [1], (1,)), ([3], [], (3,)), ([], [2], ()), ([], [], ())],
)
def test_in_a_stack_an_object_is_checked_in_every_plane_that_shows_it(first, second, checked):
    marks = {(0,): Marks(frozenset(first)), (1,): Marks(frozenset(second))}
    assert as_change(STACK, marks)["checked"] == checked


def test_a_plane_gets_what_is_said_of_its_own_objects():
    sidecar = Sidecar(image="a.tif", checked=(1, 3), scores={3: 0.5})
    marks = standing_of(STACK, Stored(STACK, None, sidecar)).marks
    assert marks[0,] == Marks(frozenset([1, 3]), {}, {3: 0.5}) and marks[1,] == Marks(frozenset([1]))


def test_features_name_scores_and_classes_by_id():
    table = as_features({2: 0.5, 1: 0.75}, {2: "leaf"})
    assert list(table["index"]) == [1, 2] and list(table["score"]) == [0.75, 0.5] and table["class"][1] == "leaf"
    assert as_features({}, {}).empty
