"""Which labels of one viewer are being corrected, and what they are at present.

Follows the selected labels layer, and keeps a correction, with a history, for each that it met. Changes no label; knows
nothing of docks, tools or files.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from napari.layers import Labels, Layer
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Signal

from napari_leafseg.core.errors import EditError
from napari_leafseg.data.project import Status
from napari_leafseg.editing.correction import Correction, Plane
from napari_leafseg.editing.history import History
from napari_leafseg.editing.marks import Marks
from napari_leafseg.editing.objects import Objects
from napari_leafseg.widgets.corrected_layer import CorrectedLayer
from napari_leafseg.widgets.layers import LayerSet, forget_history


class LabelsInHand(QObject):
    """The labels being corrected in one viewer.

    Signals
    -------
    opened
        Other labels are being corrected now, or none.
    history_changed
        What undo and redo would do is something else.
    status_changed
        How far the image is (a `Status`, which is its words).
    """

    opened = Signal()
    history_changed = Signal()
    status_changed = Signal(str)

    def __init__(self, layers: LayerSet, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._layers = layers
        self._layer: Labels | None = None
        self._known: WeakKeyDictionary[Layer, CorrectedLayer] = WeakKeyDictionary()
        self._status = ""
        layers.viewer.layers.selection.events.active.connect(self._on_active)
        layers.viewer.layers.events.removed.connect(self._on_removed)
        self._on_active()

    def meet(self, layer: Labels) -> None:
        """Take note of a layer that was never corrected before."""
        layer.events.data.connect(self._on_data)

    # --- which labels ---------------------------------------------------------------

    @property
    def layer(self) -> Labels | None:
        """The layer being corrected."""
        return self._layer

    def open(
        self,
        layer: Labels,
        marks: Mapping[Plane, Marks] | None = None,
        *,
        ignore: NDArray[np.bool_] | None = None,
        status: Status = Status.NEW,
    ) -> None:
        """Correct another image, with a history of its own.

        Parameters
        ----------
        layer
            Holds the image's labels.
        marks
            What is said of the objects, by plane (``()`` for an image of one plane); what the layer's features say
            if not given.
        ignore
            bool, of the labels' shape; nowhere if not given.
        status
            How far the image is.
        """
        self._know(layer, CorrectedLayer(layer, marks, ignore, status))
        self._turn_to(layer)

    def show(self, layer: Labels) -> None:
        """Go on with a layer: as it was left if it was opened before, else with a new history."""
        if layer not in self._known:
            self._know(layer, CorrectedLayer(layer))
        if layer is not self._layer:
            self._turn_to(layer)

    def _know(self, layer: Labels, corrected: CorrectedLayer) -> None:
        if layer not in self._known:
            self.meet(layer)
        forget_history(layer)
        self._known[layer] = corrected

    def _turn_to(self, layer: Labels | None) -> None:
        self._layer = layer
        self.opened.emit()
        self.history_changed.emit()
        self._tell_status()

    def _on_active(self, _: Any = None) -> None:
        layer = self._layers.viewer.layers.selection.active
        if isinstance(layer, Labels) and layer is not self._layers.preview and can_be_corrected(layer):
            self.show(layer)

    def _on_removed(self, event: Any) -> None:
        self._known.pop(event.value, None)
        if event.value is self._layer:
            self._turn_to(None)

    def _on_data(self, event: Any) -> None:
        """Somebody else gave the layer other labels: another image, with a history of its own."""
        known = self._known.get(event.source)
        if known is not None and not known.surface.writing:
            self._known[event.source] = CorrectedLayer(event.source)
            if event.source is self._layer:
                self._turn_to(event.source)

    # --- what they are --------------------------------------------------------------

    @property
    def correction(self) -> Correction | None:
        """The correction of the layer; ``None`` without one."""
        return None if self._layer is None else self._known[self._layer].correction

    @property
    def labels(self) -> NDArray[Any] | None:
        """The labels, as in the layer."""
        return None if self._layer is None else self._layer.data

    @property
    def ignore(self) -> NDArray[np.bool_] | None:
        """The region to ignore; bool, of the labels' shape."""
        correction = self.correction
        return None if correction is None else correction.ignore  # type: ignore[return-value]

    @property
    def marks(self) -> Marks:
        """What is said of the objects of the plane in sight."""
        correction = self.correction
        return Marks() if correction is None else correction.marks(self.plane)

    @property
    def objects(self) -> Objects:
        """The objects of the plane in sight.

        Raises
        ------
        EditError
            If no labels are open.
        """
        return self._open_one().objects(self.plane)

    @property
    def history(self) -> History:
        """The order of undo; an empty one without labels."""
        correction = self.correction
        return History() if correction is None else correction.history

    @property
    def status(self) -> str:
        """How far the image is; empty without labels."""
        return "" if self._layer is None else self._known[self._layer].status

    @property
    def plane(self) -> Plane:
        """Place of the plane in sight, in the leading axes."""
        layer = self._layer
        if layer is None or layer.ndim == 2:
            return ()
        point = layer.world_to_data(self._layers.viewer.dims.point)[:-2]
        return tuple(min(max(round(float(at)), 0), side - 1) for at, side in zip(point, layer.data.shape, strict=False))

    def _open_one(self) -> Correction:
        if self.correction is None:
            raise EditError("There are no labels to correct: select a labels layer, or run a model and accept.")
        return self.correction

    def _tell_status(self) -> None:
        if self.status != self._status:
            self._status = self.status
            self.status_changed.emit(self._status)


def can_be_corrected(layer: Labels) -> bool:
    """Whether a layer's labels are one array in memory, and may be painted."""
    return layer.editable and not layer.multiscale and isinstance(layer.data, np.ndarray)
