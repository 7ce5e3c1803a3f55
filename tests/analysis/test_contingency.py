"""The table of overlaps counts right whatever the ids, and refuses what cannot be compared."""

from __future__ import annotations

import numpy as np
import pytest

from napari_leafseg.analysis.contingency import contingency
from napari_leafseg.core.errors import ImageError

PREDICTION = np.array([[1, 1, 0, 2], [1, 0, 2, 2]])
TRUTH = np.array([[1, 1, 1, 0], [0, 2, 2, 2]])


def as_pairs(prediction: np.ndarray, truth: np.ndarray, ignore: np.ndarray | None = None) -> list[tuple[int, int, int]]:
    table = contingency(prediction, truth, ignore)
    return [tuple(map(int, row)) for row in zip(table.predicted, table.true, table.shared, strict=True)]  # type: ignore[misc]


def test_overlaps_are_counted_and_background_is_left_out() -> None:
    table = contingency(PREDICTION, TRUTH)
    assert table.predicted_area.tolist() == [3, 3]
    assert table.true_area.tolist() == [3, 3]
    assert as_pairs(PREDICTION, TRUTH) == [(0, 0, 2), (1, 1, 2)]
    assert table.dice.tolist() == pytest.approx([4 / 6, 4 / 6])
    assert table.iou.tolist() == pytest.approx([2 / 4, 2 / 4])


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64])
@pytest.mark.parametrize("ids", [(1, 2), (3, 90), (100, 101)])
def test_neither_ids_nor_data_type_matter(dtype: type, ids: tuple[int, int]) -> None:
    renamed = np.array([0, *ids], dtype)[PREDICTION]
    assert as_pairs(renamed, TRUTH) == as_pairs(PREDICTION, TRUTH)
    assert as_pairs(TRUTH, renamed) == as_pairs(TRUTH, PREDICTION)


@pytest.mark.parametrize("background", [True, False])
def test_huge_ids_need_no_huge_table(background: bool) -> None:
    lowest = 0 if background else 7
    huge = np.array([lowest, 2_000_000_000, 2_000_000_001], np.uint32)[PREDICTION]
    plain = np.array([0, 2, 3] if background else [1, 2, 3])[PREDICTION]
    assert as_pairs(huge, TRUTH) == as_pairs(plain, TRUTH)


def test_a_mask_counts_as_one_object() -> None:
    assert contingency(PREDICTION > 0, TRUTH).predicted_area.tolist() == [6]


def test_ignored_pixels_are_taken_out_of_both() -> None:
    ignore = PREDICTION == 1
    table = contingency(PREDICTION, TRUTH, ignore)
    assert table.predicted_area.tolist() == [3]
    assert table.true_area.tolist() == [1, 3]
    assert as_pairs(PREDICTION, TRUTH, ignore) == [(0, 1, 2)]


@pytest.mark.parametrize(
    ("prediction", "truth", "says"),
    [
        (np.zeros((2, 3), int), np.zeros((3, 2), int), "2 x 3 pixels but the true labels 3 x 2"),
        (np.zeros((2, 3)), np.zeros((2, 3), int), "holds float64 values"),
        (np.zeros((2, 3), int), np.full((2, 3), -4), "negative id -4"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_a_sentence(prediction: np.ndarray, truth: np.ndarray, says: str) -> None:
    with pytest.raises(ImageError, match=says):
        contingency(prediction, truth)


def test_an_ignore_mask_of_another_size_is_refused() -> None:
    with pytest.raises(ImageError, match="ignore mask 1 x 1"):
        contingency(PREDICTION, TRUTH, np.zeros((1, 1), bool))
