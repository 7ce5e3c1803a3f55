"""An image goes to the network's frame, and labels come back to the same pixels."""

from __future__ import annotations

import numpy as np
import pytest

from napari_leafseg.core.geometry import Geometry

SHAPES = [(1, 1), (1, 5000), (37, 53), (64, 64), (200, 31)]


@pytest.mark.parametrize(
    ("shape", "scale", "multiple", "scaled", "padded"),
    [
        ((100, 60), 1, 1, (100, 60), (100, 60)),
        ((100, 60), 1, 32, (100, 60), (128, 64)),
        ((100, 60), 0.5, 16, (50, 30), (64, 32)),
        ((100, 60), 2, 1, (200, 120), (200, 120)),
        ((1, 5000), 0.01, 8, (1, 50), (8, 56)),
    ],
)
def test_sizes(
    shape: tuple[int, int], scale: float, multiple: int, scaled: tuple[int, int], padded: tuple[int, int]
) -> None:
    geometry = Geometry.scaled(shape, scale, multiple=multiple)
    assert (geometry.scaled_shape, geometry.padded_shape) == (scaled, padded)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("scale", [0.3, 1, 1.7])
@pytest.mark.parametrize("multiple", [1, 16])
def test_there_and_back_has_the_right_shapes(shape: tuple[int, int], scale: float, multiple: int) -> None:
    geometry = Geometry.scaled(shape, scale, multiple=multiple)
    seen = geometry.to_network(np.random.default_rng(0).random((*shape, 3), np.float32))
    assert seen.shape == (*geometry.padded_shape, 3)
    assert seen.flags.c_contiguous
    for size in (geometry.padded_shape, geometry.scaled_shape):
        assert geometry.to_image(np.zeros(size, np.int32)).shape == shape


@pytest.mark.parametrize("scale", [0.5, 0.75, 1, 1.5, 2, 3])
def test_labels_come_back_to_their_pixels(scale: float) -> None:
    """Centres are aligned: nothing drifts, whatever the scale."""
    geometry = Geometry.scaled((60, 90), scale, multiple=32)
    image = np.zeros((60, 90, 1), np.float32)
    image[20:40, 30:60] = 1
    back = geometry.to_image(geometry.to_network(image)[..., 0] > 0.5)
    rows, columns = np.nonzero(back)
    assert abs(rows.mean() - 29.5) < 0.6
    assert abs(columns.mean() - 44.5) < 0.6
    assert abs(int(back.sum()) - 600) < 60


def test_the_scale_of_one_changes_nothing() -> None:
    labels = np.arange(12, dtype=np.int32).reshape(3, 4)
    geometry = Geometry.scaled((3, 4), multiple=8)
    padded = np.pad(labels, ((0, 5), (0, 4)))
    np.testing.assert_array_equal(geometry.to_image(padded), labels)
    assert geometry.to_image(padded).dtype == np.int32


def test_padding_repeats_the_border() -> None:
    image = np.arange(6, dtype=np.float32).reshape(2, 3, 1)
    seen = Geometry.scaled((2, 3), multiple=4).to_network(image)[..., 0]
    assert seen.tolist() == [[0, 1, 2, 2], [3, 4, 5, 5], [3, 4, 5, 5], [3, 4, 5, 5]]


def test_shrinking_averages() -> None:
    checks = (np.indices((64, 64)).sum(axis=0) % 2).astype(np.float32)[..., np.newaxis]
    seen = Geometry.scaled((64, 64), 0.25).to_network(checks)
    np.testing.assert_allclose(seen[2:-2, 2:-2], 0.5, atol=0.05)


def test_stretching_need_not_keep_the_aspect() -> None:
    geometry = Geometry.stretched((100, 50), (224, 224))
    assert geometry.scale == (2.24, 4.48)
    assert geometry.area_scale == pytest.approx(224 * 224 / 5000)
    labels = np.repeat(np.array([1, 2], np.int32), 112)[np.newaxis].repeat(224, axis=0)
    assert geometry.to_image(labels)[0].tolist() == [1] * 25 + [2] * 25


@pytest.mark.parametrize("scale", [0.5, 1, 2])
def test_points_follow_the_pixels(scale: float) -> None:
    geometry = Geometry.scaled((100, 100), scale)
    row, column = geometry.point_to_network(9.5, 49.5)
    assert (row, column) == pytest.approx((10 * scale - 0.5, 50 * scale - 0.5))
