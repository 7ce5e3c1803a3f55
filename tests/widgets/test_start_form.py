"""The form asks for what training options know, and for nothing that was not chosen."""

from __future__ import annotations

import pytest
from qtpy.QtWidgets import QApplication

from napari_leafseg.core.weights import Card
from napari_leafseg.training.fine_tuning import fine_tuning_options
from napari_leafseg.training.options import TrainOptions
from napari_leafseg.widgets.start_form import AUGMENTATIONS, BUDGETS, UNTIL_BEST, StartForm


@pytest.fixture
def form(qtbot):
    form = StartForm()
    qtbot.addWidget(form)
    form.setName(" my plants ")
    return form


def test_a_name_and_a_time_are_enough(form):
    wanted = form.value()
    assert (wanted.name, wanted.options, wanted.device, wanted.processes) == ("my plants", {"minutes": 10.0}, "auto", 1)


def test_until_it_stops_improving_has_an_end_and_looks_often(form):
    form.budget.setCurrentText(UNTIL_BEST)
    options = fine_tuning_options(Card(), **form.value().options)
    assert options.patience and options.validate_every and options.minutes


def test_epochs_take_the_place_of_the_time(form):
    form.epochs.setValue(3)
    assert form.value().options == {"epochs": 3}


def test_everything_that_can_be_chosen_is_an_option_of_training(form):
    form.rate.setValue(0.0005)
    form.batch.setValue(2)
    form.crop.setValue(96)
    form.freeze.setChecked(True)
    form.setNoneChecks(True)
    form.in_turn.setChecked(True)
    form.precision.setCurrentIndex(1)
    for budget in BUDGETS:
        for augmentation in AUGMENTATIONS:
            form.budget.setCurrentText(budget)
            form.augmentation.setCurrentText(augmentation)
            options = TrainOptions.parse(form.value().options)
            assert (options.batch, options.crop, options.learning_rate) == (2, 96, 0.0005)
            assert options.freeze_backbone and options.leave_one_out and options.precision == "fp32"


def test_start_hands_over_what_is_asked_for(qtbot, form):
    form.setReady(False, "Open a folder first.")
    assert not form.start.isEnabled() and form.start.toolTip() == "Open a folder first."
    form.setReady(True)
    with qtbot.waitSignal(form.start_requested) as told:
        form.start.click()
    assert told.args[0] == form.value()


def test_the_command_can_be_copied(form):
    form.setCommand("napari-leafseg train --data here")
    form._copy.click()
    assert QApplication.clipboard().text() == "napari-leafseg train --data here"


def test_every_change_is_told(qtbot, form):
    for change in (lambda: form.batch.setValue(4), lambda: form.name.setText("b"), form.freeze.toggle):
        with qtbot.waitSignal(form.changed):
            change()


def test_images_are_left_out_in_turn_only_where_none_is_kept_aside(form):
    form.in_turn.setChecked(True)
    assert form.in_turn.isHidden() and "leave_one_out" not in form.value().options
    form.setNoneChecks(True)
    assert form.value().options["leave_one_out"]
