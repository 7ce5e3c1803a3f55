"""Doing an operation on a small picture, with all that holds for every operation checked."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from editing.pictures import drawn, picture

from napari_leafseg.editing.edit import Edit
from napari_leafseg.editing.objects import Objects


@pytest.fixture
def after() -> Callable[[str, Callable[[Objects], Edit]], list[str]]:
    """Give a function that says what an operation makes of a picture."""

    def do(before: str, operation: Callable[[Objects], Edit]) -> list[str]:
        labels = drawn(before)
        objects = Objects(labels)
        edit = operation(objects)
        assert np.array_equal(labels, drawn(before)), "an operation changes nothing itself"
        assert edit.size, "an edit changes something"
        edit.write(labels)
        objects.update(edit)
        result = picture(labels)
        fresh = Objects(labels)
        assert objects.areas == fresh.areas
        assert [objects.box(identity) for identity in objects.ids] == [fresh.box(identity) for identity in fresh.ids]
        assert objects.next_id == fresh.next_id
        edit.inverse().write(labels)
        assert np.array_equal(labels, drawn(before)), "an edit is taken back exactly"
        return result

    return do
