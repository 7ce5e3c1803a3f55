"""Soft IoU and the Hungarian algorithm, against cases counted by hand."""

from __future__ import annotations

import pytest
import torch

from napari_leafseg.models.rsis.matching import match, soft_iou


def _row(*values: float) -> torch.Tensor:
    return torch.tensor([[values]])


def test_soft_iou_of_halves() -> None:
    """Two pixels at 0.5 against one true one: 0.5 / (1 + 1 - 0.5) = 1/3."""
    cost = soft_iou(_row(0.5, 0.5, 0.0), _row(1, 0, 0) > 0, torch.ones(1, 3, dtype=torch.bool))
    assert cost.shape == (1, 1)
    assert float(cost) == pytest.approx(2 / 3, abs=1e-5)


def test_what_is_ignored_counts_neither_way() -> None:
    """The middle pixel is wrong, and not looked at."""
    valid = torch.tensor([[True, False, True]])
    assert float(soft_iou(_row(1, 1, 0), _row(1, 0, 0) > 0, valid)) == pytest.approx(0, abs=1e-5)


def test_the_cheapest_assignment_is_found() -> None:
    """Not the greedy one: step 0 gives way, though object 0 suits it best."""
    cost = torch.tensor([[0.1, 0.2], [0.15, 0.9]])
    steps, objects = match(cost)
    assert steps.tolist() == [0, 1]
    assert objects.tolist() == [1, 0]


def test_only_the_first_steps_take_part() -> None:
    """With one object, the second step is not learned from, though it is perfect."""
    assert [part.tolist() for part in match(torch.tensor([[0.9], [0.0]]))] == [[0], [0]]


def test_of_more_objects_than_steps_the_easiest_are_learned() -> None:
    """Two steps, three objects."""
    cost = torch.tensor([[0.9, 0.8, 0.1], [0.2, 0.9, 0.9]])
    assert match(cost)[1].tolist() == [2, 0]


def test_the_order_breaks_ties_and_no_more() -> None:
    """Equal costs: object by object in their order; a clear preference stays."""
    assert match(torch.ones(3, 3), 2.0)[1].tolist() == [0, 1, 2]
    clear = torch.tensor([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0], [1.0, 1.0, 0.0]])
    assert match(clear, 0.5)[1].tolist() == [1, 0, 2]
    assert match(clear, 5.0)[1].tolist() == [0, 1, 2]


def test_no_object_is_no_pair() -> None:
    """An empty window."""
    assert all(len(part) == 0 for part in match(torch.zeros(4, 0), 2.0))
