"""Before and after: both sets, gains and losses told apart, each image to be opened."""

from __future__ import annotations

import pytest

from napari_leafseg.inference.comparison_file import Comparison
from napari_leafseg.widgets.result_view import BETTER, WORSE, ResultView


def _figures(sbd: float, dic: float = 2.0) -> dict[str, float]:
    return {"SBD": sbd, "FBD": 0.8, "|DiC|": dic, "AP50": sbd, "mAP": sbd / 2}


COMPARISON = Comparison.model_validate({
    "sets": [
        {
            "name": "validation", "what": "", "images": 2, "before": _figures(0.5, 3.0), "after": _figures(0.75, 1.0),
            "rows": [{"image": name, "before": _figures(0.4), "after": _figures(0.6)} for name in ("b", "a")],
        },
        {"name": "original", "what": "", "images": 8, "before": _figures(0.8), "after": _figures(0.7), "rows": []},
    ],
    "better": True,
    "sentence": "Better on your images.",
})  # fmt: skip


@pytest.fixture
def view(qtbot):
    view = ResultView()
    qtbot.addWidget(view)
    view.setComparison(COMPARISON)
    return view


def test_both_sets_are_in_the_table(view):
    for words in ("Better on your images.", "Your images</b> (2)", "What it knew</b> (8)", "0.750", "0.700"):
        assert words in view.text()


def test_gains_and_losses_have_their_colours(view):
    text = view.text()
    assert f"<b style='color:{BETTER}'>0.750" in text and f"<b style='color:{WORSE}'>0.700" in text
    # Counts are better when they differ less; what stays as it is has no colour.
    assert f"<b style='color:{BETTER}'>1.000" in text and "<b>0.800" in text


def test_images_come_in_the_order_given_and_open_with_a_click(qtbot, view):
    names = [view.rows.topLevelItem(row).text(0) for row in range(view.rows.topLevelItemCount())]
    assert names == ["b", "a"] and view.rows.topLevelItem(0).text(1) == "0.40→0.60"
    with qtbot.waitSignal(view.image_requested) as told:
        view.rows.itemClicked.emit(view.rows.topLevelItem(1), 0)
    assert told.args == ["validation", 1]
    view.sets.setCurrentIndex(1)
    assert view.rows.topLevelItemCount() == 0


def test_without_a_comparison_a_sentence_says_so(view):
    view.setComparison(None, "Nothing was compared.")
    assert "Nothing was compared." in view.text() and view._table.isHidden() and view.each.isHidden()


def test_buttons_ask(qtbot, view):
    pairs = (
        (view.use, view.use_requested), (view.train_on, view.train_on_requested), (view.discard, view.discard_requested)
    )  # fmt: skip
    for button, signal in pairs:
        with qtbot.waitSignal(signal):
            button.click()
    view.setUsable(False)
    assert not view.use.isEnabled() and view.discard.isEnabled()
