"""The small parts of the docks say what a person must be able to read, without any viewer."""

import pytest

from napari_leafseg.core.errors import ImageError
from napari_leafseg.core.weights import Card, shipped
from napari_leafseg.widgets.card_view import CardView
from napari_leafseg.widgets.device_picker import WARNING, DevicePicker
from napari_leafseg.widgets.message_line import MessageLine, sentence_of
from napari_leafseg.widgets.model_picker import ModelPicker
from napari_leafseg.widgets.run_bar import CURRENT, FOLDER, SLICE, SLICES, RunBar


def test_card_names_the_licence(qtbot):
    view = CardView()
    qtbot.addWidget(view)
    view.setCard(Card(title="Nuclei", licence="CC0-1.0", data="DSB 2018", figures={"AP50": 0.7}), "Finds.", "Kulikov")
    for words in ("Nuclei", "CC0-1.0", "DSB 2018", "AP50 0.7", "Kulikov"):
        assert words in view.text()


def test_card_says_that_a_licence_is_missing(qtbot):
    view = CardView()
    qtbot.addWidget(view)
    view.setCard(Card(title="Mine"))
    assert "not stated" in view.text()


@pytest.mark.parametrize(("words", "warned"), [("CPU", True), ("NVIDIA H200", False)])
def test_device_is_readable_and_a_cpu_is_warned_of(qtbot, words, warned):
    picker = DevicePicker()
    qtbot.addWidget(picker)
    picker.setWords(words)
    assert words in picker.words()
    assert (WARNING in picker.words()) is warned


def test_device_offers_only_what_is_there(qtbot):
    picker = DevicePicker()
    qtbot.addWidget(picker)
    picker.setAvailable(("cpu",))
    assert [picker._choice.itemData(i) for i in range(picker._choice.count())] == ["auto", "cpu"]


def test_run_bar_keeps_its_choice_and_shows_cancel_while_running(qtbot):
    bar = RunBar()
    qtbot.addWidget(bar)
    bar.show()
    bar.setScopes((SLICE, SLICES))
    bar._scope.setCurrentIndex(1)
    bar.setScopes((SLICE, SLICES, FOLDER))
    with qtbot.waitSignal(bar.run_requested) as requested:
        bar._run.click()
    assert requested.args == [SLICES]
    bar.setRunning(True)
    assert bar._cancel.isVisible() and not bar._run.isVisible()
    bar.setScopes((CURRENT,))
    assert bar._scope.currentData() == CURRENT


@pytest.mark.parametrize(
    ("error", "expected"),
    [(ImageError("a.png is damaged: copy it."), "a.png is damaged: copy it."), (RuntimeError("boom"), "boom")],
)
def test_errors_are_sentences(qtbot, error, expected):
    line = MessageLine()
    qtbot.addWidget(line)
    line.complain(error)
    assert expected in line.text()
    assert expected in sentence_of(error)


def test_model_picker_asks_for_browsed_weights(qtbot, threshold_method, threshold_weights):
    picker = ModelPicker()
    qtbot.addWidget(picker)
    with qtbot.waitSignal(picker.segmenter_requested) as requested:
        picker.choose("threshold", threshold_weights)
    assert requested.args == ["threshold", threshold_weights]
    assert (picker.method(), picker.weights()) == ("threshold", threshold_weights)


def test_model_picker_begins_with_a_method_that_has_weights(qtbot, threshold_method):
    """Whatever comes first in the alphabet."""
    picker = ModelPicker()
    qtbot.addWidget(picker)
    assert shipped(picker.method())


def test_model_picker_without_weights_asks_for_nothing(qtbot, threshold_method):
    picker = ModelPicker()
    qtbot.addWidget(picker)
    with qtbot.assertNotEmitted(picker.segmenter_requested):
        picker.choose("threshold")
    assert picker.weights() is None
