"""What every preset draws, plants and nuclei: the same everywhere, with labels that keep the rules."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from napari_leafseg.core.errors import ParameterError
from napari_leafseg.data.drawing import DRAWN, MIXED, NUCLEI, draw
from napari_leafseg.data.nuclei import LEAST_AREA, draw_field, draw_nuclei
from napari_leafseg.data.rosette import PRESETS


def test_every_preset_can_be_drawn_by_its_name() -> None:
    assert (*PRESETS, MIXED, NUCLEI) == DRAWN


@pytest.mark.parametrize("preset", DRAWN)
def test_the_same_seed_draws_the_same_picture(preset: str) -> None:
    drawn, again, other = (draw(preset, seed, 96) for seed in (3, 3, 4))
    assert drawn.image.dtype == np.uint8 and drawn.labels.dtype == np.int32
    assert drawn.image.shape[:2] == drawn.labels.shape == (96, 96)
    assert np.array_equal(drawn.image, again.image) and np.array_equal(drawn.labels, again.labels)
    assert drawn.leaves == again.leaves or preset == NUCLEI  # no age is not equal to no age
    assert not np.array_equal(drawn.image, other.image)


@pytest.mark.parametrize(("preset", "size", "sentence"), [("rose", 96, "no preset 'rose'"), (MIXED, 9, "64 to 4096")])
def test_what_cannot_be_drawn_is_refused(preset: str, size: int, sentence: str) -> None:
    with pytest.raises(ParameterError, match=sentence):
        draw(preset, 0, size)


@pytest.mark.parametrize(("size", "count"), [(512, 12), (200, 1), (64, 60), (40, 0)])
def test_nuclei_are_numbered_at_every_size(size: int, count: int) -> None:
    image, labels = draw_nuclei(size, count, seed=1)
    assert image.shape == labels.shape == (size, size)
    assert np.array_equal(np.unique(labels[labels > 0]), np.arange(1, labels.max() + 1))
    assert labels.max() <= count


def test_nuclei_are_many_bright_and_touch() -> None:
    image, labels = draw_nuclei()
    assert labels.max() >= 50
    assert image[labels > 0].mean() > 5 * image[labels == 0].mean()
    neighbours = (labels[:, 1:] != labels[:, :-1]) & (labels[:, 1:] > 0) & (labels[:, :-1] > 0)
    assert neighbours.sum() > 50


def test_fields_vary_and_their_nuclei_are_whole() -> None:
    fields = [draw_field(160, seed)[1] for seed in range(12)]
    counts = [int(labels.max()) for labels in fields]
    assert min(counts) <= 4 and max(counts) >= 12
    for labels in fields:
        for index in range(1, labels.max() + 1):
            assert (labels == index).sum() >= LEAST_AREA
            assert ndimage.label(labels == index)[1] == 1


def test_nuclei_are_measured_as_ellipses() -> None:
    """Angles from the column axis towards the row axis, as those of leaves."""
    drawing = draw(NUCLEI, 1, 160)
    assert [leaf.id for leaf in drawing.leaves] == list(range(1, drawing.labels.max() + 1))
    longest = max(drawing.leaves, key=lambda leaf: leaf.length / leaf.width)
    rows, columns = np.nonzero(drawing.labels == longest.id)
    assert longest.visible_area == len(rows)
    along = np.cov(columns, rows)
    direction = np.linalg.eigh(along)[1][:, -1]
    turn = np.degrees(np.arctan2(direction[1], direction[0])) % 180
    assert abs((turn - longest.angle + 90) % 180 - 90) < 1
