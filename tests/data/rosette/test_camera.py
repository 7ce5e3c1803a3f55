"""What a camera makes of light, one effect at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_leafseg.data.rosette.camera import expose
from napari_leafseg.data.rosette.chance import Chance
from napari_leafseg.data.rosette.ranges import Camera
from napari_leafseg.data.rosette.scene import Frame
from napari_leafseg.data.rosette.texture import Pixels

SIZE = 128
NEVER = dict.fromkeys(
    ["shallow", "shaken", "fringed", "blooming", "coarse", "mosaic", "sharpened", "compressed", "cut"], 0.0
)
PERFECT = Camera(
    exposure=(0, 0),
    clipped=(1, 1),
    contrast=(1, 1),
    gamma=(1, 1),
    haze=(0, 0),
    balance=0,
    saturation=(1, 1),
    blur=(0, 0),
    noise=(1e-6, 1e-6),
    **NEVER,
)
PLANT = np.zeros((SIZE, SIZE), np.bool_)
PLANT[40:80, 50:90] = True
HEIGHT = PLANT.astype(np.float32) * 20


def scene() -> Pixels:
    """A green leaf on brown soil with stripes of two pixels everywhere."""
    image = np.empty((SIZE, SIZE, 3), np.float32)
    image[:], image[PLANT] = (0.3, 0.22, 0.16), (0.3, 0.6, 0.2)
    image[np.arange(SIZE) % 4 < 2] *= np.float32(0.8)
    return image


def taken(seed: int = 1, **changes: Any) -> NDArray[np.int_]:
    picture = expose(Chance(seed), PERFECT.replace(**changes), Frame(SIZE, 1.0, (64, 64)), scene(), HEIGHT, PLANT)
    assert picture.dtype == np.uint8 and picture.shape == (SIZE, SIZE, 3)
    return picture.astype(int)


def detail(picture: NDArray[np.int_]) -> NDArray[np.float64]:
    """Strength of the stripes."""
    return np.abs(np.diff(picture.astype(float), axis=0)).mean(2)


def test_a_perfect_camera_shows_what_is_there() -> None:
    assert np.abs(taken() - scene() * 255).max() <= 3


def test_the_same_seed_takes_the_same_picture() -> None:
    frame = Frame(SIZE, 1.0, (64, 64))
    first, again, other = (expose(Chance(seed), Camera(), frame, scene(), HEIGHT, PLANT) for seed in (3, 3, 4))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_light_is_left_alone() -> None:
    light = scene()
    for seed in range(10):
        expose(Chance(seed), Camera(), Frame(SIZE, 1.0, (64, 64)), light, HEIGHT, PLANT)
    assert np.array_equal(light, scene())


def test_exposure_brightens_and_clips_softly() -> None:
    assert taken(exposure=(0.5, 0.5)).mean() > 1.3 * taken().mean()
    assert taken(exposure=(-0.5, -0.5)).mean() < 0.75 * taken().mean()
    over = taken(exposure=(0.9, 0.9))
    assert over.max() == 255 and taken(exposure=(0.9, 0.9), clipped=(0.7, 0.7)).max() < 255


def test_tones_bend() -> None:
    assert np.ptp(taken(contrast=(1.3, 1.3))) > np.ptp(taken()) > np.ptp(taken(contrast=(0.8, 0.8)))
    assert taken(gamma=(1.3, 1.3)).mean() < taken().mean() < taken(gamma=(0.8, 0.8)).mean()
    assert taken(haze=(0.1, 0.1)).min() > taken().min() + 10
    dull, rich = (np.ptp(taken(saturation=(by, by)), axis=2).mean() for by in (0.5, 1.5))
    assert dull < 0.6 * np.ptp(taken(), axis=2).mean() < 0.5 * rich


def test_the_white_balance_drifts_to_both_sides() -> None:
    ratios = [taken(seed, balance=0.1)[:, :, 2].mean() / taken()[:, :, 2].mean() for seed in range(12)]
    assert min(ratios) < 0.93 and max(ratios) > 1.07


@pytest.mark.parametrize(
    "changes",
    [{"blur": (2, 2)}, {"shaken": 1.0, "shake": (6, 6)}, {"coarse": 1.0, "reduction": (3, 3)}],
    ids=["blur", "shake", "coarse"],
)
def test_what_loses_detail_loses_it_everywhere(changes: dict[str, Any]) -> None:
    lost = [detail(taken(seed, **changes)) for seed in range(4)]
    assert np.mean([each[50:70].mean() for each in lost]) < 0.8 * detail(taken())[50:70].mean()
    assert np.mean([each[:30].mean() for each in lost]) < 0.8 * detail(taken())[:30].mean()


def test_depth_of_field_blurs_a_part_only() -> None:
    sharp = detail(taken())
    lost = [detail(taken(seed, shallow=1.0, depth=(3, 3))) / np.maximum(sharp, 1) for seed in range(8)]
    parts = np.array([(each[50:70, 60:80].mean(), each[:30, :30].mean(), each[-30:, -30:].mean()) for each in lost])
    assert np.all(np.ptp(parts, axis=1) > 0.05)


def test_noise_is_as_strong_as_asked() -> None:
    noise = taken(noise=(0.04, 0.04), colour_noise=(0, 0)) - taken()
    assert 0.7 < noise.std() / (0.04 * 255) < 1.3
    blotchy = taken(noise=(0.04, 0.04), colour_noise=(1.5, 1.5)) - taken()
    wide = blotchy.reshape(SIZE // 4, 4, SIZE // 4, 4, 3).mean((1, 3))
    assert wide.std() > 2 * noise.reshape(SIZE // 4, 4, SIZE // 4, 4, 3).mean((1, 3)).std()


def test_a_mosaic_keeps_even_colours_and_colours_edges() -> None:
    changed = np.abs(taken(mosaic=1.0, noise=(1e-6, 1e-6)) - taken())
    assert changed.max() > 5
    flat = np.full((SIZE, SIZE, 3), (0.3, 0.6, 0.2), np.float32)
    camera = PERFECT.replace(mosaic=1.0)
    picture = expose(Chance(1), camera, Frame(SIZE, 1.0, (64, 64)), flat, HEIGHT, PLANT)
    assert np.ptp(picture.reshape(-1, 3), axis=0).max() <= 1
    assert np.abs(picture[60, 60] - flat[60, 60] * 255).max() <= 3


def test_fringes_part_colours_at_edges() -> None:
    parted = [np.abs(taken(seed, fringed=1.0, fringe=(3, 3))[:, :, 0] - taken()[:, :, 0]).max() for seed in range(3)]
    assert max(parted) > 5


def test_bright_parts_glow_onto_their_surroundings() -> None:
    light = scene()
    light[PLANT] = 1.5
    plain, glowing = (
        expose(
            Chance(1), PERFECT.replace(blooming=by, bloom=(0.6, 0.6)), Frame(SIZE, 1.0, (64, 64)), light, HEIGHT, PLANT
        )
        for by in (0.0, 1.0)
    )
    assert glowing[60, 48].sum() > plain[60, 48].sum() + 20
    assert abs(int(glowing[120, 5].sum()) - int(plain[120, 5].sum())) <= 6


def test_sharpening_leaves_halos() -> None:
    sharp = taken(sharpened=1.0, sharpen=(1.5, 1.5))
    assert sharp.max() > taken().max() + 5 and sharp.min() < taken().min() - 5


def test_jpeg_does_more_harm_the_lower_its_quality() -> None:
    good, bad = (np.abs(taken(compressed=1.0, jpeg=(by, by)) - taken()).mean() for by in (95, 30))
    assert 0 < good < bad


def test_the_plant_is_never_cut_off() -> None:
    uncut = taken()
    for seed in range(10):
        cut = taken(seed, cut=1.0, margin=(0, 5))
        assert np.array_equal(cut[PLANT], uncut[PLANT])
        assert not cut[0, 0].any() and not cut[-1, -1].any()
    bare = expose(
        Chance(1), PERFECT.replace(cut=1.0), Frame(SIZE, 1.0, (64, 64)), scene(), HEIGHT, np.zeros_like(PLANT)
    )
    assert bare.any()


@pytest.mark.parametrize("size", [16, 33, 250])
def test_every_size_can_be_taken(size: int) -> None:
    light, plane = np.full((size, size, 3), 0.4, np.float32), np.zeros((size, size), np.float32)
    plane[size // 2 :, size // 2 :] = 9
    for seed in range(12):
        picture = expose(Chance(seed), Camera(), Frame(size, size / 512, (8, 8)), light, plane, plane > 0)
        assert picture.shape == (size, size, 3) and picture.dtype == np.uint8
