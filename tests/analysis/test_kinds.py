"""Images are told apart by how they were made, and by how many of their objects touch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from napari_leafseg.analysis.kinds import Crowding, Kind, crowding_of, kind_of, touching_share
from napari_leafseg.data.layouts import open_folder, samples_of
from napari_leafseg.data.nuclei import draw_nuclei


def _picture(ground: tuple[float, ...], nucleus: tuple[float, ...]) -> np.ndarray:
    image = np.full((64, 64, 3), ground, np.float32)
    image[20:40, 20:40] = nucleus
    return image


@pytest.mark.parametrize(
    ("ground", "nucleus", "kind"),
    [
        ((0.02, 0.02, 0.02), (0.6, 0.6, 0.6), Kind.FLUORESCENCE),
        ((0.1, 0.1, 0.1), (0.15, 0.15, 0.15), Kind.FLUORESCENCE),
        ((0.7, 0.6, 0.8), (0.3, 0.1, 0.6), Kind.HISTOLOGY),
        ((0.84, 0.84, 0.84), (0.5, 0.1, 0.6), Kind.HISTOLOGY),
        ((0.9, 0.9, 0.9), (0.4, 0.4, 0.4), Kind.BRIGHT_FIELD),
    ],
)
def test_kinds_are_told_by_brightness_and_colour(ground, nucleus, kind) -> None:
    assert kind_of(_picture(ground, nucleus)) is kind


def test_the_drawn_field_is_fluorescence() -> None:
    image = draw_nuclei(size=128, count=8, seed=0)[0].astype(np.float32) / 255
    assert kind_of(np.repeat(image[..., np.newaxis], 3, axis=2) if image.ndim == 2 else image) is Kind.FLUORESCENCE


def _row_of_squares(gap: int, count: int = 4, lonely: int = 0) -> np.ndarray:
    """Squares beside each other, and some far away from all others."""
    labels = np.zeros((20 * (1 + lonely), count * (8 + gap) + 40), np.int32)
    for index in range(count):
        labels[4:12, index * (8 + gap) : index * (8 + gap) + 8] = 5 * index + 1
    for index in range(lonely):
        labels[20 * (index + 1) + 8 : 20 * (index + 1) + 12, 4:8] = 1000 + index
    return labels


@pytest.mark.parametrize(("gap", "share"), [(0, 1.0), (1, 1.0), (2, 0.0), (6, 0.0)])
def test_objects_touch_up_to_a_line_between_them(gap: int, share: float) -> None:
    labels = _row_of_squares(gap)
    assert touching_share(labels) == touching_share(np.ascontiguousarray(labels.T)) == share


@pytest.mark.parametrize(
    ("count", "lonely", "crowding"), [(1, 4, Crowding.APART), (2, 4, Crowding.SOME), (4, 4, Crowding.MANY)]
)
def test_crowding_is_the_share_of_objects_that_touch(count: int, lonely: int, crowding: Crowding) -> None:
    assert crowding_of(_row_of_squares(0, count, lonely)) is crowding


def test_an_empty_image_is_not_crowded() -> None:
    assert crowding_of(np.zeros((8, 8), np.int32)) is Crowding.APART


@pytest.mark.slow
def test_kinds_do_not_depend_on_how_images_are_stretched(leafseg_data: Path) -> None:
    """Methods normalise differently; their figures must divide the same images alike."""
    folder = open_folder(leafseg_data / "dsb2018")
    plain, stretched = ([kind_of(s.image) for s in samples_of(folder, c, "val")] for c in ("range", "stretch"))
    assert plain == stretched
    assert {kind: plain.count(kind) for kind in Kind} == {
        Kind.FLUORESCENCE: 108,
        Kind.HISTOLOGY: 21,
        Kind.BRIGHT_FIELD: 4,
    }
