"""Where objects lie: a place in each at which it can be pointed to."""

from __future__ import annotations

import numpy as np
import pytest
from editing.pictures import drawn

from napari_leafseg.core.errors import EditError
from napari_leafseg.data.nuclei import draw_nuclei
from napari_leafseg.editing.objects import Objects


@pytest.mark.parametrize(
    ("picture", "middle"),
    [
        ("111 111 111", (1, 1)),
        ("1", (0, 0)),
        ("1111 1..1 1..1", (0, 1)),
        ("..... .1.11 .....", (1, 3)),
        ("1.... .1... ..1.. ...1.", (1, 1)),
    ],
)
def test_the_middle(picture: str, middle: tuple[float, float]) -> None:
    assert Objects(drawn(picture)).middle(1) == middle


def test_the_middle_lies_in_its_object() -> None:
    objects = Objects(draw_nuclei(256, 40, seed=3)[1].astype(np.uint16))
    assert [objects.at(*objects.middle(identity)) for identity in objects.ids] == objects.ids


@pytest.mark.parametrize(("dtype", "factor"), [(np.uint16, 1), (np.int32, 1), (np.int32, 2_000_000), (np.uint8, 1)])
def test_areas_and_boxes_are_those_that_counting_finds(dtype: type, factor: int) -> None:
    labels = (draw_nuclei(256, 40, seed=1)[1].astype(np.int64) * factor).astype(dtype)
    labels[3, :7], labels[200, 0], labels[201, -1] = labels.max(), labels.max(), labels.max()
    for seen in (labels, labels[:, ::-1], labels[::3, 1:]):
        objects = Objects(seen)
        assert objects.ids == [key for key in np.unique(seen).tolist() if key]
        for key in objects.ids:
            rows, columns = np.nonzero(seen == key)
            assert objects.area(key) == len(rows)
            assert objects.box(key) == (slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1))


def test_images_without_objects_and_negative_ids() -> None:
    for shape in ((0, 0), (5, 0), (1, 1), (7, 9)):
        assert len(Objects(np.zeros(shape, np.int32))) == 0
    with pytest.raises(EditError, match="negative id -3"):
        Objects(np.full((4, 4), -3))
