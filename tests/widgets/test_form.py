"""The form shows every kind of field, its value makes the round trip, and the last value is always told."""

from __future__ import annotations

from enum import StrEnum

import pytest
from threshold_segmenter import ThresholdParams

from napari_leafseg.core.params import Params, param
from napari_leafseg.core.registry import methods
from napari_leafseg.widgets.form import ParamsForm


class Kind(StrEnum):
    FIRST = "first"
    SECOND = "second"


class EveryKind(Params):
    switch: bool = param(True, title="Switch", help="On or off.")
    whole: int = param(4, title="Whole", help="A count.", low=0, high=10_000, unit="px", log=True)
    fraction: float = param(0.5, title="Fraction", help="A share.", low=0.05, high=2.0, step=0.05)
    logarithmic: float = param(1.0, title="Logarithmic", help="A factor.", low=0.001, high=1000, log=True)
    kind: Kind = param(Kind.FIRST, title="Kind", help="Which.")


VALUES = [
    EveryKind(),
    EveryKind(switch=False, whole=10_000, fraction=2.0, logarithmic=1000, kind=Kind.SECOND),
    EveryKind(whole=0, fraction=0.05, logarithmic=0.001),
    EveryKind(fraction=0.123456, logarithmic=3.14159, whole=1234),
]


@pytest.fixture
def form(qtbot):
    form = ParamsForm(EveryKind)
    qtbot.addWidget(form)
    return form


def test_starts_with_the_defaults(form):
    assert form.value() == EveryKind()


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_round_trip(form, value):
    form.setValue(value)
    assert form.value() == value


def test_tells_the_last_value_and_few_between(qtbot, form):
    told = []
    form.valueChanged.connect(told.append)
    slider = form.control("whole").slider
    for position in range(0, slider.maximum(), 5):
        slider.setValue(position)
    slider.setValue(slider.maximum())
    with qtbot.waitSignal(form.settled) as settled:
        pass
    assert told[-1].whole == 10_000
    assert settled.args[0] == told[-1]
    assert len(told) < 20


def test_set_value_tells_once(qtbot, form):
    told = []
    form.valueChanged.connect(told.append)
    with qtbot.waitSignal(form.settled):
        form.setValue(VALUES[1])
    assert told == [VALUES[1]]


def test_reset_goes_back_to_what_suits_the_weights(form):
    form.setDefaults(VALUES[3])
    form.reset()
    assert form.value() == VALUES[3]


def test_controls_say_what_they_are(form):
    control = form.control("whole")
    assert control.toolTip() == "A count."
    assert control.accessibleName() == "Whole"


def test_any_method_gets_a_form(qtbot):
    form = ParamsForm(ThresholdParams)
    qtbot.addWidget(form)
    assert form.value() == ThresholdParams()


@pytest.mark.parametrize("name", methods())
def test_every_methods_form_fits_the_dock(qtbot, name):
    """However long the names of its choices are, nothing is cut off beside the window."""
    form = ParamsForm(methods()[name].type().params_type)
    qtbot.addWidget(form)
    assert form.minimumSizeHint().width() <= 280


def test_an_open_list_shows_long_choices_whole(qtbot):
    form = ParamsForm(methods()["deep_embedding"].type().params_type)
    qtbot.addWidget(form)
    box = form.control("order")
    longest = max(box.fontMetrics().horizontalAdvance(box.itemText(i)) for i in range(box.count()))
    assert box.view().minimumWidth() > longest


def test_a_closed_list_ends_long_choices_in_dots(qtbot):
    """What is cut off in the middle of a letter reads like another choice."""
    form = ParamsForm(methods()["deep_embedding"].type().params_type)
    qtbot.addWidget(form)
    form.resize(280, form.sizeHint().height())
    box = form.control("order")
    box.setCurrentText("hdbscan+mrf+clusternet")
    box.resize(box.minimumSizeHint().width(), box.height())
    assert box.shown_text().endswith("…")
    assert box.currentText() == "hdbscan+mrf+clusternet"
