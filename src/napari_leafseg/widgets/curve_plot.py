"""Curves over the epochs of a training, with a line of words that says which is which.

Knows named points only. pyqtgraph is imported when the first point comes, or earlier, in a thread, by `load_library`.
"""

from __future__ import annotations

import importlib
import itertools
import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

COLOURS = ("#e69f00", "#56b4e9", "#00b383", "#f0e442", "#d55e00", "#cc79a7", "#7a8cff", "#a0a0a0")
"""Told apart by people who see few colours too."""
HEIGHT = 120
MOST_TICKS, MOST_EPOCHS = 5, 7
DOT = 5
"""Pixels; a curve of one point is to be seen as well."""

Curve = Sequence[tuple[float, float]]


def load_library(*_: Any) -> None:
    """Import pyqtgraph, in a job: it takes longer than a window may stand still."""
    importlib.import_module("pyqtgraph")


class CurvePlot(QWidget):
    """Some named curves.

    Parameters
    ----------
    title
        What is plotted.
    log
        Whether values are spaced by their logarithm.
    limits
        Least and greatest value shown; found from the values if not given.
    """

    def __init__(
        self,
        title: str,
        *,
        log: bool = False,
        limits: tuple[float, float] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._title, self._log, self._limits = title, log, limits
        self._text = "#909090"
        self._plot: Any = None
        self._lines: dict[str, Any] = {}
        self._key = QLabel()
        self._key.setWordWrap(True)
        self._key.setTextFormat(Qt.TextFormat.RichText)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._key)
        self.setCurves({})

    def setCurves(self, curves: Mapping[str, Curve]) -> None:
        """Show curves: of each name, points (epoch, value)."""
        shown = {name: points for name, points in curves.items() if points}
        if shown and self._plot is None:
            self._plot = self._made()
        for name in [name for name in self._lines if name not in shown]:
            self._plot.removeItem(self._lines.pop(name))
        for place, (name, points) in enumerate(shown.items()):
            self._draw(name, points, COLOURS[place % len(COLOURS)])
        if shown:
            epochs = [epoch for points in shown.values() for epoch, _ in points]
            self._plot.getAxis("bottom").setTicks([_epochs(min(epochs), max(epochs))])
        if shown and self._log:
            ticks = _ticks([value for points in shown.values() for _, value in points])
            self._plot.getAxis("left").setTicks([ticks])
        self._key.setText(_key(self._title, shown))
        self.setVisible(bool(shown))

    def setTextColour(self, colour: str) -> None:
        """Say in which colour the theme writes."""
        self._text = colour
        if self._plot is not None:
            self._paint_axes(self._plot)

    def names(self) -> tuple[str, ...]:
        """Which curves are shown."""
        return tuple(self._lines)

    def points(self, name: str) -> list[tuple[float, float]]:
        """Points of a curve, as they were given."""
        x, y = self._lines[name].getOriginalDataset()
        return list(zip(x.tolist(), y.tolist(), strict=True))

    def _made(self) -> Any:
        import pyqtgraph

        plot = pyqtgraph.PlotWidget(parent=self, background=None, enableMenu=False)
        plot.setFixedHeight(HEIGHT)
        plot.setMouseEnabled(x=False, y=False)
        plot.hideButtons()
        plot.setLogMode(y=self._log)
        plot.showGrid(x=False, y=True, alpha=0.2)
        if self._limits is not None:
            plot.setYRange(*self._limits, padding=0.02)
        plot.setAccessibleName(self._title)
        # The area around scrolls; Qt would give the wheel to the plot.
        plot.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        # Made even where it is switched off, and nobody's child: it would outlive the window.
        menu = plot.getPlotItem().ctrlMenu
        menu.setParent(plot, menu.windowFlags())
        self._paint_axes(plot)
        self.layout().addWidget(plot)
        return plot

    def _paint_axes(self, plot: Any) -> None:
        for side in ("left", "bottom"):
            axis = plot.getAxis(side)
            axis.setPen(self._text)
            axis.setTextPen(self._text)
        plot.getAxis("left").setWidth(40)

    def _draw(self, name: str, points: Curve, colour: str) -> None:
        x, y = ([point[axis] for point in points] for axis in (0, 1))
        few = {"symbol": "o", "symbolSize": DOT, "symbolBrush": colour, "symbolPen": None} if len(points) < 40 else {}
        if name not in self._lines:
            self._lines[name] = self._plot.plot()
        self._lines[name].setData(x, y, pen={"color": colour, "width": 2}, **(few or {"symbol": None}))


def _key(title: str, curves: Mapping[str, Curve]) -> str:
    """Name each curve in its colour, with its last value."""
    parts = [
        f"<span style='color:{COLOURS[place % len(COLOURS)]}'>●</span>&nbsp;{escape(name)}&nbsp;{points[-1][1]:.3g}"
        for place, (name, points) in enumerate(curves.items())
    ]
    return f"{escape(title)}: {'  '.join(parts)}"


def _epochs(first: float, last: float) -> list[tuple[float, str]]:
    """Mark whole epochs, few enough to be read: there is no half of one."""
    steps = (factor * 10**decade for decade in itertools.count() for factor in (1, 2, 5))
    step = next(step for step in steps if last - first < MOST_EPOCHS * step)
    return [(epoch, str(epoch)) for epoch in range(math.ceil(first / step) * step, math.floor(last) + 1, step)]


def _ticks(values: Sequence[float]) -> list[tuple[float, str]]:
    """Mark round values of a logarithmic axis, few enough to be read; pyqtgraph writes them over each other."""
    positive = [value for value in values if value > 0] or [1.0]
    low, high = math.log10(min(positive)), math.log10(max(positive))
    decades = range(math.floor(low), math.ceil(high) + 1)
    for steps in ((1, 2, 5), (1,)):
        marks = [factor * 10.0**decade for decade in decades for factor in steps]
        inside = [mark for mark in marks if low - 0.05 <= math.log10(mark) <= high + 0.05]
        if len(inside) <= MOST_TICKS:
            break
    return [(math.log10(mark), f"{mark:g}") for mark in inside[:: -(-len(inside) // MOST_TICKS)] or marks[:1]]
