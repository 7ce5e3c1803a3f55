"""The demo's pictures are the same everywhere, and their labels are true."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from napari_leafseg.data.nuclei import draw_nuclei
from napari_leafseg.data.rosette import draw_rosette

Draw = Callable[..., Any]
both = pytest.mark.parametrize("draw", [draw_nuclei, draw_rosette])


@both
def test_the_same_seed_draws_the_same_picture(draw: Draw) -> None:
    (image, labels), (again, same) = draw(128, 8, seed=3), draw(128, 8, seed=3)
    assert np.array_equal(image, again) and np.array_equal(labels, same)
    assert not np.array_equal(image, draw(128, 8, seed=4)[0])


@both
@pytest.mark.parametrize(("size", "count"), [(512, 12), (200, 1), (64, 60), (40, 0)])
def test_ids_are_consecutive_at_every_size(draw: Draw, size: int, count: int) -> None:
    image, labels = draw(size, count, seed=1)
    assert image.dtype == np.uint8 and labels.dtype == np.int32
    assert image.shape[:2] == labels.shape == (size, size)
    assert np.array_equal(np.unique(labels[labels > 0]), np.arange(1, labels.max() + 1))
    assert labels.max() <= count


def test_the_demo_is_full() -> None:
    assert draw_nuclei()[1].max() >= 50
    assert draw_rosette()[1].max() == 12


def test_nuclei_are_bright_and_touch() -> None:
    image, labels = draw_nuclei()
    assert image.ndim == 2
    assert image[labels > 0].mean() > 5 * image[labels == 0].mean()
    neighbours = (labels[:, 1:] != labels[:, :-1]) & (labels[:, 1:] > 0) & (labels[:, :-1] > 0)
    assert neighbours.sum() > 50


def test_leaves_are_green_on_brown() -> None:
    image, labels = draw_rosette()
    greener = image[:, :, 1].astype(int) - image[:, :, 0]
    assert greener[labels > 0].mean() > 20 > 0 > greener[labels == 0].mean()
