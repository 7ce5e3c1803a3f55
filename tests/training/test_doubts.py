"""What will not work is said before a training begins, and nothing is said where all is well."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from napari_leafseg.core.sample import Sample
from napari_leafseg.core.weights import Card
from napari_leafseg.training.doubts import doubts
from napari_leafseg.training.drawn import to_train_on


def pictured(name: str, objects: int, side: int = 20, classes: dict[int, int] | None = None) -> Sample:
    """Make an image with squares in a row."""
    labels = np.zeros((side + 8, (side + 4) * max(objects, 1) + 4), np.int32)
    for number in range(objects):
        left = 4 + (side + 4) * number
        labels[4 : 4 + side, left : left + side] = number + 1
    return Sample(name, np.zeros((*labels.shape, 3), np.float32), labels, classes=classes or {})


FIVE = [pictured(f"plant {number}", 8) for number in range(5)]


def said(train: Sequence[Sample], validation: Sequence[Sample] = FIVE[:1], **more: object) -> str:
    return " ".join(doubts(train, validation, **more))  # type: ignore[arg-type]


def test_nothing_is_said_where_all_is_well() -> None:
    assert doubts(FIVE, FIVE[:1], Card(object_size=22.6)) == []
    assert doubts(FIVE, FIVE[:1], Card(object_size=60, object_sizes=(40, 90))) == []
    assert doubts(to_train_on(("mixed",), 128, "range", 0), []) == []


def test_few_objects_are_counted_without_those_that_are_ignored() -> None:
    assert "There are only 16 objects" in said(FIVE[:2])
    whole = FIVE[0]
    partly = Sample("partly", whole.image, whole.labels, ignore=whole.labels > 3)
    assert "only 19 objects" in said([*FIVE[:2], partly])
    assert "only 1 object to" in said([pictured("one", 1)])


def test_images_without_objects_are_named() -> None:
    bare = [pictured(f"bare {number}", 0) for number in range(5)]
    assert "bare 0 has no object and will teach that nothing is there" in said([*FIVE, bare[0]])
    assert "bare 0, bare 1, bare 2 and 2 more have no object" in said([*FIVE, *bare])
    assert doubts(bare, FIVE)[0].startswith("There is no object to learn from") and len(doubts(bare, FIVE)) == 1


@pytest.mark.parametrize(("side", "strange"), [(20, False), (32, False), (60, True), (8, True)])
def test_sizes_far_from_those_of_the_weights_are_said(side: int, strange: bool) -> None:
    train = [pictured("a", 25, side)]
    assert ("these weights know 23" in said(train, start=Card(object_size=22.6))) is strange
    assert not said(train, start=None)
    assert not said(train, start=Card(object_size=60, object_sizes=(40, 90)))


def test_objects_without_a_shape_are_said() -> None:
    assert "too few for a shape" in said([pictured("dots", 25, 3)], start=Card(object_size=22.6))


def test_one_class_where_several_are_to_be_told_apart() -> None:
    leaves = dict.fromkeys(range(1, 26), 0)
    one = [pictured("a", 25, classes=leaves)]
    assert "All objects that have a class are 'leaf': what pot looks like cannot be learned" in said(
        one, classes=("leaf", "pot")
    )
    assert not said(one, classes=("leaf",)) and not said(one)
    both = [pictured("a", 25, classes={**leaves, 3: 1})]
    assert not said(both, classes=("leaf", "pot"))
    some = [pictured("a", 25, classes={1: 0, 2: 1})]
    assert "23 of 25 objects have no class" in said(some, classes=("leaf", "pot"))


def test_one_image_alone_to_check_on_is_said_where_another_can_be_spared() -> None:
    many = FIVE + FIVE
    assert "One image alone is checked on" in said(many, FIVE[:1])
    assert doubts(many, FIVE[:2]) == []


def test_without_images_kept_aside_nobody_will_know() -> None:
    assert "With 3 images to learn from and none kept aside, nobody will know" in said(FIVE[:3], [])
