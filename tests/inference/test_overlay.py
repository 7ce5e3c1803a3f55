"""The coloured picture shows every object apart from its neighbours, the same way each time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from napari_leafseg.core.errors import ImageError
from napari_leafseg.inference.overlay import COLOURS, FILL, overlay, write_png


def grey(shape: tuple[int, int], value: float = 0.5) -> Any:
    return np.full((*shape, 3), value, np.float32)


def checkerboard(rows: int, columns: int, side: int) -> Any:
    ids = np.arange(1, rows * columns + 1, dtype=np.int32).reshape(rows, columns)
    return np.kron(ids, np.ones((side, side), np.int32))


def test_the_background_is_the_image_and_the_outline_the_full_colour() -> None:
    labels = np.zeros((20, 20), np.int32)
    labels[5:15, 5:15] = 1
    picture = overlay(grey((20, 20)), labels)
    assert picture.dtype == np.uint8 and picture.shape == (20, 20, 3)
    assert (picture[labels == 0] == 128).all()
    assert tuple(picture[5, 5]) in {tuple(colour) for colour in COLOURS}
    inside = 127.5 * (1 - FILL) + COLOURS[0].astype(float) * FILL
    np.testing.assert_allclose(picture[10, 10], inside, atol=1)


@pytest.mark.parametrize("side", [3, 9])
def test_neighbours_have_different_colours_however_many_objects_there_are(side: int) -> None:
    labels = checkerboard(12, 13, side)
    picture = overlay(grey(labels.shape, 0), labels)
    middles = picture[side // 2 :: side, side // 2 :: side].astype(int)
    assert (middles[1:] != middles[:-1]).any(axis=2).all()
    assert (middles[:, 1:] != middles[:, :-1]).any(axis=2).all()


def test_a_touching_object_of_the_same_turn_in_the_palette_gets_another_colour() -> None:
    turn = len(COLOURS) + 1
    row = [1, turn, 0, *range(2, turn)]
    labels = np.kron(np.array([row], np.int32), np.ones((8, 8), np.int32))
    picture = overlay(grey(labels.shape, 0), labels)
    assert tuple(picture[4, 4]) != tuple(picture[4, 12])


def test_the_same_labels_get_the_same_colours() -> None:
    labels = checkerboard(5, 5, 8)
    np.testing.assert_array_equal(overlay(grey(labels.shape), labels), overlay(grey(labels.shape), labels.copy()))


def test_ids_with_gaps_and_other_data_types_do() -> None:
    labels = checkerboard(2, 2, 8)
    spread = np.array([0, 7, 500, 501, 60_000], np.uint16)[labels]
    np.testing.assert_array_equal(overlay(grey(labels.shape), labels), overlay(grey(labels.shape), spread))


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (2, 3)])
def test_tiny_images_do(shape: tuple[int, int]) -> None:
    assert overlay(grey(shape), np.ones(shape, np.int32)).shape == (*shape, 3)
    assert (overlay(grey(shape), np.zeros(shape, np.int32)) == 128).all()


def test_labels_of_another_size_are_refused() -> None:
    with pytest.raises(ImageError, match="do not lie over"):
        overlay(grey((4, 4)), np.zeros((4, 5), np.int32))


def test_a_picture_is_written_whole_and_read_back(tmp_path: Path) -> None:
    picture = np.random.default_rng(0).integers(0, 255, (7, 9, 3), np.uint8)
    path = tmp_path / "neu ü" / "a b.png"
    write_png(path, picture)
    np.testing.assert_array_equal(np.asarray(Image.open(path)), picture)
    assert [file.name for file in path.parent.iterdir()] == ["a b.png"]


def test_a_picture_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ImageError, match=r"a\.png cannot be written"):
        write_png(tmp_path / "file" / "a.png", np.zeros((2, 2), np.uint8))
