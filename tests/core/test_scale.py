"""The scale is found from what is seen, wherever the objects' size lies to begin with."""

import numpy as np
import pytest

from napari_leafseg.core.instances import Instances
from napari_leafseg.core.scale import CLOSEST_SIDE, MOST, find_scale
from napari_leafseg.core.tiles import Window

SIZES = (20.0, 80.0)
LEAF, MOSS = 0.7, 0.5


class Picture:
    """Discs that are seen where they are at least so many network pixels across, leaves surer than moss."""

    def __init__(self, shape, leaves, moss=(), least=8.0):
        self.shape, self.least, self.looks = shape, least, []
        self.discs = [(*disc, LEAF) for disc in leaves] + [(*disc, MOSS) for disc in moss]

    def __call__(self, scale, parts):
        self.looks.append((scale, parts))
        labels, scores = np.zeros(self.shape, np.int32), []
        rows, columns = np.mgrid[: self.shape[0], : self.shape[1]]
        for row, column, radius, score in self.discs:
            seen = (rows - row) ** 2 + (columns - column) ** 2 < radius**2
            if 2 * radius * scale >= self.least and any(seen[part.slices].any() for part in parts):
                # Hardly seen is hardly believed.
                scores.append(score * min(1.0, radius * scale / 8))
                labels[seen] = len(scores)
        return Instances(labels, np.array(scores, np.float32))


@pytest.mark.parametrize("radius", [8, 15, 40, 150])
def test_objects_of_every_size_get_the_middle_of_the_known_ones(radius):
    scale, _ = find_scale(Picture((512, 480), [(250, 240, radius)]), (512, 480), SIZES)

    assert 2 * radius * scale == pytest.approx(40, rel=0.4)


@pytest.mark.parametrize("radius", [3, 6, 7])
def test_tiny_objects_get_the_middle_of_what_is_known_too(radius):
    scale, _ = find_scale(Picture((512, 512), [(250, 240, radius)], least=3), (512, 512), SIZES)

    assert 2 * radius * scale == pytest.approx(40, rel=0.4)


def test_it_looks_closer_until_something_is_seen():
    picture = Picture((1000, 1000), [(500, 500, 5)])

    find_scale(picture, (1000, 1000), SIZES)

    scales = [scale for scale, _ in picture.looks]
    assert scales[:2] == pytest.approx([0.384, 0.768])
    assert all(
        scale * max(part.height, part.width) <= CLOSEST_SIDE + 1 for scale, parts in picture.looks for part in parts
    )


def test_an_image_without_objects_is_taken_at_the_first_scale():
    scale, parts = find_scale(Picture((300, 400), []), (300, 400), SIZES)

    assert scale == pytest.approx(384 / 400)
    assert parts == (Window(0, 0, 300, 400),)


def test_the_look_that_was_right_is_the_answer():
    picture = Picture((512, 512), [(250, 200, 30), (250, 270, 30)])

    assert find_scale(picture, (512, 512), SIZES) == picture.looks[-1]


def test_moss_that_hid_a_seedling_is_left_when_the_seedling_is_seen():
    seedling = [(250, 240, 9), (250, 262, 9), (270, 250, 9)]
    moss = [(60, 400, 25), (450, 60, 30), (420, 430, 25)]
    picture = Picture((512, 512), seedling, moss, least=14)

    scale, (window,) = find_scale(picture, (512, 512), SIZES)

    assert scale * 18 == pytest.approx(40, rel=0.15)
    assert (window.top, window.left) > (200, 200)
    assert window.height * window.width < 512 * 512 / 16


def test_all_plants_of_a_tray_are_run_also_those_that_were_not_seen():
    """The upper row is hardly seen; the others fill most of the picture."""
    pots = [(row, column, 8) for row in (160, 190, 310, 340) for column in (60, 90, 300, 330)]
    picture = Picture((400, 400), [*pots, (40, 60, 3)], least=10)

    assert find_scale(picture, (400, 400), SIZES)[1] == (Window(0, 0, 400, 400),)


def test_two_small_plants_are_run_without_what_lies_between_them():
    plants = [(row + down, column + down, 9) for row, column in ((60, 60), (60, 82), (82, 60)) for down in (0, 360)]
    picture = Picture((512, 512), plants, least=6)

    scale, parts = find_scale(picture, (512, 512), SIZES)

    assert scale * 18 == pytest.approx(40, rel=0.4)
    assert len(parts) == 2
    assert sum(part.height * part.width for part in parts) < 512 * 512 / 8


def test_it_looks_closer_where_it_is_not_sure_of_what_it_sees():
    """A patch of moss is all that can be seen from afar; the seedling is not, and is surer once it is."""
    picture = Picture((512, 512), [(250, 240, 6), (250, 256, 6), (264, 246, 6)], [(60, 400, 40)], least=15)

    scale, (window,) = find_scale(picture, (512, 512), SIZES)

    assert scale * 12 == pytest.approx(40, rel=0.4)
    assert window.slices[0].start < 250 < window.slices[0].stop
    assert window.slices[1].start < 240 < window.slices[1].stop < 400


def test_what_is_less_sure_when_it_is_enlarged_is_not_enlarged_so_far():
    class Blurred(Picture):
        def __call__(self, scale, parts):
            found = super().__call__(scale, parts)
            return Instances(found.labels, found.scores * (0.5 if scale > 2 else 1))

    picture = Blurred((512, 512), [(250, 240, 8), (250, 260, 8), (268, 246, 8)], least=6)

    scale, _ = find_scale(picture, (512, 512), SIZES)

    assert SIZES[0] - 1 <= scale * 16 < 32


class Vanishing(Picture):
    """A patch of moss that is surely seen from near, and not at the scale where it has the size of a leaf."""

    def __call__(self, scale, parts):
        found = super().__call__(scale, parts)
        if not 1.5 < scale < 2.5:
            return found
        labels = found.labels.copy()
        labels[20:60, 20:60] = found.count + 1
        return Instances(labels, np.append(found.scores, np.float32(0.9)))


def test_what_is_gone_at_its_right_scale_is_not_believed():
    """The cotyledon is, though it is never as sure as the moss was."""
    picture = Vanishing((384, 384), [(250, 250, 7)], least=13)
    picture.discs = [(*disc[:3], 0.6) for disc in picture.discs]

    scale, (window,) = find_scale(picture, (384, 384), SIZES)

    assert scale * 14 == pytest.approx(40, rel=0.4)
    assert 60 < window.top < 250 < window.top + window.height


class Fickle(Picture):
    """Moss that is surer than the leaf, at each of two scales another patch of it."""

    def __call__(self, scale, parts):
        found = super().__call__(scale, parts)
        patch = {1.0: (20, 0.7), 0.68: (220, 0.9)}.get(round(scale, 2))
        if patch is None:
            return found
        labels = found.labels.copy()
        labels[20:72, patch[0] : patch[0] + 52] = found.count + 1
        return Instances(labels, np.append(found.scores, np.float32(patch[1])))


def test_what_one_look_alone_has_seen_gives_way_to_what_two_have():
    picture = Fickle((384, 384), [(300, 100, 10)], least=18)
    picture.discs = [(*disc[:3], 0.65) for disc in picture.discs]

    scale, (window,) = find_scale(picture, (384, 384), SIZES)

    assert 0.68 in [round(scale, 2) for scale, _ in picture.looks]
    assert scale * 20 == pytest.approx(40, rel=0.4)
    assert 72 < window.top < 300 < window.top + window.height


def test_a_large_image_is_measured_as_a_small_one_is():
    picture = Picture((1700, 1700), [(900, 840, 40)])

    scale, (window,) = find_scale(picture, (1700, 1700), SIZES)

    assert scale * 80 == pytest.approx(40, rel=0.4)
    assert window.top < 860 and window.top + window.height > 940


def test_a_tiny_image_is_not_enlarged_beyond_all_measure():
    picture = Picture((40, 40), [])

    find_scale(picture, (40, 40), SIZES)

    assert max(scale for scale, _ in picture.looks) == MOST
