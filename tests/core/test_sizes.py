"""The measure of objects that scales go by."""

import numpy as np
import pytest

from napari_leafseg.core.sizes import diameters, main_diameter


def squares(*sides):
    labels = np.zeros((100, 100 * len(sides)), np.int32)
    for number, side in enumerate(sides):
        labels[:side, 100 * number : 100 * number + side] = number + 1
    return labels


def test_it_is_the_diameter_of_a_disc_of_the_object_s_area():
    assert main_diameter(squares(50)) == pytest.approx(2 * 50 / np.pi**0.5)


def test_scraps_hardly_change_it():
    assert main_diameter(squares(50, 48, 3, 2, 2, 4, 3, 2)) == pytest.approx(main_diameter(squares(50)), rel=0.06)


def test_it_scales_with_the_image():
    labels = squares(20, 40, 30)

    assert main_diameter(np.kron(labels, np.ones((2, 2), int))) == pytest.approx(2 * main_diameter(labels))


@pytest.mark.parametrize("empty", [np.zeros((5, 5), np.int32), np.full((5, 5), -1, np.int64)])
def test_an_image_without_objects_has_none(empty):
    assert main_diameter(empty) is None


def test_every_object_has_its_diameter_also_one_without_pixels():
    assert diameters(squares(50, 10), 3) == pytest.approx([2 * 50 / np.pi**0.5, 2 * 10 / np.pi**0.5, 0])
