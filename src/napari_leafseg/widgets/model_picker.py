"""Chooses a method and its weights; emits what was chosen and loads nothing.

Knows the registry's names and the files that have a name; nothing of napari.
"""

from __future__ import annotations

import logging
from pathlib import Path

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFileDialog, QFormLayout, QWidget

from napari_leafseg.core import catalogue, registry, weights
from napari_leafseg.core.errors import WeightsError
from napari_leafseg.widgets.captions import caption
from napari_leafseg.widgets.choices import NarrowBox, show_whole_choices

logger = logging.getLogger(__name__)

NO_WEIGHTS = "none yet"
BROWSE_FILE, BROWSE_RUN = "Weights file…", "Folder of a training run…"


class ModelPicker(QWidget):
    """Method and weights.

    Signals
    -------
    segmenter_requested
        Method name and weights path.
    weights_missing
        Name of a method that was chosen and has no weights to choose.
    """

    segmenter_requested = Signal(str, object)
    weights_missing = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._methods = registry.methods()
        self._browsed: dict[str, list[Path]] = {name: [] for name in self._methods}
        self._model, self._weights = NarrowBox(), NarrowBox()
        self._lay_out()
        for method in self._methods.values():
            self._model.addItem(method.title, method.name)
            self._model.setItemData(self._model.count() - 1, f"{method.summary}\n{method.paper}", 3)
        # The first press of Run should work: begin with a method that has weights.
        ready = [place for place, name in enumerate(self._methods) if catalogue.available(name)]
        self._model.setCurrentIndex(ready[0] if ready else 0)
        self._fill_weights()
        self._model.currentIndexChanged.connect(self._on_model_changed)
        self._weights.activated.connect(self._on_weights_activated)
        # Weights get names by a training, an import or a script, at any time.
        self._weights.opening.connect(self.refresh)

    def _lay_out(self) -> None:
        layout = QFormLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for combo, title in ((self._model, "Model"), (self._weights, "Weights")):
            combo.setAccessibleName(title)
            layout.addRow(caption(title), combo)

    def method(self) -> str:
        """Name of the chosen method; empty if there is none."""
        return str(self._model.currentData() or "")

    def weights(self) -> Path | None:
        """The chosen weights file or run folder."""
        data = self._weights.currentData()
        return data if isinstance(data, Path) else None

    def choose(self, method: str, path: Path | None = None) -> None:
        """Choose a method, and weights if given, and ask for the segmenter."""
        self.show_choice(method, path)
        self.request()

    def show_choice(self, method: str, path: Path | None = None) -> None:
        """Show a method, and weights if given, asking for nothing."""
        index = self._model.findData(method)
        blocked = self._model.blockSignals(True)
        self._model.setCurrentIndex(index)
        self._model.blockSignals(blocked)
        self._fill_weights()
        if path is not None:
            self._add_browsed(path)

    def request(self) -> None:
        """Ask for the segmenter that is chosen, or say that none can be."""
        if self.weights() is not None:
            self.segmenter_requested.emit(self.method(), self.weights())
        elif self.method():
            self.weights_missing.emit(self.method())

    def refresh(self) -> None:
        """List the weights that have a name now, keeping the choice."""
        chosen = self.weights()
        self._fill_weights()
        if chosen is not None and self._place(chosen) >= 0:
            self._last = self._place(chosen)
            self._weights.setCurrentIndex(self._last)

    def _on_model_changed(self) -> None:
        self._fill_weights()
        self.request()

    def _fill_weights(self) -> None:
        self._weights.clear()
        self._last = 0
        name = self.method()
        for stem, path in catalogue.available(name).items() if name else ():
            self._add_named(stem.removeprefix(f"{name}-"), path)
        for path in self._browsed.get(name, ()):
            self._weights.addItem(path.name, path)
        if self._weights.count() == 0:
            self._weights.addItem(NO_WEIGHTS, None)
        self._weights.insertSeparator(self._weights.count())
        for title in (BROWSE_FILE, BROWSE_RUN):
            self._weights.addItem(title, title)
        show_whole_choices(self._weights)

    def _add_named(self, name: str, path: Path) -> None:
        """Name a file that came with the package or is the person's own, with what a person chooses it by."""
        try:
            card = weights.read_facts(path).header.card
        except WeightsError as error:
            # The file is named all the same: loading it says what is wrong, where it can be read.
            logger.warning("%s", error)
            self._weights.addItem(name, path)
            return
        line = card.as_line()
        self._weights.addItem(line if card.subject == name else f"{name} · {line}", path)
        self._weights.setItemData(self._weights.count() - 1, f"{card.title}\n{line}", 3)

    def _add_browsed(self, path: Path) -> None:
        found = self._place(path)
        if found < 0:
            self._browsed[self.method()].append(path)
            self._fill_weights()
            found = self._place(path)
        show_whole_choices(self._weights)
        self._weights.setCurrentIndex(found)
        self._last = found
        self._weights.setItemData(found, str(path), 3)

    def _place(self, path: Path) -> int:
        # Qt's own search compares Python objects by identity.
        known = [self._weights.itemData(place) for place in range(self._weights.count())]
        return known.index(path) if path in known else -1

    def _on_weights_activated(self, place: int) -> None:
        chosen = self._weights.itemData(place)
        if chosen in (BROWSE_FILE, BROWSE_RUN):
            self._weights.setCurrentIndex(self._last)
            path = self._asked_file() if chosen == BROWSE_FILE else self._asked_run()
            if path is None:
                return
            self._add_browsed(path)
        self._last = self._weights.currentIndex()
        self.request()

    def _asked_file(self) -> Path | None:
        name, _ = QFileDialog.getOpenFileName(self, "Weights file", "", f"Weights (*{weights.SUFFIX})")
        return Path(name) if name else None

    def _asked_run(self) -> Path | None:
        name = QFileDialog.getExistingDirectory(self, "Folder of a training run")
        return Path(name) if name else None
