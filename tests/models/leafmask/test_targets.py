"""Objects, their boxes and the locations that answer for them, against cases counted by hand."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from napari_leafseg.models.leafmask.detector import Locations
from napari_leafseg.models.leafmask.targets import answers_for, centreness, find_objects, match
from napari_leafseg.models.leafmask.truth import grid, truth_at


def _labels(*places: tuple[int, slice, slice], size: int = 64) -> Tensor:
    labels = torch.zeros(1, size, size, dtype=torch.int64)
    for value, rows, columns in places:
        labels[0, rows, columns] = value
    return labels


def _none(labels: Tensor) -> Tensor:
    return torch.zeros_like(labels, dtype=torch.bool)


def _locations(size: int = 64) -> Locations:
    strides = (4, 8, 16, 32)
    return Locations(tuple((size // s, size // s) for s in strides), strides, torch.device("cpu"))


def test_boxes_are_the_outer_edges_of_the_pixels() -> None:
    """Ids may be large and have gaps, and repeat from image to image."""
    one = _labels((7, slice(3, 9), slice(10, 20)), (10**12, slice(30, 31), slice(0, 2)))
    two = _labels((7, slice(0, 64), slice(63, 64)))
    labels = torch.cat([one, torch.zeros_like(one), two])
    objects = find_objects(labels, _none(labels))
    assert objects.boxes.tolist() == [[10, 3, 20, 9], [0, 30, 2, 31], [63, 0, 64, 64]]
    assert objects.image.tolist() == [0, 0, 2]
    assert objects.number[0, 5, 12] == 0 and objects.number[2, 5, 63] == 2 and objects.number[1].max() == -1
    assert not objects.open.any()


def test_an_object_half_ignored_keeps_what_is_seen_and_is_open_there() -> None:
    """And an object that is ignored altogether is none."""
    labels = _labels((1, slice(10, 20), slice(10, 30)), (2, slice(40, 50), slice(22, 30)))
    ignore = _none(labels)
    ignore[0, 5:55, 20:40] = True
    objects = find_objects(labels, ignore)
    assert objects.boxes.tolist() == [[10, 10, 20, 20]]
    # All its last pixels before the region touch it, those of the top and bottom rows too.
    assert objects.open.tolist() == [[False, True, True, True]]


@pytest.mark.parametrize(
    ("columns", "open_sides"),
    [((22, 26), [False] * 4), ((28, 40), [False, False, True, False]), ((0, 12), [True, False, False, False])],
)
def test_only_sides_at_the_ignored_region_are_open(columns: tuple[int, int], open_sides: list[bool]) -> None:
    """A hole in the object opens none."""
    labels = _labels((1, slice(10, 20), slice(10, 30)))
    ignore = _none(labels)
    ignore[0, 13:17, slice(*columns)] = True
    objects = find_objects(labels, ignore)
    assert objects.boxes.tolist() == [[10, 10, 30, 20]]
    assert objects.open.tolist() == [open_sides]


def test_the_middle_of_a_small_object_answers_for_it() -> None:
    """8 px at stride 4: four locations; 1 px that holds a location: one."""
    labels = _labels((1, slice(8, 16), slice(8, 16)), (2, slice(34, 35), slice(34, 35)))
    matches = match(find_objects(labels, _none(labels)), _locations(), _none(labels))
    assert [(2 + 4 * (i % 16), 2 + 4 * (i // 16)) for i in matches.index[matches.number == 0].tolist()] == [
        (10, 10), (14, 10), (10, 14), (14, 14),
    ]  # fmt: skip
    assert (matches.number == 1).sum() <= 1


@pytest.mark.parametrize(
    ("side", "level"), [(8, {0}), (32, {0}), (60, {0, 1}), (120, {1, 2}), (250, {2, 3}), (500, {3})]
)
def test_larger_objects_are_answered_for_at_coarser_levels(side: int, level: set[int]) -> None:
    """The farthest side of a box is half its length from the middle, and a little more around it."""
    start = 6
    box = torch.tensor([[start, start, start + side, start + side]], dtype=torch.float32)
    locations = _locations(512)
    found = answers_for(box, locations)[:, 0]
    assert found.any()
    assert set(locations.level[found].tolist()) <= level
    reach = 1.5 * locations.stride[found]
    assert bool(((locations.centres[found] - (start + side / 2)).abs().amax(1) < reach).all())


def test_where_boxes_overlap_the_smallest_object_is_meant() -> None:
    labels = _labels((1, slice(4, 28), slice(4, 28)), (2, slice(14, 22), slice(14, 22)))
    matches = match(find_objects(labels, _none(labels)), _locations(), _none(labels))
    middle = (matches.index == 4 + 4 * 16).nonzero().item()
    assert matches.number[middle] == 1
    assert (matches.number == 0).any()


def test_ignored_locations_answer_for_nothing_and_do_not_count() -> None:
    labels = _labels((1, slice(8, 16), slice(8, 16)))
    ignore = _none(labels)
    ignore[0, 8:13, :] = True
    matches = match(find_objects(labels, ignore), _locations(), ignore)
    assert not matches.counted[0, 2 * 16 + 2]
    assert matches.counted[0, 3 * 16 + 2]
    assert set((matches.index // 16).tolist()) == {3}


def test_without_objects_nothing_is_matched() -> None:
    labels = _labels()
    matches = match(find_objects(labels, _none(labels)), _locations(), _none(labels))
    assert len(matches.index) == 0 and bool(matches.counted.all())


def test_centreness_by_hand() -> None:
    """Square root of min / max across, times min / max along (FCOS, Eq. 3)."""
    index = torch.tensor([0, 1])
    boxes = torch.tensor([[0.0, 0.0, 4.0, 4.0], [2.0, 0.0, 18.0, 4.0]])
    assert centreness(boxes, _locations(), index).tolist() == pytest.approx([1, (4 / 12) ** 0.5])


def test_truth_between_pixels() -> None:
    """A pixel's middle is at one half; between two pixels it is the mean of both; unknown beside ignored ones."""
    labels = _labels((5, slice(0, 4), slice(0, 4)))
    ignore = _none(labels)
    ignore[0, 3, :] = True
    objects = find_objects(labels, ignore)
    points = torch.tensor([[[0.5, 0.5], [4.0, 1.5], [4.25, 1.5], [9.0, 9.0], [1.5, 3.0]]])
    share, known = truth_at(objects, ignore, torch.tensor([0]), points)
    assert share[0].tolist() == pytest.approx([1, 0.5, 0.25, 0, 0.5])
    assert known[0].tolist() == [True, True, True, True, False]


def test_truth_is_of_the_object_asked_for() -> None:
    labels = torch.cat([_labels((1, slice(0, 8), slice(0, 8))), _labels((1, slice(8, 16), slice(0, 8)))])
    objects = find_objects(labels, _none(labels))
    point = torch.tensor([[[4.5, 12.5]]])
    shares = [truth_at(objects, _none(labels), torch.tensor([n]), point)[0].item() for n in (0, 1)]
    assert shares == [0, 1]


def test_grid_runs_along_rows() -> None:
    assert grid(2, torch.device("cpu")).tolist() == [[[0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75]]]
