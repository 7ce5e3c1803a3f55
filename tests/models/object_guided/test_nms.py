"""Duplicates go, neighbours stay, and the fast comparison is the exact one."""

from __future__ import annotations

import numpy as np
import pytest

from napari_leafseg.core.instances import Mask
from napari_leafseg.models.object_guided.nms import suppress


def _square(top: int, left: int, side: int) -> Mask:
    return Mask(top, left, np.ones((side, side), bool))


def test_of_two_masks_the_first_stays() -> None:
    """Squares of 10 shifted by 2 have an IoU of 80 / 120."""
    masks = [_square(0, 0, 10), _square(0, 2, 10), _square(0, 30, 10)]
    assert suppress(masks, 0.66).tolist() == [0, 2]
    assert suppress(masks, 0.67).tolist() == [0, 1, 2]


def test_what_was_suppressed_suppresses_nobody() -> None:
    """A chain of overlaps: the second goes, so the third stays."""
    masks = [_square(0, 0, 10), _square(0, 4, 10), _square(0, 8, 10)]
    assert suppress(masks, 0.3).tolist() == [0, 2]


def test_masks_without_a_pixel_are_none() -> None:
    empty = Mask(5, 5, np.zeros((4, 4), bool))
    assert suppress([empty, _square(0, 0, 3), Mask(0, 0, np.zeros((0, 0), bool))], 0.5).tolist() == [1]
    assert suppress([], 0.5).tolist() == []


@pytest.mark.parametrize("most", [0.0, 0.2, 0.5])
def test_it_is_greedy_suppression_on_whole_images(most: float) -> None:
    """Against the plain way: every pair compared, pixel by pixel."""
    rng = np.random.default_rng(0)
    masks = [
        Mask(int(top), int(left), rng.random((rows, columns)) < 0.8)
        for top, left, rows, columns in zip(*rng.integers(0, 60, (2, 80)), *rng.integers(1, 30, (2, 80)), strict=True)
    ]
    whole = np.zeros((len(masks), 100, 100), bool)
    for canvas, mask in zip(whole, masks, strict=True):
        canvas[mask.top : mask.top + mask.pixels.shape[0], mask.left : mask.left + mask.pixels.shape[1]] = mask.pixels
    kept: list[int] = []
    for index, canvas in enumerate(whole):
        ious = [(canvas & whole[k]).sum() / (canvas | whole[k]).sum() for k in kept]
        if canvas.any() and all(iou <= most for iou in ious):
            kept.append(index)
    assert suppress(masks, most).tolist() == kept
    assert 1 < len(kept) < len(masks)
