"""What a training tells is readable while it runs, and its buttons ask for what they say."""

from __future__ import annotations

import pytest
from qtpy.QtGui import QImage

from napari_leafseg.widgets.preview_strip import PreviewStrip
from napari_leafseg.widgets.training_view import BROKEN, OVER, PAUSED, RUNNING, STOPPING, TrainingView, in_words


@pytest.fixture
def view(qtbot):
    view = TrainingView()
    qtbot.addWidget(view)
    return view


def test_each_state_asks_for_something_else(qtbot, view):
    asked = {RUNNING: view.pause_requested, PAUSED: view.continue_requested, BROKEN: view.resume_requested}
    for state, signal in asked.items():
        view.setState(state)
        with qtbot.waitSignal(signal):
            view.pause.click()
    with qtbot.waitSignal(view.stop_requested):
        view.setState(RUNNING)
        view.stop.click()
    assert view.state() == STOPPING and not view.stop.isEnabled()


def test_what_is_over_has_no_buttons(view):
    view.setState(OVER)
    assert view.pause.isHidden() and view.stop.isHidden() and view.progress.isHidden()
    view.setState(BROKEN)
    assert not view.pause.isHidden() and view.stop.isHidden()


def test_progress_is_a_share_or_unknown(view):
    view.setProgress(0.42)
    assert view.progress.text() == "42%"
    view.setProgress(None)
    assert (view.progress.minimum(), view.progress.maximum()) == (0, 0)


def test_words_are_no_markup(view):
    view.setDoing("a < b")
    view.setWarnings(("Few <objects>.",))
    assert view.doing() == "a &lt; b" and "&lt;objects&gt;" in view._warnings.text()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, ""), (2, "about 5 s left"), (61, "about 60 s left"), (200, "about 3 min left"), (9000, "about 2.5 h left")],
)
def test_time_is_said_as_people_say_it(seconds, words):
    assert in_words(seconds) == words


@pytest.fixture
def strip(qtbot):
    strip = PreviewStrip()
    qtbot.addWidget(strip)
    strip.wanted = []
    strip.place_wanted.connect(strip.wanted.append)
    return strip


def test_the_newest_picture_is_followed(strip):
    strip.setTitles(["one"])
    strip.setTitles(["one", "two"])
    strip.setTitles(["one", "two"])
    assert strip.wanted == [0, 1] and strip.words.text() == "two"


def test_who_went_back_stays_there(strip):
    strip.setTitles(["one", "two"])
    strip.slider.setValue(0)
    strip.setTitles(["one", "two", "three"])
    assert strip.wanted == [1, 0] and strip.words.text() == "one"
    strip.slider.setValue(2)
    strip.setTitles(["one", "two", "three", "four"])
    assert strip.wanted[-1] == 3


def test_another_run_begins_anew(strip):
    strip.setTitles(["one", "two"])
    strip.setPicture(QImage(8, 4, QImage.Format.Format_RGB888))
    assert strip.picture.pixmap().width() == 2 * strip.picture.pixmap().height()
    strip.setTitles([])
    assert strip.isHidden() and strip.picture.pixmap().isNull()
    strip.setTitles(["first"])
    assert strip.wanted[-1] == 0 and strip.words.text() == "first"
