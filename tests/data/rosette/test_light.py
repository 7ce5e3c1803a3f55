"""What light does to an evenly lit picture, one effect at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from napari_leafseg.data.rosette.chance import Chance
from napari_leafseg.data.rosette.light import light_up
from napari_leafseg.data.rosette.ranges import Light
from napari_leafseg.data.rosette.scene import Canvas, Frame
from napari_leafseg.data.rosette.texture import Pixels

SIZE = 96
FRAME = Frame(SIZE, 1.0, (48.0, 48.0))
NEVER = {"flash": 0, "uneven": 0, "dappled": 0, "striped": 0, "coloured": 0, "more": 0}
PLAIN = Light(shadow=(0.5, 0.5), shine=(0, 0), crowding=(0, 0), shading=(0, 0), through=(0, 0), **NEVER)


def canvas() -> Canvas:
    """Grey soil with a leaf of one height on it."""
    image = np.full((SIZE, SIZE, 3), 0.5, np.float32)
    height = np.zeros((SIZE, SIZE), np.float32)
    height[30:60, 30:60] = 12
    return Canvas(image, height, np.full((SIZE, SIZE), 0.5, np.float32))


def lit(scene: Canvas | None = None, seed: int = 1, **changes: Any) -> Pixels:
    return light_up(Chance(seed), PLAIN.replace(**changes), FRAME, scene or canvas())


def test_even_light_on_flat_ground_changes_nothing() -> None:
    scene = canvas()
    scene.height[:] = 0
    assert np.allclose(lit(scene), scene.image, atol=1e-6)


def test_the_canvas_is_left_alone() -> None:
    scene = canvas()
    light_up(Chance(0), Light(), FRAME, scene)
    assert np.array_equal(scene.image, canvas().image)
    assert np.array_equal(scene.height, canvas().height)


def test_the_same_seed_gives_the_same_light() -> None:
    first, again = (light_up(Chance(5), Light(), FRAME, canvas()) for _ in range(2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, light_up(Chance(6), Light(), FRAME, canvas()))


def test_shade_is_as_dark_as_the_lamp_was_bright() -> None:
    assert lit().min() == pytest.approx(0.5 * np.sqrt(0.5), abs=1e-3)
    assert lit(shadow=(0.8, 0.8)).min() == pytest.approx(0.5 * np.sqrt(0.2), abs=3e-3)


def test_light_through_leaves_is_green() -> None:
    picture = lit(through=(0.5, 0.5))
    darkest = picture[np.unravel_index(np.argmin(picture[:, :, 2]), (SIZE, SIZE))]
    assert darkest[1] > darkest[0] > darkest[2]


def test_more_lamps_cast_more_shadows_that_are_paler() -> None:
    one, three = lit(), lit(more=1.0)
    assert np.count_nonzero(three < 0.49) > np.count_nonzero(one < 0.49)
    assert three.min() > one.min()


def test_a_flash_casts_hardly_any_shadow_but_falls_off() -> None:
    flash = lit(flash=1.0, falloff=(0.6, 0.6))
    assert np.count_nonzero(lit(flash=1.0, falloff=(0, 0)) < 0.45) < np.count_nonzero(lit() < 0.45) / 4
    assert flash[48, 48].min() > flash[[0, 0, -1, -1], [0, -1, 0, -1]].mean()


def test_slopes_towards_the_lamp_are_brighter() -> None:
    scene = canvas()
    scene.height[:] = 0.3 * np.arange(SIZE, dtype=np.float32)
    inner = (slice(2, -2), slice(2, -2))
    shades = {round(float(lit(scene, seed, shading=(1, 1))[inner].mean()), 3) for seed in range(12)}
    assert min(shades) < 0.48
    assert max(shades) > 0.51


def test_highlights_lie_where_a_glossy_surface_leans_towards_the_lamp() -> None:
    rows, columns = np.mgrid[:SIZE, :SIZE].astype(np.float32) - 48
    scene = canvas()
    scene.height = 30 - (rows**2 + columns**2) / 160
    matt, glossy = lit(scene), lit(scene, shine=(0.9, 0.9), roughness=(0.08, 0.08))
    bright = np.argwhere((glossy - matt)[:, :, 0] > 0.2)
    assert 5 < len(bright) < SIZE * SIZE / 8
    assert np.linalg.norm(bright.mean(0) - 48) > 5
    scene.gloss[:] = 0
    assert np.array_equal(lit(scene, shine=(0.9, 0.9)), matt)


@pytest.mark.parametrize(
    "changes",
    [
        {"uneven": 1.0, "gradient": (0.3, 0.3), "falloff": (0, 0)},
        {"uneven": 1.0, "gradient": (0, 0), "falloff": (0.7, 0.7)},
        {"dappled": 1.0, "dapple": (0.2, 0.2)},
        {"striped": 1.0, "stripes": (0.4, 0.4), "pitch": (30.0, 30.0)},
    ],
    ids=["gradient", "falloff", "dapple", "stripes"],
)
def test_uneven_light_shows_on_flat_ground(changes: dict[str, Any]) -> None:
    scene = canvas()
    scene.height[:] = 0
    picture = lit(scene, **changes)
    assert picture.std() > 0.02
    assert picture.mean() == pytest.approx(0.5, abs=0.12)
    assert picture.min() > 0.1


def test_coloured_light_tints_what_it_falls_on() -> None:
    tints = np.array([lit(seed=seed, coloured=1.0, colour=(1, 1), shadow=(0, 0))[5, 5] for seed in range(20)])
    assert np.all(np.ptp(tints, axis=1) > 0.005)
    assert (tints[:, 0] > tints[:, 2] + 0.05).any() and (tints[:, 2] > tints[:, 0] + 0.05).any()


@pytest.mark.parametrize("size", [16, 33, 250])
def test_every_size_can_be_lit(size: int) -> None:
    image, plane = np.full((size, size, 3), 0.4, np.float32), np.zeros((size, size), np.float32)
    plane[size // 2 :, size // 2 :] = 9
    for seed in range(5):
        picture = light_up(Chance(seed), Light(), Frame(size, size / 512, (8, 8)), Canvas(image, plane, plane / 10))
        assert picture.shape == (size, size, 3) and picture.dtype == np.float32
        assert np.isfinite(picture).all() and picture.min() >= 0
