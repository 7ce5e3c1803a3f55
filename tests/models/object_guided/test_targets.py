"""Objects, boxes and heatmaps by hand; what nobody knows is not taught."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from napari_leafseg.models.object_guided.boxes import radius
from napari_leafseg.models.object_guided.targets import CentreTargets, Objects, centre_targets, find_objects


def _labels(*rectangles: tuple[int, int, int, int, int], side: int = 32) -> NDArray[np.int64]:
    labels = np.zeros((side, side), np.int64)
    for number, top, left, bottom, right in rectangles:
        labels[top:bottom, left:right] = number
    return labels


def _objects(labels: NDArray[np.int64], ignore: NDArray[np.bool_] | None = None) -> Objects:
    return find_objects(labels, np.zeros(labels.shape, bool) if ignore is None else ignore)


def _centres(labels: NDArray[np.int64], ignore: NDArray[np.bool_] | None = None, stride: int = 4) -> CentreTargets:
    ignore = np.zeros(labels.shape, bool) if ignore is None else ignore
    return centre_targets([find_objects(labels, ignore)], ignore[None], stride, torch.device("cpu"))


def test_an_object_is_its_largest_connected_piece() -> None:
    """Corners do not connect; ids are arbitrary."""
    labels = _labels((900, 2, 3, 8, 10), (900, 8, 10, 12, 14), (7, 20, 20, 25, 31))
    found = _objects(labels)
    assert found.boxes.tolist() == [[2, 3, 8, 10], [20, 20, 25, 31]]
    assert np.array_equal(found.pieces == 1, _labels((1, 2, 3, 8, 10)) == 1)
    assert np.array_equal(found.pieces == 2, labels == 7)


@pytest.mark.parametrize(("extent", "count"), [(2, 0), (3, 1)])
def test_objects_of_two_pixels_are_not_learned(extent: int, count: int) -> None:
    assert len(_objects(_labels((1, 5, 5, 5 + extent, 15))).boxes) == count


def test_what_the_border_cuts_is_learned_as_it_is_seen() -> None:
    found = _objects(_labels((1, 0, 0, 6, 4)))
    assert found.boxes.tolist() == [[0, 0, 6, 4]] and found.whole.all()


def test_what_goes_on_under_ignored_pixels_has_no_known_box() -> None:
    """Its mask is learned where it is seen; its centre, size and the heatmap there are not."""
    labels = _labels((1, 4, 4, 12, 12), (2, 20, 20, 28, 28))
    ignore = np.zeros(labels.shape, bool)
    ignore[:, 10:16] = True
    found = find_objects(labels, ignore)
    assert found.boxes.tolist() == [[4, 4, 12, 10], [20, 20, 28, 28]]
    assert found.whole.tolist() == [False, True]
    assert np.array_equal(found.doubtful, (labels == 1) & ~ignore)
    wanted = _centres(labels, ignore)
    assert wanted.row.tolist() == [6] and wanted.column.tolist() == [6]
    assert float(wanted.heat[0, 2, 2]) == 0
    expected = np.ones((8, 8))
    expected[:, 2:4] = 0  # the ignored columns 10 to 15
    expected[1:3, 1:3] = 0  # what is seen of object 1
    np.testing.assert_array_equal(wanted.counts[0].numpy(), expected)


def test_no_object_no_centre() -> None:
    wanted = _centres(np.zeros((32, 32), np.int64))
    assert len(wanted.row) == 0 and float(wanted.heat.max()) == 0 and float(wanted.counts.min()) == 1


@pytest.mark.parametrize(("side", "reach"), [(20, 5), (50, 13), (1, 0)])
def test_the_radius_is_the_one_of_the_published_code(side: int, reach: int) -> None:
    """About 0.273 of a square's side; a true overlap of 0.7 would give less."""
    assert radius(side, side) == reach


def test_centres_are_cut_to_cells_and_offsets_are_what_is_left() -> None:
    """Rows 3 to 12 have their centre at 8.0, which is cell 2; columns 5 to 19 at 12.5, cell 3."""
    wanted = _centres(_labels((1, 3, 5, 13, 20)))
    assert (wanted.row.tolist(), wanted.column.tolist()) == ([2], [3])
    assert wanted.offset.tolist() == [[0.0, 0.125]]
    assert wanted.extent.tolist() == [[10.0, 15.0]]


def test_the_heatmap_is_a_gaussian_with_a_third_of_the_radius_and_a_sixth() -> None:
    """By hand: 80 px are 20 cells, radius 5, deviation 11 / 6."""
    wanted = _centres(_labels((1, 24, 24, 104, 104), side=128))
    heat = wanted.heat[0].numpy()
    assert heat[16, 16] == 1
    assert heat[16, 19] == pytest.approx(math.exp(-9 / (2 * (11 / 6) ** 2)), rel=1e-5)
    assert heat[14, 17] == pytest.approx(math.exp(-5 / (2 * (11 / 6) ** 2)), rel=1e-5)
    assert heat[16, 22] == 0 and heat[16, 21] > 0


def test_where_gaussians_meet_the_larger_counts() -> None:
    labels = _labels((1, 8, 8, 108, 108), (2, 60, 60, 90, 90), side=128)  # one within the other
    first, second = (_centres(np.where(labels == number, number, 0)).heat for number in (1, 2))
    assert float(torch.minimum(first, second).max()) > 0
    assert torch.equal(_centres(labels).heat, torch.maximum(first, second))


def test_labels_under_the_ignore_mask_are_not_looked_at() -> None:
    labels = _labels((1, 4, 4, 12, 12))
    ignore = _labels((1, 8, 0, 32, 32)) > 0
    scrambled = np.where(ignore, np.random.default_rng(0).integers(0, 9, labels.shape), labels)
    first, second = find_objects(labels, ignore), find_objects(scrambled, ignore)
    for name in ("pieces", "boxes", "whole", "doubtful"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
