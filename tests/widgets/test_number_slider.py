"""The slider reaches both bounds, keeps exact values, and never leaves its bounds."""

import pytest

from napari_leafseg.widgets.number_slider import NumberSlider

KINDS = [
    {"low": 0, "high": 1, "step": 0.01},
    {"low": 0.05, "high": 2.0},
    {"low": 0, "high": 10_000, "whole": True, "log": True},
    {"low": 0.001, "high": 1000, "log": True},
    {"low": 3, "high": 7, "whole": True},
]


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_both_ends_and_all_between(qtbot, kind):
    slider = NumberSlider(**kind)
    qtbot.addWidget(slider)
    values = []
    for position in range(slider.slider.maximum() + 1):
        slider.slider.setValue(position)
        values.append(slider.value())
    assert values[0] == kind["low"]
    assert values[-1] == pytest.approx(kind["high"])
    assert values == sorted(values)


@pytest.mark.parametrize(("given", "kept"), [(0.1234567, 0.1234567), (-5, 0), (9, 1)])
def test_values_are_exact_and_within_bounds(qtbot, given, kept):
    slider = NumberSlider(0, 1, step=0.01)
    qtbot.addWidget(slider)
    slider.setValue(given)
    assert slider.value() == kept


def test_tells_only_changes(qtbot):
    slider = NumberSlider(0, 1)
    qtbot.addWidget(slider)
    told = []
    slider.valueChanged.connect(told.append)
    slider.setValue(0.5)
    slider.setValue(0.5)
    assert told == [0.5]
