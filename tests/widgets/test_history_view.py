"""Earlier runs: newest first, two can be compared, one can be gone back to."""

from __future__ import annotations

from pathlib import Path

import pytest
from qtpy.QtWidgets import QFileDialog

from napari_leafseg.widgets.history_view import HistoryView, PastRun

FIRST, SECOND, BROKEN = Path("first"), Path("second"), Path("broken")
RUNS = (
    PastRun(FIRST, "first", "harmonic", "2026-01-01", "SBD 0.7", weights=True,
            facts={"SBD": "0.7", "batch": "8"}, scores={"SBD": ((1.0, 0.7),)}),
    PastRun(SECOND, "second", "harmonic", "2026-02-01", "SBD 0.8", weights=True,
            facts={"SBD": "0.8", "batch": "8"}, scores={"SBD": ((1.0, 0.8),)}),
    PastRun(BROKEN, "broken", "rsis", "2026-03-01", "broken off"),
)  # fmt: skip


@pytest.fixture
def view(qtbot):
    view = HistoryView()
    qtbot.addWidget(view)
    view.setRuns(RUNS)
    return view


def test_the_newest_comes_first(view):
    assert [view.list.topLevelItem(row).text(0) for row in range(3)] == ["broken", "second", "first"]


def test_one_run_can_be_gone_back_to(qtbot, view):
    assert not view.use.isEnabled()
    view.choose(FIRST)
    for button, signal in ((view.use, view.use_requested), (view.show_run, view.show_requested)):
        with qtbot.waitSignal(signal) as told:
            button.click()
        assert told.args == [FIRST]


def test_a_run_without_weights_can_only_be_looked_at_and_resumed(view):
    view.choose(BROKEN)
    assert view.show_run.isEnabled() and view.resume.isEnabled()
    assert not view.use.isEnabled() and not view.export.isEnabled()


def test_two_runs_are_compared_by_what_differs(view):
    view.choose(FIRST, SECOND)
    assert "SBD" in view.facts() and "0.7" in view.facts() and "batch" not in view.facts()
    assert set(view.scores.names()) == {"first", "second"}
    assert not view.use.isEnabled()


def test_what_is_chosen_stays_chosen_when_runs_come(view):
    view.choose(FIRST)
    view.setRuns((*RUNS, PastRun(Path("new"), "new", begun="2026-04-01")))
    assert [run.path for run in view.chosen()] == [FIRST]


def test_weights_are_handed_on_and_taken_in(qtbot, view, monkeypatch, tmp_path):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "out.safetensors"), ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "in.safetensors"), ""))
    view.choose(FIRST)
    with qtbot.waitSignal(view.export_requested) as told:
        view.export.click()
    assert told.args == [FIRST, tmp_path / "out.safetensors"]
    with qtbot.waitSignal(view.import_requested) as told:
        view.bring.click()
    assert told.args == [tmp_path / "in.safetensors"]
