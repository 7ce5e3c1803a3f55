"""Every factor of the stress set can be drawn, and differs from the calm plant by itself."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from napari_leafseg.data.rosette import draw_plant

FILE = Path(__file__).parents[2] / "benchmarks" / "stress_factors.py"


def loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("stress_factors", FILE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


STRESS = loaded()
# Several, for weeds may grow outside one picture, and spots on leaves that are hidden.
SEEDS = range(-1, -7, -1)


@pytest.mark.parametrize("factor", STRESS.FACTORS)
def test_a_factor_changes_the_picture(factor: str) -> None:
    ranges, calm = STRESS.stressed("arabidopsis-old", factor), STRESS.calm("arabidopsis-old")
    assert ranges != calm
    assert any(
        not np.array_equal(draw_plant(ranges, seed, 128).image, draw_plant(calm, seed, 128).image) for seed in SEEDS
    )


@pytest.mark.parametrize("factor", ["moss", "noise", "hard shadows", "blur", "yellowing", "black around"])
def test_the_same_leaves_are_compared(factor: str) -> None:
    calm, hard = (STRESS.calm("tobacco"), STRESS.stressed("tobacco", factor))
    assert np.array_equal(draw_plant(calm, -1, 128).labels, draw_plant(hard, -1, 128).labels)
