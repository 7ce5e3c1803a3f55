"""The labels being corrected in one viewer: every change of them goes through here, or is taken in here.

One order of undo per labels layer, for tools, napari's own brush and whole-image actions alike; Ctrl+Z and Ctrl+Shift+Z
speak to it. Knows layers and their corrections; nothing of docks, tools or files.

For whoever saves: call `Correcting.open` for each image that is shown, after its layer got its labels, and listen to
`Correcting.changed`, of whose `Changed` only those of one's own layer count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from app_model.types import KeyCode, KeyMod
from napari.layers import Labels, Layer
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Signal

from napari_leafseg.core.errors import EditError
from napari_leafseg.data.project import Status
from napari_leafseg.editing import pieces, whole
from napari_leafseg.editing.correction import IGNORE, LABELS, Correction, Placed, Plane
from napari_leafseg.editing.edit import Box, Edit, Replacement
from napari_leafseg.editing.history import History, Note, Step
from napari_leafseg.editing.marks import Marks
from napari_leafseg.editing.objects import Objects
from napari_leafseg.editing.strokes import stroke_of
from napari_leafseg.widgets.corrected_layer import DRESS, STATUS, CorrectedLayer, Dress, marks_of
from napari_leafseg.widgets.layers import LayerSet, forget_history

UNDO, REDO = KeyMod.CtrlCmd | KeyCode.KeyZ, KeyMod.CtrlCmd | KeyMod.Shift | KeyCode.KeyZ
STROKE = "Brush stroke"


@dataclass(frozen=True, eq=False)
class Changed:
    """What an action, or its undoing, changed.

    Attributes
    ----------
    layer
        Whose labels.
    what
        Title of the action.
    labels, ignore, marks
        Whether pixels, the region to ignore, and what is said of objects (checked, classes, scores) are others.
    box
        One slice per axis around all labels that changed; ``None`` if none did, or if any may have.
    """

    layer: Labels
    what: str
    labels: bool
    ignore: bool
    marks: bool
    box: Box | None

    @classmethod
    def by(cls, layer: Labels, step: Step) -> Changed:
        """Say it of a step that was carried out."""
        placed = [change for change in step.changes if isinstance(change, Placed)]
        keys = [change.key for change in step.changes if isinstance(change, Note)]
        edits = [one.change for one in placed if one.on == LABELS]
        box = edits[0].box if len(edits) == 1 and isinstance(edits[0], Edit) else None
        return cls(
            layer, step.title, bool(edits), any(one.on == IGNORE for one in placed), any(map(_is_marks, keys)), box
        )


class Correcting(QObject):
    """The labels being corrected in one viewer, and their order of undo.

    Signals
    -------
    changed
        A `Changed`: labels, marks or the region to ignore are others, by an action, an undo or a redo.
    history_changed
        What undo and redo would do is something else.
    status_changed
        How far the image is (a `Status`, which is its words).
    opened
        Other labels are being corrected now, or none.
    broke
        Plane, and ids of the objects that a stroke left in more pieces than before.
    failed
        An `EditError`.
    """

    changed = Signal(object)
    history_changed = Signal()
    status_changed = Signal(str)
    opened = Signal()
    broke = Signal(object, object)
    failed = Signal(object)

    def __init__(self, layers: LayerSet, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._layers = layers
        self._layer: Labels | None = None
        self._known: WeakKeyDictionary[Layer, CorrectedLayer] = WeakKeyDictionary()
        self._status = ""
        viewer = layers.viewer
        viewer.bind_key(UNDO, self._on_undo_key, overwrite=True)
        viewer.bind_key(REDO, self._on_redo_key, overwrite=True)
        viewer.layers.selection.events.active.connect(self._on_active)
        viewer.layers.events.removed.connect(self._on_removed)
        self._on_active()

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
            layer.events.paint.connect(self._on_paint)
            layer.events.data.connect(self._on_data)
            layer.bind_key(UNDO, self._on_undo_key, overwrite=True)
            layer.bind_key(REDO, self._on_redo_key, overwrite=True)
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

    def _open_one(self) -> Correction:
        if self.correction is None:
            raise EditError("There are no labels to correct: select a labels layer, or run a model and accept.")
        return self.correction

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

    def _tell_status(self) -> None:
        if self.status != self._status:
            self._status = self.status
            self.status_changed.emit(self._status)

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


def can_be_corrected(layer: Labels) -> bool:
    """Whether a layer's labels are one array in memory, and may be painted."""
    return layer.editable and not layer.multiscale and isinstance(layer.data, np.ndarray)


def _is_marks(key: Any) -> bool:
    return isinstance(key, tuple) and key[:1] == ("marks",)
