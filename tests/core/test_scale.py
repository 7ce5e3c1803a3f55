"""The scale is found from what is seen, wherever the objects' size lies to begin with."""

import numpy as np
import pytest

from napari_leafseg.core.scale import LAST_SIDE, find_scale
from napari_leafseg.core.sizes import main_diameter
from napari_leafseg.core.tiles import Window

SIZES = (20.0, 80.0)


def discs(shape, radius, places):
    labels = np.zeros(shape, np.int32)
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    for number, (row, column) in enumerate(places, start=1):
        labels[(rows - row) ** 2 + (columns - column) ** 2 < radius**2] = number
    return labels


class Eye:
    """Sees the true objects, but only where they are at least so many network pixels across."""

    def __init__(self, labels, least=8.0):
        self.labels, self.least, self.scales = labels, least, []

    def __call__(self, scale):
        self.scales.append(scale)
        return self.labels if main_diameter(self.labels) * scale >= self.least else np.zeros_like(self.labels)


@pytest.mark.parametrize("radius", [3, 6, 15, 40, 150])
def test_objects_of_every_size_get_the_middle_of_the_known_ones(radius):
    labels = discs((512, 480), radius, [(250, 240)])

    scale, _ = find_scale(Eye(labels), labels.shape, SIZES)

    assert main_diameter(labels) * scale == pytest.approx(40, rel=0.05)


def test_it_looks_closer_until_something_is_seen():
    eye = Eye(discs((1000, 1000), 5, [(500, 500)]))

    find_scale(eye, (1000, 1000), SIZES)

    assert eye.scales[0] == pytest.approx(0.384)
    assert eye.scales == sorted(eye.scales)
    assert max(eye.scales) * 1000 <= LAST_SIDE


def test_an_image_without_objects_is_taken_at_the_first_scale():
    empty = np.zeros((300, 400), np.int32)

    scale, window = find_scale(lambda _: empty, empty.shape, SIZES)

    assert scale == pytest.approx(384 / 400)
    assert window == Window(0, 0, 300, 400)


def test_only_the_part_with_objects_is_enlarged_far():
    labels = discs((800, 800), 4, [(400, 300), (410, 320)])

    scale, window = find_scale(Eye(labels, least=3), labels.shape, SIZES)

    assert scale > 3
    assert window.height * window.width < 800 * 800 / 16
    rows, columns = window.slices
    assert (labels[rows, columns] > 0).sum() == (labels > 0).sum()


def test_a_small_image_is_run_whole():
    labels = discs((100, 100), 4, [(50, 30)])

    assert find_scale(Eye(labels, least=3), labels.shape, SIZES)[1] == Window(0, 0, 100, 100)
