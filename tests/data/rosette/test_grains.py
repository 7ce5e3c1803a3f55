"""What is mixed into soil lies on it in its own colour, and more of it where more is asked for."""

from __future__ import annotations

import numpy as np
import pytest

from napari_leafseg.data.rosette.chance import Chance
from napari_leafseg.data.rosette.easel import Easel
from napari_leafseg.data.rosette.grains import strew
from napari_leafseg.data.rosette.ground_ranges import Ground
from napari_leafseg.data.rosette.speckle import speckle

NONE = dict.fromkeys(("clods", "bark", "fibres", "grains", "perlite", "stones"), (0.0, 0.0))
SOIL = (0.3, 0.2, 0.1)


def strewn(seed: int, **shares: tuple[float, float]) -> Easel:
    """A black easel with what is mixed in."""
    easel = Easel.empty(160)
    for plane in easel.planes:
        plane[...] = 0
    strew(
        Chance(seed), Ground(**{**NONE, **shares}), easel, 0.6, speckle(Chance(seed, "relief"), (160, 160), 6.0), SOIL
    )
    return easel


def test_where_nothing_is_asked_for_nothing_lies() -> None:
    assert not any(plane.any() for plane in strewn(1).planes)


@pytest.mark.parametrize("name", sorted(NONE))
def test_more_covers_more(name: str) -> None:
    cover = [
        np.mean([(strewn(seed, **{name: (share, share)}).colours[0] > 0).mean() for seed in range(12)])
        for share in (0.1, 0.3, 0.9)
    ]
    assert 0 < cover[0] < cover[1] < cover[2]


def test_clods_are_of_the_soils_colour_and_perlite_is_white() -> None:
    for name, expected, tolerance in (("clods", (1.0, 2 / 3, 1 / 3), 0.12), ("perlite", (1.0, 0.99, 0.93), 0.06)):
        pictures = [strewn(seed, **{name: (0.5, 0.5)}).colours for seed in range(10)]
        means = np.mean([[plane.mean() for plane in colours] for colours in pictures], axis=0)
        assert np.allclose(means / means[0], expected, atol=tolerance)
