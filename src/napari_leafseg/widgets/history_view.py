"""Every fine-tuning of a project: look at one again, compare two, go back to any, hand one on.

Emits intents; knows what is to be written in a row, and no file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from napari_leafseg.core.weights import SUFFIX
from napari_leafseg.widgets.curve_plot import Curve, CurvePlot

HEIGHT = 130
PATH_ROLE = 256
NONE = "-"


@dataclass(frozen=True)
class PastRun:
    """One run, as the list shows it.

    Attributes
    ----------
    path
        Its folder.
    name, method, begun, outcome
        Texts; ``begun`` sorts by time.
    weights
        Whether it left weights.
    facts
        Options and figures by name, for comparing.
    scores
        Curves of the validation, by name.
    """

    path: Path
    name: str
    method: str = ""
    begun: str = ""
    outcome: str = ""
    weights: bool = False
    facts: Mapping[str, str] = field(default_factory=dict)
    scores: Mapping[str, Curve] = field(default_factory=dict)


class HistoryView(QWidget):
    """The list, newest first.

    Signals
    -------
    show_requested, use_requested, resume_requested
        Folder of a run: to be looked at again, whose weights are to be used, that is to go on.
    export_requested
        Folder of a run, and the file that its weights are to be copied to.
    import_requested
        A weights file.
    """

    show_requested = Signal(object)
    use_requested = Signal(object)
    resume_requested = Signal(object)
    export_requested = Signal(object, object)
    import_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.list, self._facts = QTreeWidget(), QLabel()
        self.scores = CurvePlot("SBD of both", limits=(0, 1))
        self.show_run, self.use, self.resume, self.export, self.bring = (
            QPushButton(text) for text in ("Show", "Go back to", "Go on", "Export…", "Import…")
        )
        self._runs: dict[Path, PastRun] = {}
        self._set_up()
        self._lay_out()
        self._connect()
        self._on_chosen()

    def _set_up(self) -> None:
        self.list.setHeaderLabels(["Run", "Model", "Outcome"])
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setFixedHeight(HEIGHT)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setAccessibleName("Earlier runs")
        self.list.setToolTip("Choose one run, or two to compare them.")
        header = self.list.header()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setStretchLastSection(False)
        for column, width in ((1, 92), (2, 120)):
            header.resizeSection(column, width)
        for button, told in (
            (self.show_run, "Show the curves and figures of this run again."),
            (self.use, "Segment with the weights of this run from now on."),
            (self.resume, "Go on where this run stopped."),
            (self.export, "Copy the weights of this run to one file, to hand to a colleague."),
            (self.bring, "Take a weights file that somebody handed to you into the model menu."),
        ):
            button.setToolTip(told)
        self._facts.setTextFormat(Qt.TextFormat.RichText)
        self._facts.setWordWrap(True)
        self._facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def _lay_out(self) -> None:
        layout, first, second = QVBoxLayout(self), QHBoxLayout(), QHBoxLayout()
        layout.setContentsMargins(0, 0, 0, 0)
        for button in (self.show_run, self.use, self.resume):
            first.addWidget(button)
        for button in (self.export, self.bring):
            second.addWidget(button)
        layout.addWidget(self.list)
        layout.addLayout(first)
        layout.addLayout(second)
        layout.addWidget(self._facts)
        layout.addWidget(self.scores)

    def _connect(self) -> None:
        self.list.itemSelectionChanged.connect(self._on_chosen)
        self.show_run.clicked.connect(lambda: self._tell(self.show_requested))
        self.use.clicked.connect(lambda: self._tell(self.use_requested))
        self.resume.clicked.connect(lambda: self._tell(self.resume_requested))
        self.export.clicked.connect(self._on_export)
        self.bring.clicked.connect(self._on_import)

    def setRuns(self, runs: Sequence[PastRun]) -> None:
        """Show these runs, keeping what is chosen."""
        kept = {run.path for run in self.chosen()}
        self._runs = {run.path: run for run in runs}
        blocked = self.list.blockSignals(True)
        self.list.clear()
        for run in sorted(runs, key=lambda run: run.begun, reverse=True):
            item = QTreeWidgetItem([run.name, run.method, run.outcome])
            item.setData(0, PATH_ROLE, run.path)
            item.setToolTip(0, f"{run.name}\n{run.begun}\n{run.path}")
            item.setToolTip(2, run.outcome)
            self.list.addTopLevelItem(item)
            item.setSelected(run.path in kept)
        self.list.blockSignals(blocked)
        self._on_chosen()

    def chosen(self) -> list[PastRun]:
        """The runs that are chosen, as the list has them."""
        paths = (item.data(0, PATH_ROLE) for item in self.list.selectedItems())
        return [self._runs[path] for path in paths if path in self._runs]

    def choose(self, *paths: Path) -> None:
        """Choose runs by their folders."""
        for place in range(self.list.topLevelItemCount()):
            item = self.list.topLevelItem(place)
            item.setSelected(item.data(0, PATH_ROLE) in paths)

    def facts(self) -> str:
        """What is said of the chosen runs."""
        return self._facts.text()

    def _on_chosen(self) -> None:
        chosen = self.chosen()
        one = chosen[0] if len(chosen) == 1 else None
        self.show_run.setEnabled(one is not None)
        self.resume.setEnabled(one is not None)
        for button in (self.use, self.export):
            button.setEnabled(one is not None and one.weights)
        two = chosen if len(chosen) == 2 else []
        self._facts.setText(_compared(*two) if two else "")
        self._facts.setVisible(bool(two))
        self.scores.setCurves({run.name: run.scores.get("SBD", ()) for run in two})

    def _tell(self, signal: Any) -> None:
        for run in self.chosen()[:1]:
            signal.emit(run.path)

    def _on_export(self) -> None:
        for run in self.chosen()[:1]:
            offered = f"{run.method}-{run.name}{SUFFIX}"
            name, _ = QFileDialog.getSaveFileName(self, "Weights file", offered, f"Weights (*{SUFFIX})")
            if name:
                self.export_requested.emit(run.path, Path(name))

    def _on_import(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Weights file", "", f"Weights (*{SUFFIX})")
        if name:
            self.import_requested.emit(Path(name))


def _compared(one: PastRun, two: PastRun) -> str:
    """Write what differs between two runs."""
    names = list(dict.fromkeys((*one.facts, *two.facts)))
    differing = [name for name in names if one.facts.get(name) != two.facts.get(name)]
    rows = "".join(
        f"<tr><td>{escape(name)}</td>"
        + "".join(f"<td align=right>{escape(run.facts.get(name, NONE))}</td>" for run in (one, two))
        + "</tr>"
        for name in differing
    )
    head = "".join(f"<td align=right><b>{escape(run.name)}</b></td>" for run in (one, two))
    return f"<table cellpadding=2 width='100%'><tr><td></td>{head}</tr>{rows}</table>"
