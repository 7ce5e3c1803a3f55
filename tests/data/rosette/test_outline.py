"""Outlines reach from the stalk to a closed tip, with the width, teeth and lobes that were asked for."""

import numpy as np
import pytest

from napari_leafseg.data.rosette.chance import Chance
from napari_leafseg.data.rosette.outline import STEPS, draw_shape, outline
from napari_leafseg.data.rosette.plant import Leaf
from napari_leafseg.data.rosette.ranges import Blade

LEAF = Leaf(
    index=5, youth=0.1, rank=5, angle=0, length=200, petiole=0.3, width=60, stalk=5, bend=0, seed_leaf=False,
    maturity=1, lift=0,
)  # fmt: skip
PLAIN = Blade(ragged=(0, 0), lopsided=0, teeth=(0, 0), lobed=0)


def outline_of(blade, seed=1):
    chance = Chance(seed)
    return outline(chance, blade, draw_shape(chance, blade), LEAF)


def test_a_plain_leaf_is_a_stalk_and_a_blade_of_the_given_width():
    edge = outline_of(PLAIN)

    assert edge.left.shape == edge.right.shape == (STEPS + 1,)
    assert edge.left.max() + edge.right.max() == pytest.approx(60, abs=0.5)
    assert edge.left[int(0.2 * STEPS)] == pytest.approx(2.5, abs=1)
    assert edge.left[-1] == edge.right[-1] == 0


def test_the_area_is_that_of_the_outline():
    edge = outline_of(PLAIN)

    assert edge.area_per_length == pytest.approx((edge.left + edge.right).mean(), rel=1e-4)


def turns(edge):
    slope = np.sign(np.diff(edge.left[int(0.35 * STEPS) :]))
    return int((np.diff(slope[slope != 0]) != 0).sum())


def test_teeth_and_lobes_make_the_margin_rise_and_fall():
    toothed = outline_of(PLAIN.replace(teeth=(8, 8), tooth_depth=(0.15, 0.15)))
    lobed = outline_of(PLAIN.replace(lobed=1.0, lobes=(4, 4), lobe_depth=(0.3, 0.3)))

    assert turns(outline_of(PLAIN)) == 1
    assert turns(toothed) >= 10
    assert turns(lobed) >= 5


def test_a_lopsided_leaf_has_two_unlike_halves():
    edge = outline_of(PLAIN.replace(lopsided=0.3))

    assert abs(edge.left.max() - edge.right.max()) > 1
