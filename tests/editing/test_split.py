"""Splitting along lines and around seeds: small pictures before and after."""

from __future__ import annotations

import numpy as np
import pytest
from editing.pictures import drawn

from napari_leafseg.core.errors import EditError
from napari_leafseg.editing import split
from napari_leafseg.editing.objects import Objects

BAR = "1111111 1111111 1111111"
U_SHAPE = "11...11 11...11 11...11 1111111 1111111"


def disc(labels: np.ndarray, row: int, column: int, radius: int, value: int) -> None:
    y, x = np.indices(labels.shape)
    labels[(y - row) ** 2 + (x - column) ** 2 <= radius**2] = value


@pytest.mark.parametrize(
    ("before", "line", "expected"),
    [
        pytest.param(BAR, [(0, 4), (2, 4)], "1111222 1111222 1111222", id="no pixel is lost"),
        pytest.param(BAR, [(1, -3), (1, 9)], "1111111 2222222 2222222", id="along"),
        pytest.param(BAR, [(1, 3), (2, 3)], "1112222 1112222 1112222", id="carried on where it stops short"),
        pytest.param(BAR, [(2, 1), (0, 3)], "2222111 2221111 2211111", id="by corners"),
        pytest.param("1111111 2222222", [(-2, 3), (0, 3)], "1113333 2222222", id="not through the neighbour"),
        pytest.param(U_SHAPE, [(1, 0), (1, 6)], "22...33 22...33 11...11 1111111 1111111", id="each part its own id"),
        pytest.param("1111.11 1111.11", [(0, 1), (1, 1)], "2211.11 2211.11", id="a far piece stays with the nearest"),
    ],
)
def test_by_line(after, before, line, expected) -> None:
    result = after(before, lambda objects: split.by_line(objects, line))
    assert parted(result) == parted(expected.split())


def parted(picture: list[str]) -> list[set[int]]:
    """Divide pixels by id: which part is called what is tested apart."""
    flat = "".join(picture)
    return sorted(({i for i, sign in enumerate(flat) if sign == name} for name in set(flat)), key=min)


def test_the_largest_part_keeps_the_id_and_the_next_gets_the_next() -> None:
    objects = Objects(drawn(U_SHAPE.replace("1", "4")))
    edit = split.by_line(objects, [(1, 0), (1, 6)])
    edit.write(objects.labels)
    assert dict(zip(*np.unique(objects.labels, return_counts=True), strict=True))[4] == max(
        Objects(objects.labels).areas.values()
    )
    assert sorted(edit.parents.items()) == [(5, 4), (6, 4)]


def test_slivers_at_the_rim_were_not_meant() -> None:
    """A line that runs along the border for a while leaves crumbs of a few pixels."""
    labels = np.zeros((60, 60), np.uint16)
    labels[10:50, 10:50] = 1
    labels[9, 15:18] = 1
    objects = Objects(labels)
    edit = split.by_line(objects, [(30, 5), (30, 30), (10, 30), (10, 12), (5, 12)])
    edit.write(labels)
    assert sorted(Objects(labels).areas) == [1, 2]


def test_of_two_parts_the_small_one_is_meant(after) -> None:
    labels = np.zeros((60, 60), np.uint16)
    labels[10:50, 10:50] = 1
    objects = Objects(labels)
    edit = split.by_line(objects, [(8, 14), (14, 8)])
    assert 3 <= edit.size <= 30


def test_the_object_under_most_of_the_line_is_split() -> None:
    labels = drawn("1111111 1111111 2222222 1111111")
    edit = split.by_line(Objects(labels), [(0, 3), (2, 3)])
    assert set(np.unique(edit.before)) == {1}


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ([(0, 0), (0, 9)], "meets no object"),
        ([(-9, -9), (-5, -5)], "meets no object"),
        ([(7, 3), (8, 3.5)], "does not divide object 1"),
        ([(6, 3)], "does not divide object 1"),
        ([(6, 3), (6, 3)], "does not divide object 1"),
    ],
)
def test_by_line_says_why_not(line, sentence) -> None:
    labels = np.zeros((30, 40), np.uint16)
    labels[2:28, 2:38] = 1
    with pytest.raises(EditError, match=sentence):
        split.by_line(Objects(labels), line)


def test_seeds_part_an_object_at_its_waists() -> None:
    labels = np.zeros((40, 110), np.uint16)
    for index, column in enumerate((20, 50, 80)):
        disc(labels, 20, column, 17 - index, 3)
    objects = Objects(labels)
    truth = np.argmin([np.abs(np.arange(110) - centre) for centre in (20, 50, 80)], axis=0)
    split.by_seeds(objects, [(20, 18), (18, 52), (22, 83)]).write(labels)
    assert sorted(np.unique(labels)) == [0, 3, 4, 5]
    for part, name in enumerate((3, 4, 5)):
        assert (labels[:, truth == part][labels[:, truth == part] > 0] == name).mean() > 0.95


def test_seeds_part_a_large_object_alike() -> None:
    """Large objects are thinned out: the border between parts may not move by more than the thinning."""
    labels = np.zeros((700, 1200), np.uint16)
    disc(labels, 350, 340, 330, 1)
    disc(labels, 350, 860, 330, 1)
    split.by_seeds(Objects(labels), [(350, 350), (350, 850)]).write(labels)
    right = np.indices(labels.shape)[1] > 600
    assert ((labels == 2) == (right & (labels > 0))).mean() > 0.98 or (
        (labels == 1) == (right & (labels > 0))
    ).mean() > 0.98


def test_every_pixel_of_a_seeded_object_gets_a_part() -> None:
    labels = drawn("1111.11 1111.11 1111.11")
    split.by_seeds(Objects(labels), [(1, 0), (1, 3)]).write(labels)
    assert (labels > 0).sum() == 18
    assert len(np.unique(labels[:, 5:])) == 1


@pytest.mark.parametrize(
    ("seeds", "sentence"),
    [
        ([(0, 0)], "two seeds"),
        ([(0, 0), (0, 3)], "beside the object"),
        ([(0, 0), (0, 6)], "lie on 2 objects"),
        ([(0, 0), (0.2, 0.1)], "same pixel"),
    ],
)
def test_by_seeds_says_why_not(seeds, sentence) -> None:
    with pytest.raises(EditError, match=sentence):
        split.by_seeds(Objects(drawn("111.222 111.222")), seeds)
