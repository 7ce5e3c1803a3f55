"""Kendall's tau of the order in which objects were found (section 4.7 of the RSIS paper)."""

from __future__ import annotations

import numpy as np
import pytest

from napari_leafseg.analysis.order import OrderCorrelation, correlations


def _squares(*boxes: tuple[int, int, int]) -> np.ndarray:
    """Draw squares of (top, left, side) as ids 1, 2, ..."""
    labels = np.zeros((40, 40), np.int32)
    for index, (top, left, side) in enumerate(boxes, start=1):
        labels[top : top + side, left : left + side] = index
    return labels


# From left to right, from top to bottom, and from large to small, at once.
STAIRS = _squares((0, 0, 8), (10, 10, 6), (20, 20, 4), (30, 30, 2))


def test_a_known_order_is_found() -> None:
    """Found from top left and largest to bottom right and smallest."""
    found = correlations(STAIRS, [1, 2, 3, 4])
    assert found == pytest.approx({"right to left": -1, "bottom to top": -1, "large to small": 1})


def test_the_opposite_order_has_the_other_sign() -> None:
    """As the paper says of the orders that its table leaves out."""
    assert correlations(STAIRS, [4, 3, 2, 1]) == pytest.approx(
        {"right to left": 1, "bottom to top": 1, "large to small": -1}
    )


def test_tau_counts_pairs() -> None:
    """One of six pairs exchanged: (5 - 1) / 6."""
    assert correlations(STAIRS, [2, 1, 3, 4])["large to small"] == pytest.approx(4 / 6)


def test_steps_may_have_gaps() -> None:
    """Steps that found nothing leave numbers out; only who came first counts."""
    assert correlations(STAIRS, [3, 7, 8, 20]) == correlations(STAIRS, [1, 2, 3, 4])


def test_each_order_looks_at_its_own_axis() -> None:
    """Objects in one row of equal size are in no vertical order and in none by size."""
    row = _squares((4, 0, 5), (4, 10, 5), (4, 20, 5))
    assert correlations(row, [3, 2, 1]) == pytest.approx({"right to left": 1})


def test_objects_found_at_once_count_neither_way() -> None:
    """Tiles count their steps from one each: equal steps say nothing of an order."""
    assert correlations(STAIRS, [1, 1, 1, 1]) == {}
    assert correlations(STAIRS, [1, 1, 2, 2])["large to small"] == pytest.approx(4 / np.sqrt(4 * 6))


def test_images_are_averaged() -> None:
    """Each image counts once, and those without two objects not at all."""
    collected = OrderCorrelation()
    collected.add(STAIRS, [1, 2, 3, 4])
    collected.add(STAIRS, [2, 1, 3, 4])
    collected.add(_squares((0, 0, 3)), [1])
    collected.add(np.zeros((5, 5), np.int32), [])
    assert collected.as_dict()["tau large to small"] == pytest.approx((1 + 4 / 6) / 2)
    assert OrderCorrelation().as_dict() == {}


def test_as_many_steps_as_objects() -> None:
    """A table of other objects is refused."""
    with pytest.raises(ValueError, match="4 objects but 3 steps"):
        correlations(STAIRS, [1, 2, 3])
