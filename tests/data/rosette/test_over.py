"""What lies over a plant hides it from the picture and from the truth alike."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_leafseg.data.rosette.chance import Chance
from napari_leafseg.data.rosette.ground_ranges import Ground
from napari_leafseg.data.rosette.over import paint_over
from napari_leafseg.data.rosette.scene import Canvas, Frame

NOTHING = dict.fromkeys(("string", "stick", "drops", "cropped"), 0.0)
SIZE = 160


def scene() -> tuple[Canvas, NDArray[np.int32]]:
    """An even green canvas that is all leaf but for its border."""
    image = np.empty((SIZE, SIZE, 3), np.float32)
    image[...] = (0.2, 0.5, 0.2)
    labels = np.zeros((SIZE, SIZE), np.int32)
    labels[20:140, 30:80], labels[20:140, 80:120] = 1, 2
    return Canvas(image, np.zeros((SIZE, SIZE), np.float32), np.zeros((SIZE, SIZE), np.float32)), labels


def cover(seed: int, **probabilities: float) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.int32]]:
    """Return what the picture shows changed, what the labels lost, and the labels."""
    canvas, labels = scene()
    before = labels.copy()
    ground = Ground(**{**NOTHING, **probabilities})
    paint_over(Chance(seed), ground, Frame(SIZE, 0.6, (80.0, 75.0)), canvas, labels)
    changed = np.abs(canvas.image - np.array((0.2, 0.5, 0.2), np.float32)).max(axis=2)
    return changed > 1e-4, (before > 0) & (labels == 0), labels


@pytest.mark.parametrize("thing", ["string", "stick"])
def test_what_is_hidden_is_no_leaf(thing: str) -> None:
    hidden = 0
    for seed in range(12):
        changed, lost, labels = cover(seed, **{thing: 1.0})
        hidden += int(lost.any())
        assert changed[lost].all()
        # Only the soft edge may be painted without being lost.
        assert np.count_nonzero(changed & (labels > 0)) <= 4 * SIZE + 0.5 * np.count_nonzero(lost)
        assert set(np.unique(labels)) <= {0, 1, 2}
    assert hidden >= 6


def test_drops_are_clear() -> None:
    for seed in range(6):
        changed, lost, _ = cover(seed, drops=1.0)
        assert changed.any()
        assert not lost.any()


def test_a_crop_is_black_and_keeps_every_leaf() -> None:
    outside = []
    for seed in range(12):
        changed, lost, labels = cover(seed, cropped=1.0)
        assert not lost.any()
        assert not changed[labels > 0].any()
        outside.append(np.mean(changed))
    assert min(outside) > 0.02


def test_mostly_nothing_lies_over_a_plant() -> None:
    touched = 0
    for seed in range(200):
        canvas, labels = scene()
        paint_over(Chance(seed), Ground(), Frame(SIZE, 0.6, (80.0, 75.0)), canvas, labels)
        touched += not (canvas.image == canvas.image[0, 0]).all()
    assert 0.05 < touched / 200 < 0.25


def test_a_picture_without_leaves_is_not_cropped() -> None:
    canvas, labels = scene()
    labels[:] = 0
    paint_over(Chance(1), Ground(**{**NOTHING, "cropped": 1.0}), Frame(SIZE, 0.6, (80.0, 80.0)), canvas, labels)
    assert canvas.image.min() > 0
