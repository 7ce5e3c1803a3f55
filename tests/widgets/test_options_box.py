"""Encode options make the round trip through their box, and an edit is told once."""

import pytest

from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.core.weights import Card
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


@pytest.mark.parametrize(
    ("card", "special", "hint"),
    [
        (Card(object_size=24), "as it is", "weights: 24 px"),
        (Card(object_size=40, object_sizes=(20, 80)), "found by itself", "weights: 20 to 80 px"),
        (None, "as it is", ""),
    ],
    ids=["one size", "a range", "none"],
)
def test_says_whether_the_object_size_is_found(qtbot, card, special, hint):
    box = OptionsBox()
    qtbot.addWidget(box)
    box.setKnownSizes(Card(object_sizes=(5, 6)))
    box.setKnownSizes(card)
    assert box._size.specialValueText() == special
    assert box._size.text() == special
    assert box._hint.text() == hint
