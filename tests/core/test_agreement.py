"""What one look sees and a better one does not is left out; what several see is said."""

from __future__ import annotations

import numpy as np
import pytest

from napari_leafseg.core.agreement import Looked, credible
from napari_leafseg.core.instances import Instances

LEAF, MOSS, OTHER = (slice(10, 30), slice(10, 30)), (slice(60, 90), slice(60, 90)), (slice(10, 30), slice(70, 90))


def look(scale: float, *objects: tuple[slice, slice], score: float = 0.8, side: int = 100) -> Looked:
    labels = np.zeros((side, side), np.int32)
    for number, part in enumerate(objects, start=1):
        labels[part] = number
    return Looked.at(scale, Instances(labels, np.full(len(objects), score, np.float32)))


def areas(found: Instances) -> list[int]:
    return np.bincount(found.labels.ravel(), minlength=found.count + 1)[1:].tolist()


def test_a_single_look_is_believed_though_nothing_agrees():
    believed, share = credible([look(1.0, LEAF, MOSS)], 0, np.array([1.0, 1.0]))
    assert areas(believed) == [400, 900] and share == 0


def test_what_the_look_at_its_right_scale_misses_is_left_out():
    looks = [look(2.0, LEAF, MOSS), look(1.0, OTHER)]
    believed, _ = credible(looks, 0, np.array([2.0, 1.0]))
    assert areas(believed) == [400]


def test_a_look_farther_from_the_right_scale_refutes_nothing():
    looks = [look(1.0, LEAF), look(3.0)]
    believed, share = credible(looks, 0, np.array([1.2]))
    assert areas(believed) == [400] and share == 0


def test_what_is_seen_again_counts_by_the_cubes_of_scores():
    shifted = (slice(12, 32), slice(11, 31))
    looks = [look(1.0, LEAF, OTHER), look(1.3, shifted)]
    assert credible(looks, 0, np.array([1.0, 1.0]))[1] == pytest.approx(0.5)
    assert credible(looks, 1, np.array([1.3]))[1] == pytest.approx(1)


def test_a_look_that_found_nothing_has_nothing_to_believe():
    believed, share = credible([look(1.0), look(2.0, LEAF)], 0, np.zeros(0))
    assert believed.count == 0 and share == 0


def test_large_images_are_thinned_out_and_measured_as_they_are():
    speck = (slice(901, 902), slice(901, 902))
    large = look(0.5, (slice(100, 500), slice(100, 500)), speck, side=2000)
    assert large.step == 2 and large.found.labels.shape == (1000, 1000)
    assert large.diameters() == pytest.approx([2 * np.sqrt(160_000 / np.pi)])
