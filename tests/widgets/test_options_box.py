"""Encode options make the round trip through their box, and an edit is told once."""

import pytest

from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.widgets.options_box import OptionsBox

VALUES = [
    EncodeOptions(),
    EncodeOptions(object_size=23.5, tile=1024, precision="bf16"),
    EncodeOptions(tile=300, device="cpu"),
    EncodeOptions(tile="off", precision="fp32"),
]


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_round_trip(qtbot, value):
    box = OptionsBox()
    qtbot.addWidget(box)
    box.setValue(value)
    assert box.value() == value


def test_tells_an_edit_once(qtbot):
    box = OptionsBox()
    qtbot.addWidget(box)
    told = []
    box.valueChanged.connect(told.append)
    box._size.setValue(40)
    assert told == [EncodeOptions(object_size=40)]
