"""The Segment dock's controls in their order; connects nothing and knows no viewer."""

from __future__ import annotations

from qtpy.QtCore import Signal
from qtpy.QtWidgets import (
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from napari_leafseg.core import registry
from napari_leafseg.core.params import Params
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.core.weights import read_facts
from napari_leafseg.widgets.captions import caption
from napari_leafseg.widgets.card_view import CardView
from napari_leafseg.widgets.device_picker import DevicePicker
from napari_leafseg.widgets.form import ParamsForm
from napari_leafseg.widgets.image_picker import ImagePicker
from napari_leafseg.widgets.message_line import MessageLine
from napari_leafseg.widgets.model_picker import ModelPicker
from napari_leafseg.widgets.options_box import OptionsBox
from napari_leafseg.widgets.run_bar import RunBar
from napari_leafseg.widgets.tall_area import TallArea
from napari_leafseg.widgets.tune_bar import TuneBar

NOTHING = "Move the sliders, or say how large they are (Object size)."
"""What can be done where no objects are found."""


class SegmentView(QWidget):
    """All controls of the dock.

    Signals
    -------
    params_changed, params_settled
        The live parameters, while they change and when they rest.
    accept_requested
        The preview is to become the image's labels.
    """

    params_changed = Signal(object)
    params_settled = Signal(object)
    accept_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.images, self.models, self.card = ImagePicker(), ModelPicker(), CardView()
        self.device, self.options, self.run, self.tune = DevicePicker(), OptionsBox(), RunBar(), TuneBar()
        self.message, self.count = MessageLine(), QLabel()
        self.count.setWordWrap(True)
        self.accept = QPushButton("Accept as labels")
        self.form: ParamsForm | None = None
        self._live = QGroupBox("Live parameters")
        self._live_layout = QVBoxLayout(self._live)
        self._lay_out()
        self.accept.clicked.connect(self.accept_requested)
        self.setCount(None)

    def _lay_out(self) -> None:
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(6, 6, 6, 6)
        device = QHBoxLayout()
        device.addWidget(caption("Device"))
        device.addWidget(self.device, 1)
        for widget in (self.images, self.models, self.card):
            layout.addWidget(widget)
        layout.addLayout(device)
        for widget in (self.options, self.run, self.message, self._live, self.tune):
            layout.addWidget(widget)
        self.setForm(None)
        ending = QHBoxLayout()
        ending.addWidget(self.count, 1)
        ending.addWidget(self.accept)
        layout.addLayout(ending)
        layout.addStretch()
        self.accept.setToolTip("Make the preview the image's labels, with a record of how they were made.")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(TallArea(content))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)

    def setSegmenter(self, segmenter: Segmenter) -> None:
        """Show what a segmenter is, and the form of its parameters."""
        method = registry.methods().get(segmenter.method)
        source = segmenter.source
        network = read_facts(source).as_text() if source is not None and source.is_file() else ""
        told = (method.summary, method.paper) if method else ("", "")
        self.card.setCard(segmenter.card, *told, network)
        self.options.setKnownSizes(segmenter.card)
        self.setForm(segmenter)

    def setForm(self, segmenter: Segmenter | None) -> None:
        """Make the form of a method's parameters, showing what suits its weights; ``None`` for no form."""
        while (item := self._live_layout.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()  # it is deleted only when the event loop comes to it
                widget.deleteLater()
        self.form = None
        if segmenter is None:
            self._live_layout.addWidget(QLabel("Choose a model and weights first."))
            return
        form = ParamsForm(segmenter.params_type)
        form.setDefaults(segmenter.defaults)
        form.setValue(segmenter.defaults)
        form.valueChanged.connect(self.params_changed)
        form.settled.connect(self.params_settled)
        self._live_layout.addWidget(form)
        self.form = form

    def params(self) -> Params | None:
        """The live parameters, if there is a form."""
        return None if self.form is None else self.form.value()

    def setCount(self, count: int | None) -> None:
        """Say how many objects there are; ``None`` for not known."""
        told = "" if count is None else f"<b>{count}</b> object{'' if count == 1 else 's'}"
        self.count.setText(f"{told}. {NOTHING}" if count == 0 else told)
        self.accept.setEnabled(count is not None)
