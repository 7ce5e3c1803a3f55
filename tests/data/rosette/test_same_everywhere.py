"""A processor without the newest instructions draws the same picture as this one."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__
from numpy.typing import NDArray

from napari_leafseg.data.rosette import PRESETS, draw_plant
from napari_leafseg.data.rosette.camera import expose
from napari_leafseg.data.rosette.chance import Chance
from napari_leafseg.data.rosette.ground import paint_ground
from napari_leafseg.data.rosette.light import light_up
from napari_leafseg.data.rosette.ranges import Camera, Ground, Light
from napari_leafseg.data.rosette.scene import Canvas, Frame
from napari_leafseg.data.rosette.texture import rough

DIGESTS = {
    ("arabidopsis-young", 1): "a0f02d57da44c638",
    ("arabidopsis-young", 2**62): "d84edfc9e3dfc392",
    ("arabidopsis-old", 1): "f3dcdd5da7834c68",
    ("arabidopsis-old", 2**62): "324718469df30d06",
    ("tobacco", 1): "4f92fd2a3dc32d95",
    ("tobacco", 2**62): "674d5aa068107f11",
    ("broadleaf", 1): "9fa54501aebc1b30",
    ("broadleaf", 2**62): "5c4bb87c58e9058e",
}
"""SHA-256 of labels, by preset and seed. Changes with the plants: then copy what the test says was drawn."""

OPTIONAL = [name for name in __cpu_dispatch__ if __cpu_features__[name]]


def photographed() -> dict[str, NDArray[np.uint8]]:
    """Photographs of bumps under every kind of light, by name."""
    size, pictures = 128, {}
    for seed in range(24):
        chance = Chance(seed)
        height = np.maximum(rough(chance.stream("height"), (size, size), 40.0) * 12, 0)
        image = np.clip(chance.stream("image").shares(size, size, 3) * np.float32(0.3) + height[..., None] / 60, 0, 1)
        canvas, frame = Canvas(image, height, image[:, :, 0].copy()), Frame(size, 0.5, (60.0, 70.0))
        light = light_up(chance.stream("light"), Light(), frame, canvas)
        pictures[f"photograph {seed}"] = expose(
            chance.stream("camera"), Camera(), frame, light, canvas.height, height > 8
        )
    return pictures


def grounds() -> dict[str, NDArray[np.generic]]:
    """What lies under plants, before light and camera, by name."""
    ground = {
        f"ground {seed}": paint_ground(Chance(seed), Ground(), Frame(96, 0.3, (40.0, 50.0)), 20.0) for seed in range(40)
    }
    return {name: np.dstack((canvas.image, canvas.height, canvas.gloss)) for name, canvas in ground.items()}


def drawn() -> dict[str, NDArray[np.generic]]:
    """Plants of every preset with their labels, by name."""
    arrays: dict[str, NDArray[np.generic]] = {}
    for at, preset in enumerate(PRESETS):
        for seed in (at, 100 + at):
            plant = draw_plant(preset, seed, 192)
            arrays[f"{preset} {seed}"], arrays[f"labels of {preset} {seed}"] = plant.image, plant.labels
    return arrays


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> dict[str, NDArray[np.generic]]:
    """What a process draws that may use none of the processor's optional instructions."""
    file = tmp_path_factory.mktemp("elsewhere") / "drawn.npz"
    plain = {**os.environ, "NPY_DISABLE_CPU_FEATURES": " ".join(OPTIONAL), "JSIMD_FORCENONE": "1"}
    subprocess.run([sys.executable, __file__, str(file)], env=plain, check=True, timeout=120)
    with np.load(file) as arrays:
        return dict(arrays)


needs_optional = pytest.mark.skipif(not OPTIONAL, reason="this processor has no optional instructions")


@needs_optional
def test_photographs_and_grounds_are_the_same_to_the_last_bit(elsewhere: dict[str, NDArray[np.generic]]) -> None:
    """JPEG makes grey levels out of last bits: what comes before it may not differ at all."""
    assert not elsewhere["optional"].any()
    for name, picture in (photographed() | grounds()).items():
        assert np.array_equal(picture, elsewhere[name]), name


@needs_optional
def test_plants_have_the_same_labels_and_pictures(elsewhere: dict[str, NDArray[np.generic]]) -> None:
    for name, array in drawn().items():
        if name.startswith("labels"):
            assert np.array_equal(array, elsewhere[name]), name
        else:
            assert np.abs(array.astype(int) - elsewhere[name].astype(int)).max() <= 2, name


def test_labels_are_those_of_every_other_machine() -> None:
    drawn_here = {(name, seed): draw_plant(name, seed, 200).labels for name, seed in DIGESTS}
    found = {key: hashlib.sha256(labels.astype("<i4").tobytes()).hexdigest()[:16] for key, labels in drawn_here.items()}
    assert found == DIGESTS


if __name__ == "__main__":
    np.savez(
        Path(sys.argv[1]),
        optional=[__cpu_features__[name] for name in OPTIONAL],
        **photographed(),
        **grounds(),
        **drawn(),
    )
