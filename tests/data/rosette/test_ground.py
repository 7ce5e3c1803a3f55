"""Whatever lies under a plant is a picture: finite, in range, repeatable, its things independent of each other."""

from __future__ import annotations

import numpy as np
import pytest

from napari_leafseg.data.rosette.chance import Chance
from napari_leafseg.data.rosette.ground import paint_ground
from napari_leafseg.data.rosette.ground_ranges import Ground
from napari_leafseg.data.rosette.scene import Canvas, Frame

THINGS = ("mossy", "stray", "dry_leaves", "hoses", "cards", "marks", "water", "weeds", "plug", "neighbours")
BARE = dict.fromkeys(THINGS, 0.0)
FULL = dict.fromkeys(BARE, 1.0)
KINDS = sorted(Ground().kinds)


def paint(ground: Ground, seed: int = 1, size: int = 96, zoom: float = 0.25) -> Canvas:
    return paint_ground(Chance(seed), ground, Frame(size, zoom, (size / 2 + 3, size / 2 - 2)), 0.2 * size)


def assert_sound(canvas: Canvas, size: int) -> None:
    assert canvas.image.shape == (size, size, 3)
    assert canvas.height.shape == canvas.gloss.shape == (size, size)
    for plane in (canvas.image, canvas.height, canvas.gloss):
        assert plane.dtype == np.float32
        assert np.isfinite(plane).all()
    assert canvas.image.min() >= 0
    assert canvas.image.max() <= 1
    assert canvas.gloss.min() >= 0
    assert canvas.gloss.max() <= 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("size", "zoom"), [(32, 0.06), (128, 0.25), (160, 3.0), (512, 1.0)])
def test_it_is_a_picture_at_every_size(kind: str, size: int, zoom: float) -> None:
    ground = Ground(kinds={kind: 1.0}, **FULL)
    for seed in range(3 if size < 200 else 1):
        assert_sound(paint(ground, seed, size, zoom), size)


@pytest.mark.parametrize("bench", sorted(Ground().benches))
def test_every_bench_is_a_picture(bench: str) -> None:
    for seed in range(6):
        assert_sound(paint(Ground(kinds={"bench": 1.0}, benches={bench: 1.0}, **BARE), seed), 96)


@pytest.mark.parametrize("moss", sorted(Ground().mosses))
def test_every_moss_turns_soil_green(moss: str) -> None:
    soil = Ground(kinds={"soil": 1.0}, **BARE)
    grown = soil.model_copy(update={"mossy": 1.0, "moss": (0.9, 1.0), "mosses": {moss: 1.0}})
    for seed in range(4):
        bare, green = (paint(ground, seed).image for ground in (soil, grown))
        greener = [image[:, :, 1] - (image[:, :, 0] + image[:, :, 2]) / 2 for image in (bare, green)]
        assert greener[1].mean() > greener[0].mean() + 0.015


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_moss_covers_the_share_that_is_asked(share: float) -> None:
    """Averaged over seeds: patches are as large as the picture's part that is shown."""
    soil = Ground(kinds={"soil": 1.0}, **BARE)
    grown = soil.model_copy(update={"mossy": 1.0, "moss": (share, share), "mosses": {"fine": 1.0}})
    found = [
        np.mean(np.abs(paint(soil, seed, 128, 0.25).image - paint(grown, seed, 128, 0.25).image).max(axis=2) > 0.01)
        for seed in range(16)
    ]
    # A second growth comes up in a third of the pictures.
    assert share - 0.12 < np.mean(found) < share + 0.25


def test_an_integer_draws_one_ground() -> None:
    for seed in range(6):
        first, again = paint(Ground(), seed), paint(Ground(), seed)
        assert np.array_equal(first.image, again.image)
        assert not np.array_equal(first.image, paint(Ground(), seed + 100).image)


@pytest.mark.parametrize("name", sorted(set(BARE) - {"plug", "neighbours"}))
def test_adding_one_thing_leaves_the_rest_alone(name: str) -> None:
    """Else a study of one factor would compare different pictures."""
    bare = Ground(kinds={"soil": 1.0}, **BARE)
    with_thing = bare.model_copy(update={name: 1.0, "moss": (0.02, 0.05), "mosses": {"cushion": 1.0}})
    same, touched = [], 0
    for seed in range(6):
        before, after = paint(bare, seed, 128).image, paint(with_thing, seed, 128).image
        same.append(np.mean(np.abs(before - after).max(axis=2) < 1e-6))
        touched += same[-1] < 1
    assert touched >= 4
    assert np.mean(same) > 0.5


def test_the_pot_goes_with_the_plant() -> None:
    """Soil is in the pot's middle, and its wall stands round it."""
    ground = Ground(kinds={"pot": 1.0}, pots={"round": 1.0}, pot=(100.0, 101.0), plastics={"white": 1.0}, **BARE)
    frame = Frame(256, 0.5, (90.0, 150.0))
    canvas = paint_ground(Chance(4), ground, frame, 30.0)
    rim = np.argwhere(canvas.height == canvas.height.max())
    # The pot may be off by a few per cent of its radius.
    assert np.abs((rim.max(axis=0) + rim.min(axis=0)) / 2 - frame.centre).max() < 12
    assert abs(np.ptp(rim, axis=0).max() / 2 - 50) < 18


def test_zoom_scales_what_is_there() -> None:
    """Twice the zoom in twice the size shows the same part of the world: as light, as green, as high."""
    ground = Ground(kinds={"soil": 1.0}, crumb=(16.0, 16.1), **BARE)
    levels = [
        [paint(ground, seed, size, zoom).image.mean() for seed in range(8)] for size, zoom in ((96, 0.5), (192, 1.0))
    ]
    assert np.corrcoef(levels)[0, 1] > 0.9
    assert abs(np.mean(levels[0]) / np.mean(levels[1]) - 1) < 0.1
