"""Strewn things do not meet, are as many and as large as asked, and lie in the picture."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from napari_leafseg.data.rosette.chance import Chance
from napari_leafseg.data.rosette.scatter import scatter

SHAPE = (150, 210)


@pytest.mark.parametrize("cell", [1.0, 7.3, 24.0, 400.0])
@pytest.mark.parametrize("density", [0.0, 0.2, 1.0])
def test_no_pixel_is_named_twice_or_outside(cell: float, density: float) -> None:
    for seed in range(4):
        things = scatter(Chance(seed), SHAPE, cell, density, (0.2, 1.0), (0.1, 1.0), 0.3)
        assert things.at.size == np.unique(things.at).size
        assert not things.at.size or 0 <= things.at.min() <= things.at.max() < SHAPE[0] * SHAPE[1]
        assert things.edge.shape == things.dome.shape == things.tone.shape == things.at.shape
        assert density > 0 or not things.at.size


@pytest.mark.parametrize("seed", range(6))
def test_things_are_as_many_and_as_large_as_asked(seed: int) -> None:
    """Discs of radius 6 in one third of the cells of 16 pixels."""
    things = scatter(Chance(seed), (320, 320), 16.0, 1 / 3, (0.75, 0.75), (1.0, 1.0))
    body = np.zeros(320 * 320, bool)
    body[things.at[things.edge < 0]] = True
    pieces, count = ndimage.label(body.reshape(320, 320))
    whole = [box for box in ndimage.find_objects(pieces) if min(side.stop - side.start for side in box) > 10]
    assert abs(count / 400 - 1 / 3) < 0.12
    sizes = np.array([[side.stop - side.start for side in box] for box in whole])
    assert abs(np.median(sizes) - 12) <= 1
    # Each has one tone, highest in its middle.
    tones = np.zeros(320 * 320, np.float32)
    tones[things.at] = things.tone
    assert all(np.ptp(tones.reshape(320, 320)[pieces == piece]) < 1e-6 for piece in range(1, min(count, 20)))
    assert things.dome[things.edge > 0].max(initial=0) == 0
    assert things.dome.max() > 0.8


def test_things_grow_only_where_they_may() -> None:
    where = np.zeros(SHAPE, np.float32)
    where[:, :100] = 1
    for seed in range(6):
        at = scatter(Chance(seed), SHAPE, 10.0, 1.0, where=where).at % SHAPE[1]
        assert at.size
        assert at.max() < 100 + 10
