"""Objects are numbered 1..n, described in a table, and painted the same way for every method."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_leafseg.core.errors import ImageError
from napari_leafseg.core.instances import Instances, Mask, paint, relabel


def box(top: int, left: int, height: int, width: int) -> Mask:
    return Mask(top, left, np.ones((height, width), bool))


def areas(found: Instances) -> list[int]:
    return np.bincount(found.labels.ravel(), minlength=found.count + 1)[1:].tolist()


def test_the_table_describes_every_object() -> None:
    labels = np.array([[0, 1, 1], [2, 0, 1]], np.int32)
    table = Instances(labels, np.array([0.9, 0.5], np.float32), order=np.array([4, 3])).table()
    assert list(table.columns) == ["id", "score", "class", "order", "area", "box", "centroid"]
    first, second = table.to_dict("records")
    assert (first["id"], first["area"], first["box"], first["centroid"]) == (1, 3, (0, 1, 2, 3), (0.33, 1.67))
    assert (second["id"], second["area"], second["box"], second["centroid"]) == (2, 1, (1, 0, 2, 1), (1, 0))
    assert table["score"].tolist() == pytest.approx([0.9, 0.5])
    assert table["class"].isna().all()
    assert table["order"].tolist() == [4, 3]


def test_nothing_has_a_table_too() -> None:
    nothing = Instances.none((4, 5))
    assert nothing.table().empty
    assert (nothing.count, nothing.labels.shape, nothing.labels.dtype) == (0, (4, 5), np.int32)


def test_selecting_numbers_anew_and_carries_all_columns() -> None:
    labels = np.array([[1, 2, 3, 0]], np.int32)
    found = Instances(labels, np.array([0.1, 0.2, 0.3], np.float32), np.array([5, 6, 7]), np.array([0, 1, 2]))
    kept = found.select(np.array([True, False, True]))
    assert kept.labels.tolist() == [[1, 0, 2, 0]]
    assert kept.labels.dtype == np.int32
    assert kept.scores.tolist() == pytest.approx([0.1, 0.3])
    assert kept.classes is not None
    assert kept.order is not None
    assert (kept.classes.tolist(), kept.order.tolist()) == ([5, 7], [0, 2])
    assert found.labels.tolist() == [[1, 2, 3, 0]]


PAINTED = [
    # masks, scores, min_area, areas by falling score
    pytest.param([box(0, 0, 4, 4), box(0, 4, 4, 4)], [0.2, 0.8], 1, [16, 16], id="side by side"),
    pytest.param([box(0, 0, 4, 4), box(0, 1, 4, 4)], [0.9, 0.8], 1, [16], id="kept a quarter, dropped"),
    pytest.param([box(0, 0, 4, 4), box(0, 2, 4, 4)], [0.9, 0.8], 1, [16, 8], id="kept exactly half"),
    pytest.param(
        [box(0, 0, 4, 4), box(0, 1, 4, 4), box(0, 4, 4, 2)], [0.9, 0.8, 0.1], 1, [16, 8], id="frees its pixels"
    ),
    pytest.param([box(-2, -2, 4, 4)], [0.5], 1, [4], id="cut off at the corner"),
    pytest.param([box(6, 6, 9, 9)], [0.5], 1, [4], id="cut off at the far corner"),
    pytest.param([box(90, 0, 3, 3), box(-9, 0, 3, 3), box(0, 90, 1, 1)], [0.5, 0.5, 0.5], 1, [], id="outside"),
    pytest.param([box(0, 0, 1, 3), box(3, 3, 2, 2)], [0.9, 0.5], 4, [4], id="too small"),
    pytest.param([Mask(0, 0, np.zeros((3, 3), bool))], [0.9], 0, [], id="empty mask"),
    pytest.param([], [], 1, [], id="none"),
]


@pytest.mark.parametrize(("masks", "scores", "min_area", "expected"), PAINTED)
def test_painting(masks: list[Mask], scores: list[float], min_area: int, expected: list[int]) -> None:
    found = paint((8, 8), masks, scores, min_area=min_area)
    assert areas(found) == expected
    assert found.scores.tolist() == sorted(found.scores.tolist(), reverse=True)
    assert found.labels.dtype == np.int32


def test_a_mask_is_placed_and_cut_at_the_border() -> None:
    placed = Mask(-1, 2, np.ones((3, 3), bool)).placed((4, 4))
    assert np.argwhere(placed).tolist() == [[0, 2], [0, 3], [1, 2], [1, 3]]


def test_the_best_score_lies_on_top_and_of_equals_the_earlier() -> None:
    masks = [box(0, 0, 1, 4), box(0, 2, 1, 4)]
    assert paint((1, 6), masks, [0.4, 0.6]).labels.tolist() == [[2, 2, 1, 1, 1, 1]]
    assert paint((1, 6), masks, [0.5, 0.5]).labels.tolist() == [[1, 1, 1, 1, 2, 2]]


def test_classes_and_order_are_carried_along() -> None:
    masks = [box(0, 0, 1, 1), box(0, 0, 1, 1), box(0, 2, 1, 1)]
    found = paint((1, 3), masks, [0.1, 0.2, 0.9], classes=np.array([7, 8, 9]), order=np.array([0, 1, 2]))
    assert found.classes is not None
    assert found.order is not None
    assert (found.classes.tolist(), found.order.tolist()) == ([9, 8], [2, 1])
    empty = paint((1, 3), [], [], classes=np.zeros(0, np.int64))
    assert empty.classes is not None
    assert empty.count == 0


def test_classes_are_called_by_their_names_where_they_have_some() -> None:
    labels = np.array([[1, 2]], np.int32)
    found = Instances(labels, np.ones(2, np.float32), classes=np.array([1, 0]), class_names=("leaf", "pot"))
    assert found.table()["class"].tolist() == ["pot", "leaf"]
    assert found.select(np.array([True, False])).named_classes == ["pot"]
    assert replace(found, class_names=()).named_classes == [1, 0]


def test_as_many_scores_as_masks() -> None:
    with pytest.raises(ValueError, match="1 masks but 2 scores"):
        paint((3, 3), [box(0, 0, 1, 1)], [0.1, 0.2])


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.uint64])
def test_any_ids_become_1_to_n_in_their_order(dtype: type) -> None:
    labels = relabel(np.array([[0, 200], [7, 200], [9, 0]], dtype))
    assert labels.tolist() == [[0, 3], [1, 3], [2, 0]]
    assert labels.dtype == np.int32


@pytest.mark.parametrize(
    ("labels", "expected"), [(np.array([[5, 9]]), [[1, 2]]), (np.zeros((2, 2), int), [[0, 0], [0, 0]])]
)
def test_there_need_not_be_background_or_objects(labels: NDArray[np.int64], expected: list[list[int]]) -> None:
    assert relabel(labels).tolist() == expected


def test_negative_ids_are_refused() -> None:
    with pytest.raises(ImageError, match="negative id -3"):
        relabel(np.array([[0, -3]]))
