"""Growing, shrinking, filling and smoothing: small pictures before and after."""

from __future__ import annotations

import numpy as np
import pytest
from editing.pictures import drawn

from napari_leafseg.core.errors import EditError
from napari_leafseg.editing import shape
from napari_leafseg.editing.objects import Objects

DOT = "..... ..... ..1.. ..... ....."
SQUARE = "....... .11111. .11111. .11111. .11111. .11111. ......."


@pytest.mark.parametrize(
    ("before", "pixels", "expected"),
    [
        pytest.param(DOT, 1, "..... ..1.. .111. ..1.. .....", id="one"),
        pytest.param(DOT, 1.5, "..... .111. .111. .111. .....", id="round"),
        pytest.param("1.... ..... .....", 9, "11111 11111 11111", id="to the image's border"),
        pytest.param("1.2.. 1.2..", 3, "112.. 112..", id="never across a neighbour"),
        pytest.param("1.2.. 1.2.. .....", 4, "11211 11211 1111.", id="around a neighbour where there is room"),
    ],
)
def test_grow(after, before, pixels, expected) -> None:
    assert after(before, lambda objects: shape.grow(objects, 1, pixels)) == expected.split()


@pytest.mark.parametrize(
    ("before", "pixels", "expected"),
    [
        pytest.param(SQUARE, 1, "....... ....... ..111.. ..111.. ..111.. ....... .......", id="one"),
        pytest.param(SQUARE, 2, "....... ....... ....... ...1... ....... ....... .......", id="two"),
        pytest.param("1111. 1111. 1111.", 1, "111.. 111.. 111..", id="not from the image's border"),
        pytest.param("11112 11112 11112", 1, "111.2 111.2 111.2", id="away from neighbours too"),
    ],
)
def test_shrink(after, before, pixels, expected) -> None:
    assert after(before, lambda objects: shape.shrink(objects, 1, pixels)) == expected.split()


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        pytest.param("1111 1..1 1111", "1111 1111 1111", id="a hole"),
        pytest.param("11111 1.2.1 11111", "11111 11211 11111", id="others in the hole stay"),
        pytest.param("11111 1.1.. 11111", "11111 111.. 11111", id="a bay is no hole"),
    ],
)
def test_fill_holes(after, before, expected) -> None:
    assert after(before, lambda objects: shape.fill_holes(objects, 1)) == expected.split()


@pytest.mark.parametrize(
    ("operation", "before", "sentence"),
    [
        (lambda o: shape.grow(o, 1, 1), "12 22", "stays as it is"),
        (lambda o: shape.grow(o, 1, 0), DOT, "stays as it is"),
        (lambda o: shape.shrink(o, 1, 3), SQUARE, "at most 6 pixels wide"),
        (lambda o: shape.shrink(o, 1, 1), "11 11", "fills the whole image"),
        (lambda o: shape.fill_holes(o, 1), "11. 1.. 11.", "has no holes"),
        (lambda o: shape.smooth(o, 1, 2), DOT, "would be left"),
        (lambda o: shape.grow(o, 4), DOT, "no object 4"),
    ],
)
def test_says_why_not(operation, before, sentence) -> None:
    with pytest.raises(EditError, match=sentence):
        operation(Objects(drawn(before)))


def blocks() -> np.ndarray:
    """Two touching objects; the left one with a spike, a notch and an open side at the image's border."""
    labels = np.zeros((60, 80), np.uint16)
    labels[10:50, 0:40] = 1
    labels[10:50, 40:70] = 2
    labels[5:10, 20] = 1
    labels[48:50, 20:22] = 0
    return labels


def test_smoothing_takes_spikes_and_fills_notches() -> None:
    labels = blocks()
    shape.smooth(Objects(labels), 1, 2).write(labels)
    assert not labels[5:9, 20].any()
    assert (labels[48, 20:22] == 1).all()


def test_smoothing_keeps_the_neighbour_and_the_border_to_it() -> None:
    labels = blocks()
    shape.smooth(Objects(labels), 1, 3).write(labels)
    assert np.array_equal(labels == 2, blocks() == 2)
    assert (labels[14:46, 38:40] == 1).all(), "no gap opens between neighbours"
    assert (labels[14:46, 0] == 1).all(), "the image's border is no border of the object"
