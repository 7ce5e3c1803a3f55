"""Add by model, and Fix border: a model's mask is shown first, and becomes labels when the person says so.

Between the model, the labels being corrected and the layer that shows the mask; knows no control.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from napari.layers import Image
from numpy.typing import NDArray
from qtpy.QtCore import QObject, QTimer, Signal

from napari_leafseg.core.errors import EditError
from napari_leafseg.editing import place
from napari_leafseg.editing.choose import Point
from napari_leafseg.editing.pieces import without_crumbs
from napari_leafseg.editing.place import box_of
from napari_leafseg.widgets.correcting import Correcting
from napari_leafseg.widgets.marker_layers import MarkerLayers
from napari_leafseg.widgets.prompting import Prompting, Question
from napari_leafseg.widgets.state import State

ASKING, READING = "Asking the model…", "The model reads the image, once…"
OFFERED = "Enter keeps it, Esc drops it."
PATIENCE_MS = 200
"""Until it is said that an answer is awaited."""


class Suggesting(QObject):
    """At most one mask that a model suggests.

    Signals
    -------
    told
        A sentence.
    failed
        Why there is no suggestion.
    """

    told = Signal(str)
    failed = Signal(object)

    def __init__(self, state: State, markers: MarkerLayers, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._correcting: Correcting = state.correcting
        self._markers = markers
        self.prompting = Prompting(state, self)
        self._mask: NDArray[np.bool_] | None = None
        self._wanted = False
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MS)
        self._patience.timeout.connect(self._tell_asking)
        self.prompting.answered.connect(self._on_answered)
        self.prompting.failed.connect(self._on_failed)

    @property
    def offered(self) -> NDArray[np.bool_] | None:
        """The mask that is shown."""
        return self._mask

    def ask(self, image: Image | None, points: Sequence[Point]) -> None:
        """Ask for the object at one point, or in the box between the first and the last of several.

        Raises
        ------
        EditError
            If there is nobody or nothing to ask.
        """
        self.drop()
        (top, left), (bottom, right) = points[0], points[-1]
        box = (min(top, bottom), min(left, right), max(top, bottom), max(left, right))
        prompt = (top, left) if len(points) == 1 else box
        self._wait(self.prompting.ask(image, self._correcting.plane, prompt))

    def refine(self, image: Image | None, point: Point) -> None:
        """Ask for the border of the object at a point, which becomes its border at once; errors as in `ask`."""
        self.drop()
        objects = self._correcting.objects
        rows, columns = objects.box(identity := objects.at(*point))
        box = (float(rows.start), float(columns.start), float(rows.stop - 1), float(columns.stop - 1))
        self._wait(self.prompting.ask(image, self._correcting.plane, box, identity))

    def accept(self) -> None:
        """Make the mask an object.

        Raises
        ------
        EditError
            If other objects cover its place.
        """
        mask = self._mask
        if mask is not None:
            self.drop()
            self._correcting.apply("Add", place.add(self._correcting.objects, mask))
            self.told.emit("")

    def drop(self) -> None:
        """Show no mask; an answer that is awaited is not shown either."""
        self._mask, self._wanted = None, False
        self._markers.withdraw()

    def _wait(self, reading: bool) -> None:
        self._wanted = True
        if reading:
            self.told.emit(READING)
        else:
            # Most answers are quicker than a sentence is drawn.
            self._patience.start()

    def _tell_asking(self) -> None:
        if self._wanted:
            self.told.emit(ASKING)

    def _on_answered(self, mask: NDArray[np.bool_], question: Question) -> None:
        layer = self._correcting.layer
        if not self._wanted or layer is None or mask.shape != layer.data.shape[-2:]:
            return
        self._wanted = False
        try:
            if question.identity is None:
                self._offer(mask)
            else:
                objects = self._correcting.objects
                self._correcting.apply("Fix border", place.reshape(objects, question.identity, mask))
                self.told.emit("")
        except EditError as error:
            self.failed.emit(error)

    def _offer(self, mask: NDArray[np.bool_]) -> None:
        """Show what could be added: what other objects do not cover."""
        layer, objects = self._correcting.layer, self._correcting.objects
        assert layer is not None
        place.add(objects, mask)  # says why, if nothing can be added
        box = box_of(mask)
        assert box is not None
        free = np.zeros_like(mask)
        free[box] = without_crumbs(mask[box] & (objects.labels[box] == 0))
        self._mask = free
        self._markers.suggest(layer, box, free[box])
        self.told.emit(OFFERED)

    def _on_failed(self, error: Exception) -> None:
        self.drop()
        self.failed.emit(error)
