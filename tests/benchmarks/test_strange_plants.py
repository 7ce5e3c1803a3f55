"""The plants that fine-tuning is measured on are strange to every preset that weights learned from."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from napari_leafseg.data.rosette import PRESETS, draw_plant

FILE = Path(__file__).parents[2] / "benchmarks" / "strange_plants.py"


def loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("strange_plants", FILE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


STYLE = loaded()


@pytest.mark.parametrize("preset", PRESETS)
def test_what_is_strange_lies_outside_the_ranges_of_every_preset(preset: str) -> None:
    for part, names in STYLE.OUTSIDE.items():
        for name in names:
            low, high = getattr(getattr(STYLE.STRANGE, part), name)
            usual = getattr(getattr(PRESETS[preset], part), name)
            assert high < usual[0] or low > usual[1], f"{part}.{name}: {low} to {high} touches {usual}"


def test_each_picture_has_leaves_that_can_be_told_apart() -> None:
    counts = [draw_plant(STYLE.STRANGE, seed, 128).labels.max() for seed in range(10)]
    assert all(4 <= count <= 16 for count in counts)
