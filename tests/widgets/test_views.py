"""The small parts of the docks say what a person must be able to read, without any viewer."""

import pytest
from threshold_segmenter import ThresholdSegmenter

from napari_leafseg.core.catalogue import shipped
from napari_leafseg.core.errors import ImageError
from napari_leafseg.core.library import keep
from napari_leafseg.core.weights import Card
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


def test_card_says_what_the_network_is_and_what_it_reaches_where(qtbot):
    view = CardView()
    qtbot.addWidget(view)
    card = Card(title="Nuclei", groups={"bright field": {"images": 4, "AP50": 0.25}})
    view.setCard(card, network="compact, 3.5 million parameters, 7.1 MB")
    for words in ("compact, 3.5 million parameters", "Bright field:</b> 4 images, AP50 0.25"):
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


@pytest.fixture
def one_shipped(tmp_path, monkeypatch, threshold_method):
    """Let one weights file of the torch-free method come with the package."""
    path = tmp_path / "threshold-nuclei.safetensors"
    card = Card(
        title="Nuclei", subject="nuclei", licence="CC0 1.0: may be used for anything", object_size=19.4,
        figures={"AP50": 0.742, "mAP": 0.478},
    )  # fmt: skip
    ThresholdSegmenter(card=card).save(path)
    monkeypatch.setattr("napari_leafseg.core.catalogue.shipped", lambda method=None: {path.stem: path})
    return path


def test_model_menu_says_subject_figure_object_size_and_licence(qtbot, one_shipped):
    picker = ModelPicker()
    qtbot.addWidget(picker)
    picker.show_choice("threshold")
    assert picker._weights.itemText(0) == "nuclei · AP50 0.742 · 19 px · CC0 1.0"
    picker.choose("threshold", one_shipped)
    assert picker.weights() == one_shipped


def test_model_menu_is_readable_when_narrow(qtbot, one_shipped):
    """The begin is shown, then dots; the open list shows all."""
    picker = ModelPicker()
    qtbot.addWidget(picker)
    picker.show_choice("threshold")
    picker.resize(200, 80)
    picker.show()
    box = picker._weights
    assert box.shown_text().startswith("nuclei · ") and box.shown_text().endswith("…")
    assert box.view().minimumWidth() > box.fontMetrics().horizontalAdvance(box.itemText(0))
    picker.resize(600, 80)
    assert box.shown_text() == box.itemText(0)


def test_a_damaged_shipped_file_is_still_named(qtbot, one_shipped):
    """Loading it says what is wrong; the window must open all the same."""
    one_shipped.write_bytes(b"no weights")
    picker = ModelPicker()
    qtbot.addWidget(picker)
    picker.show_choice("threshold")
    assert picker._weights.itemText(0) == "nuclei"


def test_model_picker_without_weights_asks_for_nothing(qtbot, threshold_method):
    picker = ModelPicker()
    qtbot.addWidget(picker)
    with qtbot.assertNotEmitted(picker.segmenter_requested):
        picker.choose("threshold")
    assert picker.weights() is None


def test_weights_that_got_a_name_meanwhile_are_in_the_menu(qtbot, tmp_path, monkeypatch, threshold_method):
    monkeypatch.setenv("LEAFSEG_HOME", str(tmp_path))
    picker = ModelPicker()
    qtbot.addWidget(picker)
    ThresholdSegmenter().save(tmp_path / "mine.safetensors")
    picker.choose(threshold_method.name, tmp_path / "mine.safetensors")
    keep(tmp_path / "mine.safetensors", "greenhouse")
    picker.refresh()
    titles = [picker._weights.itemText(place) for place in range(picker._weights.count())]
    assert any(title.startswith("greenhouse") for title in titles)
    assert picker.weights() == tmp_path / "mine.safetensors"
