"""Masks in boxes reach the image's pixels exactly, whatever the grid, the scale and the place."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from napari_leafseg.core.geometry import Geometry
from napari_leafseg.core.paste import paste


def _whole(masks: NDArray[np.float32], boxes: list[list[float]], geometry: Geometry) -> NDArray[np.int64]:
    """Paint the pasted masks one over the other."""
    image = np.zeros(geometry.image_shape, np.int64)
    for index, mask in enumerate(paste(masks, np.array(boxes), geometry, 0.5), 1):
        rows, columns = mask.pixels.shape
        image[mask.top : mask.top + rows, mask.left : mask.left + columns][mask.pixels] = index
    return image


def test_a_mask_of_the_boxs_own_size_comes_back_exactly() -> None:
    pixels = np.random.default_rng(0).integers(0, 2, (1, 7, 9)).astype(np.float32)
    image = _whole(pixels, [[3, 4, 10, 13]], Geometry.scaled((20, 30)))
    np.testing.assert_array_equal(image[3:10, 4:13], pixels[0])
    assert image.sum() == pixels.sum()


def test_network_pixels_are_scaled_to_image_pixels() -> None:
    """Half the size for the network, twice the box for the person."""
    image = _whole(np.ones((1, 2, 2), np.float32), [[2, 3, 5, 7]], Geometry.scaled((40, 40), 0.5))
    rows, columns = np.nonzero(image)
    assert (rows.min(), columns.min(), rows.max() + 1, columns.max() + 1) == (4, 6, 10, 14)


@pytest.mark.parametrize("grid", [1, 5, 14, 56])
def test_values_between_cells_are_bilinear(grid: int) -> None:
    """As scipy interpolates them, one at a time; boxes lie between pixels and are of many sizes."""
    rng = np.random.default_rng(grid)
    masks = rng.random((30, grid, grid), np.float32)
    middle, half = rng.uniform(30, 170, (30, 2)), rng.uniform(1, 60, (30, 2))
    boxes = np.concatenate([middle - half, middle + half], axis=1)
    geometry = Geometry.scaled((200, 200))
    for values, box, found in zip(masks, boxes, paste(masks, boxes, geometry, 0.5), strict=True):
        rows, columns = (
            np.clip((start + np.arange(n) + 0.5 - low) / (high - low) * grid - 0.5, 0, grid - 1)
            for start, n, low, high in (
                (found.top, found.pixels.shape[0], box[0], box[2]),
                (found.left, found.pixels.shape[1], box[1], box[3]),
            )
        )
        wanted = map_coordinates(values, np.meshgrid(rows, columns, indexing="ij"), order=1)
        assert np.all((found.pixels == (wanted > 0.5)) | (np.abs(wanted - 0.5) < 1e-4))


@pytest.mark.parametrize(
    "box", [[-10, -10, 5, 5], [15, 25, 40, 50], [-5, -5, 45, 45], [8, 8, 8, 8], [8.1, 8.1, 8.3, 8.4], [60, 60, 70, 70]]
)
def test_boxes_over_the_border_or_of_no_size_are_cut(box: list[float]) -> None:
    """A network may say any box."""
    image = _whole(np.ones((1, 4, 4), np.float32), [box], Geometry.scaled((20, 30)))
    wanted = np.zeros_like(image)
    top, left, bottom, right = (int(np.ceil(max(v, 0) - 0.5)) for v in box)
    wanted[top:bottom, left:right] = 1
    np.testing.assert_array_equal(image, wanted)


def test_no_masks_give_none() -> None:
    assert paste(np.zeros((0, 4, 4), np.float32), np.zeros((0, 4)), Geometry.scaled((20, 30)), 0.5) == []
