"""Chooses a method and its weights; emits what was chosen and loads nothing.

Knows the registry's names and the shipped files; nothing of napari.
"""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QFileDialog, QFormLayout, QHBoxLayout, QMenu, QToolButton, QWidget

from napari_leafseg.core import registry, weights

NO_WEIGHTS = "none yet: browse for a file"


class ModelPicker(QWidget):
    """Method and weights.

    Signals
    -------
    segmenter_requested
        Method name and weights path.
    """

    segmenter_requested = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._methods = registry.methods()
        self._browsed: dict[str, list[Path]] = {name: [] for name in self._methods}
        self._model, self._weights, self._browse = QComboBox(), QComboBox(), QToolButton()
        self._lay_out()
        for method in self._methods.values():
            self._model.addItem(method.title, method.name)
            self._model.setItemData(self._model.count() - 1, f"{method.summary}\n{method.paper}", 3)
        self._fill_weights()
        self._model.currentIndexChanged.connect(self._on_model_changed)
        self._weights.activated.connect(self.request)

    def _lay_out(self) -> None:
        layout = QFormLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for combo in (self._model, self._weights):
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            combo.setMinimumContentsLength(12)
        self._model.setAccessibleName("Model")
        self._weights.setAccessibleName("Weights")
        self._browse.setText("…")
        self._browse.setToolTip("Use weights from a file, or from the folder of a training run.")
        self._browse.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self._browse)
        menu.addAction("Weights file…", self._browse_file)
        menu.addAction("Run folder…", self._browse_folder)
        self._browse.setMenu(menu)
        row = QHBoxLayout()
        row.addWidget(self._weights, 1)
        row.addWidget(self._browse)
        layout.addRow("Model", self._model)
        layout.addRow("Weights", row)

    def method(self) -> str:
        """Name of the chosen method; empty if there is none."""
        return str(self._model.currentData() or "")

    def weights(self) -> Path | None:
        """The chosen weights file or run folder."""
        return self._weights.currentData()  # type: ignore[no-any-return]

    def choose(self, method: str, path: Path | None = None) -> None:
        """Choose a method, and weights if given, and ask for the segmenter."""
        index = self._model.findData(method)
        blocked = self._model.blockSignals(True)
        self._model.setCurrentIndex(index)
        self._model.blockSignals(blocked)
        self._fill_weights()
        if path is not None:
            self._add_browsed(path)
        self.request()

    def request(self) -> None:
        """Ask for the segmenter that is chosen, if any can be."""
        if self.weights() is not None:
            self.segmenter_requested.emit(self.method(), self.weights())

    def _on_model_changed(self) -> None:
        self._fill_weights()
        self.request()

    def _fill_weights(self) -> None:
        self._weights.clear()
        name = self.method()
        for stem, path in weights.shipped(name).items() if name else ():
            self._weights.addItem(stem.removeprefix(f"{name}-"), path)
        for path in self._browsed.get(name, ()):
            self._weights.addItem(path.name, path)
        if self._weights.count() == 0:
            self._weights.addItem(NO_WEIGHTS, None)

    def _add_browsed(self, path: Path) -> None:
        found = self._weights.findData(path)
        if found < 0:
            self._browsed[self.method()].append(path)
            self._fill_weights()
            found = self._weights.findData(path)
        self._weights.setCurrentIndex(found)
        self._weights.setItemData(found, str(path), 3)

    def _browse_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Weights file", "", f"Weights (*{weights.SUFFIX})")
        if name:
            self._add_browsed(Path(name))
            self.request()

    def _browse_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, "Folder of a training run")
        if name:
            self._add_browsed(Path(name))
            self.request()
