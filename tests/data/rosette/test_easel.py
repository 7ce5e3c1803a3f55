"""Paint covers what it should, by planes and by single pixels alike."""

from __future__ import annotations

import numpy as np

from napari_leafseg.data.rosette.chance import Chance
from napari_leafseg.data.rosette.easel import Easel, between, chosen
from napari_leafseg.data.rosette.scene import Canvas


def grey(level: float = 0.5) -> Easel:
    easel = Easel.empty(8)
    for plane in easel.planes:
        plane[...] = level
    return easel


def test_half_covered_is_half_of_both() -> None:
    easel = grey()
    easel.lay(np.full((8, 8), 0.5, np.float32), (1.0, 0.0, 0.5), 3.0)
    assert np.allclose(easel.canvas().image[2, 3], (0.75, 0.25, 0.5))
    assert np.allclose(easel.height, 1.75)
    assert np.allclose(easel.gloss, 0.5)


def test_single_pixels_are_painted_as_planes_are() -> None:
    whole, single = grey(), grey()
    cover = Chance(1).shares(8, 8)
    whole.lay(cover, (0.9, 0.8, 0.1), 2.0, 0.3)
    at = np.flatnonzero(cover > 0)
    single.lay_at(at, cover.take(at), (0.9, 0.8, 0.1), 2.0, 0.3)
    assert all(np.allclose(one, other) for one, other in zip(whole.planes, single.planes, strict=True))


def test_shade_darkens_below_the_paint_only() -> None:
    easel = grey()
    easel.lay_at(
        np.array([0, 1]), np.array([0, 1], np.float32), (0.4, 0.4, 0.4), shade=np.array([0.5, 0.5], np.float32)
    )
    assert np.allclose(easel.colours[0][0, :3], (0.25, 0.4, 0.5))
    assert np.allclose(easel.height, 0.5)


def test_a_window_and_a_canvas_are_painted_in_place() -> None:
    canvas = Canvas(np.zeros((8, 8, 3), np.float32), np.zeros((8, 8), np.float32), np.zeros((8, 8), np.float32))
    part = Easel.onto(canvas).at((slice(2, 4), slice(1, 3)))
    part.lay(np.ones(part.shape, np.float32), (0.1, 0.2, 0.3), 5.0)
    assert np.allclose(canvas.image[3, 2], (0.1, 0.2, 0.3))
    assert canvas.height.sum() == 20
    assert canvas.image[:2].sum() == canvas.image[4:].sum() == 0


def test_colours_are_chosen_by_their_weight() -> None:
    palette = {"never": (0.0, (0.0, 0.0, 1.0)), "always": (1.0, (0.5, 0.4, 0.0))}
    for seed in range(20):
        red, green, blue = chosen(Chance(seed), palette, 0.1)
        assert 0.2 < red < 0.8
        assert 0.1 < green < 0.7
        assert blue == 0


def test_mixing_goes_from_one_colour_to_the_other() -> None:
    mixed = between((0.0, 0.2, 1.0), (1.0, 0.4, 0.0), np.array([0, 0.5, 1], np.float32))
    assert np.allclose(mixed, [[0, 0.5, 1], [0.2, 0.3, 0.4], [1, 0.5, 0]])
