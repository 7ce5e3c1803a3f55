"""Curves: what is given is what is drawn, by name, and nothing is shown of nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

from napari_leafseg.widgets.curve_plot import CurvePlot, _epochs

LOSSES = {"offsets": [(1.0, 0.5), (2.0, 0.25)], "seeds": [(1.0, 4.0), (2.0, 2.0)]}


def test_curves_are_named_and_hold_their_points(qtbot):
    plot = CurvePlot("Losses", log=True)
    qtbot.addWidget(plot)
    assert plot.isHidden()
    plot.setCurves(LOSSES)
    assert not plot.isHidden() and plot.names() == ("offsets", "seeds")
    assert plot.points("seeds") == LOSSES["seeds"]
    assert "offsets&nbsp;0.25" in plot._key.text() and "seeds&nbsp;2" in plot._key.text()


def test_a_curve_grows_and_goes(qtbot):
    plot = CurvePlot("Validation", limits=(0, 1))
    qtbot.addWidget(plot)
    plot.setTextColour("#ffffff")
    plot.setCurves(LOSSES)
    plot.setCurves({"seeds": [*LOSSES["seeds"], (3.0, 1.0)], "masks": []})
    assert plot.names() == ("seeds",) and len(plot.points("seeds")) == 3
    plot.setCurves({})
    assert plot.isHidden() and plot.names() == ()


@pytest.mark.parametrize(
    ("first", "last", "marked"),
    [(0, 2, [0, 1, 2]), (1, 1, [1]), (1, 19, [5, 10, 15]), (0, 10, [0, 2, 4, 6, 8, 10]), (0.5, 1.8, [1])],
)
def test_only_whole_epochs_are_marked(first, last, marked):
    assert _epochs(first, last) == [(epoch, str(epoch)) for epoch in marked]


def test_names_are_no_markup(qtbot):
    plot = CurvePlot("Losses")
    qtbot.addWidget(plot)
    plot.setCurves({"<b>": [(1.0, 1.0)]})
    assert "&lt;b&gt;" in plot._key.text()


def test_the_library_is_loaded_with_the_first_point():
    code = "import sys, napari_leafseg.widgets.curve_plot; print('pyqtgraph' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "False"
