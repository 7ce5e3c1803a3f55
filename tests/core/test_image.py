"""Any array that a file or a layer may hold becomes float32 (height, width, 3), 0 to 1, by one rule."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_leafseg.core.errors import ImageError
from napari_leafseg.core.image import Axes, as_planes, as_rgb

RAMP = np.linspace(0, 1, 200).reshape(10, 20)


@pytest.mark.parametrize(
    ("shape", "names", "leading"),
    [
        ((64, 80), "YX", ""),
        ((64, 80, 3), "YXS", ""),
        ((64, 80, 4), "YXS", ""),
        ((64, 80, 1), "YXS", ""),
        ((64, 80, 2), "ZYX", "Z"),
        ((3, 64, 80), "ZYX", "Z"),
        ((4, 64, 80), "ZYX", "Z"),
        ((7, 64, 80), "ZYX", "Z"),
        ((7, 64, 80, 3), "ZYXS", "Z"),
        ((5, 7, 64, 80), "TZYX", "TZ"),
        ((5, 3, 64, 80, 4), "TZYXS", "TZ"),
        ((1, 1), "YX", ""),
        ((1, 5000), "YX", ""),
        ((5000, 3), "YX", ""),
    ],
)
def test_axes_are_guessed_by_the_written_rule(shape: tuple[int, ...], names: str, leading: str) -> None:
    axes = Axes.guess(shape)
    assert (axes.names, axes.leading) == (names, leading)


@pytest.mark.parametrize("shape", [(), (5,), (2,) * 9])
def test_a_shape_that_is_no_image_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ImageError, match="array of shape"):
        Axes.guess(shape)


@pytest.mark.parametrize("names", ["", "Y", "TX", "YXX", "TYXT", "CYXS", "yx"])
def test_axes_that_mean_nothing_are_refused(names: str) -> None:
    with pytest.raises(ImageError, match="for example TYX or YXS"):
        Axes(names)


@pytest.mark.parametrize(
    ("shape", "names", "planes", "leading"),
    [
        ((4, 5), "XY", (5, 4), ()),
        ((3, 4, 5), "CYX", (4, 5, 3), ()),
        ((3, 4, 5), "TYX", (3, 4, 5), (3,)),
        ((2, 4, 5, 6), "TCYX", (2, 5, 6, 4), (2,)),
        ((4, 5, 6, 7), "YXTZ", (6, 7, 4, 5), (6, 7)),
    ],
)
def test_planes_are_moved_to_the_end(
    shape: tuple[int, ...], names: str, planes: tuple[int, ...], leading: tuple[int, ...]
) -> None:
    moved, found = as_planes(np.zeros(shape), Axes(names))
    assert (moved.shape, found) == (planes, leading)


def test_naming_too_few_axes_is_refused() -> None:
    with pytest.raises(ImageError, match="name 2 axes, but the image has 3"):
        as_planes(np.zeros((3, 4, 5)), Axes("YX"))


@pytest.mark.parametrize(
    ("dtype", "top"),
    [
        (np.uint8, 255),
        (np.int8, 127),
        (np.uint16, 4095),
        (np.int16, 30_000),
        (np.uint32, 4_000_000_000),
        (np.int64, 10**12),
        (np.float16, 1),
        (np.float32, 1e-6),
        (np.float64, 1e30),
    ],
)
def test_every_data_type_reaches_the_whole_range(dtype: type, top: float) -> None:
    rgb = as_rgb((RAMP * top).astype(dtype), contrast="stretch")
    assert rgb.dtype == np.float32
    assert rgb.shape == (10, 20, 3)
    assert (rgb.min(), rgb.max()) == (0, 1)
    np.testing.assert_allclose(rgb[..., 0], RAMP, atol=0.02)


def test_eight_bits_keep_their_range() -> None:
    rgb = as_rgb(np.array([[0, 51, 102]], np.uint8))
    np.testing.assert_allclose(rgb[0, :, 0], [0, 0.2, 0.4])


def test_a_mask_is_black_and_white() -> None:
    assert as_rgb(np.array([[True, False]]))[0, :, 1].tolist() == [1, 0]


def test_colours_are_stretched_together() -> None:
    image = np.stack([RAMP, RAMP / 2, RAMP * 0], axis=2) * 1000
    np.testing.assert_allclose(as_rgb(image)[-1, -1], [1, 0.5, 0], atol=0.01)


def test_alpha_is_dropped_but_a_fourth_channel_counts() -> None:
    image = np.zeros((10, 20, 4), np.uint8)
    image[..., 3] = (RAMP * 255).astype(np.uint8)
    assert as_rgb(image).max() == 0
    assert as_rgb(image, channels="C").max() == 1


@pytest.mark.parametrize("count", [2, 4, 5, 9])
def test_other_channels_become_grey_each_with_its_own_weight(count: int) -> None:
    image = np.stack([RAMP * 10**index for index in range(count)], axis=2)
    rgb = as_rgb(image, channels="C")
    np.testing.assert_allclose(rgb[..., 0], RAMP, atol=0.01)
    assert (rgb[..., 0] == rgb[..., 2]).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (1, 1, 3), (1, 1, 4), (7, 9, 1)])
@pytest.mark.parametrize("dtype", [bool, np.uint8, np.uint16, np.float64])
def test_thin_and_constant_images_are_finite(shape: tuple[int, ...], dtype: type) -> None:
    for value in (0, 1):
        rgb = as_rgb(np.full(shape, value, dtype))
        assert rgb.shape == (*shape[:2], 3)
        assert np.isfinite(rgb).all()


def test_one_bright_pixel_on_black_survives() -> None:
    image = np.zeros((100, 100), np.uint16)
    image[50, 50] = 900
    assert as_rgb(image)[50, 50].tolist() == [1, 1, 1]


@pytest.mark.parametrize(("odd", "becomes"), [(np.nan, 0), (-np.inf, 0), (np.inf, 1)], ids=["NaN", "-inf", "+inf"])
def test_what_is_not_finite_is_darkest_or_brightest(odd: float, becomes: float) -> None:
    image = RAMP.copy()
    image[4, 4] = odd
    rgb = as_rgb(image)
    assert np.isfinite(rgb).all()
    assert rgb[4, 4, 0] == becomes


def test_doubles_beyond_single_precision_count_as_brightest() -> None:
    image = RAMP.copy()
    image[4, 4] = 1e300
    assert as_rgb(image)[4, 4, 0] == 1


@pytest.mark.parametrize(
    ("image", "says"),
    [
        (np.full((4, 4), np.nan), "no finite pixel"),
        (np.full((4, 4, 3), np.inf), "no finite pixel"),
        (np.zeros((4, 4), complex), "complex128 cannot be segmented"),
        (np.array([["a", "b"]]), "cannot be segmented"),
        (np.full((2, 2), None), "object cannot be segmented"),
        (np.zeros(5), "not one plane"),
        (np.zeros((2, 3, 4, 5)), "not one plane"),
        (np.zeros((0, 5)), "none of them zero"),
        (np.zeros((5, 5, 0)), "none of them zero"),
    ],
)
def test_what_is_no_image_is_refused_in_a_sentence(image: NDArray, says: str) -> None:
    with pytest.raises(ImageError, match=says):
        as_rgb(image)


def test_an_unknown_contrast_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="contrast must be one of"):
        as_rgb(RAMP, contrast="best")  # type: ignore[arg-type]


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_the_input_is_not_changed(dtype: type) -> None:
    image = (RAMP * 200).astype(dtype)
    kept = image.copy()
    as_rgb(image)[:] = 7
    np.testing.assert_array_equal(image, kept)
