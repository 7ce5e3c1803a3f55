"""A leaf covers the pixels of its outline, in one piece, wherever in the picture it lies."""

import dataclasses

import numpy as np
import pytest
from scipy import ndimage

from napari_leafseg.data.rosette.outline import STEPS, Outline
from napari_leafseg.data.rosette.plant import Leaf
from napari_leafseg.data.rosette.scene import Frame
from napari_leafseg.data.rosette.stamp import stamp

LEAF = Leaf(
    index=0, youth=0.0, rank=0, angle=0, length=80, petiole=0.3, width=20, stalk=4, bend=0, seed_leaf=False,
    maturity=1, lift=0,
)  # fmt: skip
BAND = Outline(np.full(STEPS + 1, 10, np.float32), np.full(STEPS + 1, 10, np.float32))
FRAME = Frame(200, 1.0, (100.0, 100.0))


def mask_of(leaf, outline=BAND, frame=FRAME, squash=1.0):
    mask = np.zeros(frame.size**2, bool)
    mask[stamp(leaf, outline, frame, squash).inside] = True
    return mask.reshape(frame.size, frame.size)


@pytest.mark.parametrize("angle", [0, 33, 90, 137.5, 200, 301])
def test_the_area_is_the_outline_s_whatever_the_direction(angle):
    mask = mask_of(dataclasses.replace(LEAF, angle=angle))

    assert mask.sum() == pytest.approx(80 * 20, rel=0.07)


def test_it_points_where_its_angle_says():
    rows, columns = np.nonzero(mask_of(dataclasses.replace(LEAF, angle=90)))

    assert rows.mean() == pytest.approx(140, abs=1)
    assert columns.mean() == pytest.approx(100, abs=1)


def test_a_bend_moves_the_tip_sideways():
    rows, _ = np.nonzero(mask_of(dataclasses.replace(LEAF, bend=0.4))[:, 160:])

    assert rows.mean() > 115


def test_along_and_side_run_from_base_to_tip_and_from_margin_to_margin():
    laid = stamp(LEAF, BAND, FRAME)

    assert (laid.along.min(), laid.along.max()) == pytest.approx((0, 1), abs=0.02)
    assert (laid.side.min(), laid.side.max()) == pytest.approx((-1, 1), abs=0.06)
    assert laid.cover.max() == 1


@pytest.mark.parametrize("width", [0.8, 1.0, 3.0])
@pytest.mark.parametrize("angle", [0, 27, 45, 61])
def test_even_a_thin_stalk_is_one_piece(width, angle):
    thin = Outline(np.full(STEPS + 1, width, np.float32), np.full(STEPS + 1, width, np.float32))

    assert ndimage.label(mask_of(dataclasses.replace(LEAF, angle=angle), thin), np.ones((3, 3)))[1] == 1


def test_what_leaves_the_picture_and_comes_back_stays_one_piece():
    # A bow whose middle lies above the upper border.
    bow = dataclasses.replace(LEAF, length=180, bend=0.9, angle=-60)
    mask = mask_of(bow, frame=Frame(200, 1.0, (30.0, 5.0)))

    assert ndimage.label(mask, np.ones((3, 3)))[1] == 1


def test_a_leaf_outside_the_picture_covers_nothing():
    assert not mask_of(LEAF, frame=Frame(200, 1.0, (100.0, 900.0))).any()


def test_a_squashed_picture_is_lower_and_not_narrower():
    rows, columns = np.nonzero(mask_of(dataclasses.replace(LEAF, angle=90), squash=0.5))

    assert np.ptp(rows) == pytest.approx(40, abs=2)
    assert np.ptp(columns) == pytest.approx(20, abs=2)
