"""The labels being corrected in one viewer: every change of them goes through here, or is taken in here.

One order of undo per labels layer, for tools, napari's own brush and whole-image actions alike; Ctrl+Z and Ctrl+Shift+Z
speak to it. Which labels they are is `labels_in_hand`'s. Knows layers and their corrections; nothing of docks, tools or
files.

For whoever saves: call `Correcting.open` for each image that is shown, after its layer got its labels, and listen to
`Correcting.changed`, of whose `Changed` only those of one's own layer count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from app_model.types import KeyCode, KeyMod
from napari.layers import Labels
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Signal

from napari_leafseg.core.errors import EditError
from napari_leafseg.data.project import Status
from napari_leafseg.editing import pieces, whole
from napari_leafseg.editing.correction import IGNORE, Correction
from napari_leafseg.editing.edit import Edit, Replacement
from napari_leafseg.editing.history import Note, Step
from napari_leafseg.editing.marks import Marks
from napari_leafseg.editing.strokes import stroke_of
from napari_leafseg.widgets.changed import Changed
from napari_leafseg.widgets.corrected_layer import DRESS, STATUS, Dress, marks_of
from napari_leafseg.widgets.labels_in_hand import LabelsInHand
from napari_leafseg.widgets.layers import LayerSet

UNDO, REDO = KeyMod.CtrlCmd | KeyCode.KeyZ, KeyMod.CtrlCmd | KeyMod.Shift | KeyCode.KeyZ
STROKE = "Brush stroke"


class Correcting(LabelsInHand):
    """The labels being corrected in one viewer, and their order of undo.

    Signals
    -------
    changed
        A `Changed`: labels, marks or the region to ignore are others, by an action, an undo or a redo.
    broke
        Plane, and ids of the objects that a stroke left in more pieces than before.
    failed
        An `EditError`.
    """

    changed = Signal(object)
    broke = Signal(object, object)
    failed = Signal(object)

    def __init__(self, layers: LayerSet, parent: QObject | None = None) -> None:
        super().__init__(layers, parent)
        layers.viewer.bind_key(UNDO, self._on_undo_key, overwrite=True)
        layers.viewer.bind_key(REDO, self._on_redo_key, overwrite=True)

    def meet(self, layer: Labels) -> None:
        """See `LabelsInHand`; takes in what is painted, and Ctrl+Z."""
        super().meet(layer)
        layer.events.paint.connect(self._on_paint)
        layer.bind_key(UNDO, self._on_undo_key, overwrite=True)
        layer.bind_key(REDO, self._on_redo_key, overwrite=True)

    # --- actions --------------------------------------------------------------------

    def apply(self, title: str, change: Edit | Replacement) -> None:
        """Carry out on the plane in sight what an operation gave.

        Raises
        ------
        EditError
            If nothing is open, or an id does not fit into 32 bits.
        """
        correction = self._begun()
        self._done(correction.do(title, change, self._in_work(), plane=self.plane))

    def replace(self, labels: NDArray[Any], reason: str, status: Status = Status.IN_WORK) -> None:
        """Put another label image in the place of all planes; its objects are new ones.

        Raises
        ------
        EditError
            If nothing is open, or the shapes differ.
        """
        correction = self._begun()
        self._done(correction.do(reason, whole.replace_all(correction.labels, labels), {STATUS: status}))

    @contextmanager
    def replacing(self, layer: Labels | None, reason: str, status: Status = Status.IN_WORK) -> Iterator[None]:
        """Let somebody else give a layer other labels, metadata and features, and take that in as one action."""
        known = None if layer is None else self._known.get(layer)
        if layer is None or known is None:
            yield
            return
        before = layer.data
        known.correction.notes[DRESS] = Dress.of(layer)
        with known.surface.quietly():
            yield
        if layer.data.shape != before.shape:
            self.open(layer, status=status)
        elif layer.data is not before:
            notes: dict[Any, Any] = {STATUS: status, DRESS: Dress.of(layer), ("marks", ()): marks_of(layer)}
            self._done(known.correction.exchanged(reason, before, notes), layer)

    def check(self, ids: Iterable[int], on: bool = True) -> None:
        """Confirm objects, or take that back."""
        marks = self.marks
        for identity in ids:
            marks = marks.check(identity, on)
        self._mark("Check" if on else "Uncheck", marks)

    def set_class(self, ids: Iterable[int], name: str | None) -> None:
        """Give objects a class, or take it away."""
        marks = self.marks
        for identity in ids:
            marks = marks.classify(identity, name)
        self._mark("Class", marks)

    def set_status(self, status: Status) -> None:
        """Say how far the image is."""
        if status != self.status:
            self._done(self._begun().note("Status", {STATUS: status}))

    def set_ignore(self, mask: NDArray[Any], title: str = "Ignore region") -> None:
        """Say where nothing is to be learned: bool, of the labels' shape."""
        correction = self._begun()
        whole_box = tuple(slice(0, side) for side in mask.shape)
        if edit := Edit.between(whole_box, correction.ignore, mask):
            self._done(correction.do(title, edit, self._in_work(), on=IGNORE))

    def undo(self) -> None:
        """Take the last action back."""
        if self._layer is not None:
            self._done(self._begun().undo())

    def redo(self) -> None:
        """Do the action undone last again."""
        if self._layer is not None:
            self._done(self._begun().redo())

    def _mark(self, title: str, marks: Marks) -> None:
        if marks != self.marks:
            key = ("marks", self.plane)
            self._done(self._begun().note(title, {key: marks, **self._in_work()}))

    # --- how they are done ----------------------------------------------------------

    def _begun(self) -> Correction:
        """The correction, after a stroke that the hand has not ended yet became an action of its own."""
        correction = self._open_one()
        assert self._layer is not None
        with self._layer.block_history():
            pass
        return correction

    def _in_work(self) -> dict[Any, Any]:
        return {STATUS: Status.IN_WORK}

    def _done(self, step: Step | None, layer: Labels | None = None) -> None:
        layer = layer or self._layer
        if step is None or layer is None:
            return
        if any(isinstance(change, Note) and change.key == DRESS for change in step.changes):
            self._known[layer].correction.notes[DRESS].put_on(layer)
        self.changed.emit(Changed.by(layer, step))
        self.history_changed.emit()
        self._tell_status()

    def _on_paint(self, event: Any) -> None:
        layer, known = event.source, self._known.get(event.source)
        if known is None or known.surface.writing:
            return
        stroke = stroke_of(layer.data.shape, event.value)
        if not stroke:
            return
        self._done(known.correction.took(STROKE, stroke, self._in_work()), layer)
        for plane, part in stroke.by_plane().items():
            if broken := pieces.broken(known.correction.objects(plane), part):
                self.broke.emit(plane, broken)

    def _on_undo_key(self, _: Any) -> None:
        self._try(self.undo)

    def _on_redo_key(self, _: Any) -> None:
        self._try(self.redo)

    def _try(self, action: Any) -> None:
        try:
            action()
        except EditError as error:
            self.failed.emit(error)
