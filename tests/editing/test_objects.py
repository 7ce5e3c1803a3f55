"""Where objects lie: a place in each at which it can be pointed to."""

from __future__ import annotations

import numpy as np
import pytest
from editing.pictures import drawn

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
