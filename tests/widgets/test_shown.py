"""Images of any axes are laid out so that a layer shows what the network sees."""

import numpy as np
import pytest

from napari_leafseg.core.image import Axes
from napari_leafseg.widgets.shown import axes_of, is_ambiguous, limits_of, shown, smallest_ids


@pytest.mark.parametrize(
    ("shape", "axes", "data_shape", "rgb", "names"),
    [
        ((40, 50), "YX", (40, 50), False, "YX"),
        ((40, 50, 3), "YXS", (40, 50, 3), True, "YXS"),
        ((3, 40, 50), "SYX", (40, 50, 3), True, "YXS"),
        ((5, 40, 50), "CYX", (5, 40, 50), False, "CYX"),
        ((2, 5, 40, 50), "TCYX", (5, 2, 40, 50), False, "CTYX"),
        ((7, 40, 50, 4), "TYXS", (7, 40, 50, 4), True, "TYXS"),
    ],
)
def test_layout(shape, axes, data_shape, rgb, names):
    result = shown(np.zeros(shape, np.uint8), Axes(axes))
    assert (result.data.shape, result.rgb, result.axes.names) == (data_shape, rgb, names)


@pytest.mark.parametrize(
    ("shape", "rgb", "reading", "known", "expected"),
    [
        ((3, 40, 50), False, "stack", None, "ZYX"),
        ((3, 40, 50), False, "colour", None, "SYX"),
        ((5, 40, 50), False, "colour", None, "ZYX"),
        ((40, 50, 3), True, "stack", None, "YXS"),
        ((5, 40, 50), False, "stack", "CYX", "CYX"),
        ((3, 40, 50), False, "colour", "CYX", "CYX"),
        ((3, 40, 50), False, "colour", "TYX", "SYX"),
        ((40, 50), False, "stack", None, "YX"),
        ((2, 2, 40, 50), False, "stack", None, "TZYX"),
    ],
)
def test_axes(shape, rgb, reading, known, expected):
    assert axes_of(shape, rgb, reading, known).names == expected


@pytest.mark.parametrize(
    ("shape", "rgb", "expected"), [((3, 9, 9), False, True), ((3, 9, 9), True, False), ((5, 9, 9), False, False)]
)
def test_ambiguity(shape, rgb, expected):
    assert is_ambiguous(shape, rgb) is expected


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (np.zeros((9, 9), np.uint8), (0, 255)),
        (np.zeros((9, 9), bool), (0, 1)),
        (np.full((9, 9), np.nan), (0, 1)),
        (np.full((9, 9), 7, np.uint16), (7, 8)),
    ],
)
def test_limits(image, expected):
    assert limits_of(image) == expected


@pytest.mark.parametrize(("top", "dtype"), [(0, np.uint16), (65_535, np.uint16), (65_536, np.int32)])
def test_ids_take_two_bytes_while_they_fit(top, dtype):
    assert smallest_ids(np.array([[0, top]], np.int32)).dtype == dtype
