"""Saves every change of the folder's current image: from the corrections of its labels to its project.

Between `correcting` and `project_session`; lives as long as the viewer, whichever docks are open. Knows no control and
reads no file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from napari.layers import Labels
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Signal

from napari_leafseg.core.errors import LeafsegError
from napari_leafseg.core.provenance import METADATA_KEY, Record
from napari_leafseg.data.project import Change, Status
from napari_leafseg.editing.correction import Correction, Plane
from napari_leafseg.editing.marks import Marks
from napari_leafseg.widgets.changed import Changed
from napari_leafseg.widgets.corrected_layer import STATUS
from napari_leafseg.widgets.correcting import Correcting
from napari_leafseg.widgets.layers import LayerSet
from napari_leafseg.widgets.project_marks import Standing, as_change
from napari_leafseg.widgets.project_session import ProjectSession

FOREIGN = "“{}” is not saved with the image: correct “{}” instead, or save the layer by File > Save."


class ProjectSaving(QObject):
    """Watches the corrections of one viewer.

    Signals
    -------
    status_changed
        The current image is another, or its status.
    told
        A sentence for the person.
    """

    status_changed = Signal()
    told = Signal(str)

    def __init__(
        self, layers: LayerSet, correcting: Correcting, session: ProjectSession, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._layers, self._correcting, self._session = layers, correcting, session
        self._image: Path | None = None
        self._layer: Labels | None = None
        self._correction: Correction | None = None
        self._whole = self._touched = False
        self._metadata: Any = None
        correcting.changed.connect(self._on_changed)
        correcting.opened.connect(self._on_opened)

    # --- which image --------------------------------------------------------------------

    def open(self, image: Path, layer: Labels, standing: Standing) -> None:
        """Save what happens to a layer as the labels of an image from now on."""
        self._image = None  # what opening tells is nobody's doing
        if self._session.problem:
            self._layer, self._correction = layer, None
            layer.editable = False
            self.status_changed.emit()
            return
        self._correcting.open(layer, standing.marks or None, ignore=standing.ignore, status=standing.status)
        self._layer, self._correction, self._metadata = layer, self._correcting.correction, layer.metadata
        # The first change hands over all: labels of a folder run or of a layout come into the project with it.
        self._whole, self._touched, self._image = True, False, image
        self.status_changed.emit()

    def leave(self) -> tuple[Standing | None, bool]:
        """Watch no more; return how the image stands and whether anything was changed."""
        standing, touched = self.standing, self._touched
        self._image = self._correction = None
        return standing, touched

    @property
    def image(self) -> Path | None:
        """The image that is watched."""
        return self._image

    @property
    def status(self) -> Status:
        """How far the current image is."""
        return Status.NEW if self._correction is None else Status(self._correction.notes[STATUS])

    @property
    def standing(self) -> Standing | None:
        """How the current image stands; ``None`` if there is none."""
        correction = self._correction
        if correction is None:
            return None
        return Standing(_marks(correction), _region(correction), correction.notes[STATUS])

    def set_status(self, status: Status) -> None:
        """Say how far the current image is, as an action that can be taken back."""
        if self._image is None or self._layer is None:
            return
        self._correcting.show(self._layer)
        self._correcting.set_status(status)

    # --- what happens to it -------------------------------------------------------------

    def _on_changed(self, changed: Changed) -> None:
        if self._image is None or self._correction is None:
            return
        if changed.layer is not self._layer:
            self._tell_foreign(changed)
            return
        self._touched = True
        self._layers.fill(changed.layer)
        self._session.save(self._image, self._change(changed), None if self._whole else changed.box)
        self._whole = False
        self.status_changed.emit()

    def _change(self, changed: Changed) -> Change:
        correction, labels = self._correction, changed.layer.data
        assert correction is not None
        told = as_change(labels, _marks(correction)) if changed.marks or self._whole else {}
        return Change(
            labels=labels if changed.labels or self._whole else None,
            ignore=np.asarray(correction.ignore, bool) if changed.ignore else None,
            status=correction.notes[STATUS],
            record=self._new_record(changed.layer),
            what=(changed.what,),
            **told,
        )

    def _new_record(self, layer: Labels) -> Record | None:
        """How the labels came about, if that is another way than at the last change."""
        if layer.metadata is self._metadata and not self._whole:
            return None
        self._metadata = layer.metadata
        known = layer.metadata.get(METADATA_KEY)
        try:
            return None if known is None else Record.parse(known)
        except LeafsegError:
            return None

    def _on_opened(self) -> None:
        """Take in labels that somebody else put into the layer, as one change."""
        layer, image, before = self._layer, self._image, self._correction
        now = self._correcting.correction if layer is self._correcting.layer else before
        if image is None or layer is None or before is None or now is before:
            return
        if layer.data.shape != before.ignore.shape:
            self._image = self._correction = None
            self.told.emit(f"“{layer.name}” is saved no more: its labels have another size than the image.")
            return
        self.open(image, layer, Standing(ignore=_region(before), status=Status.IN_WORK))
        self._on_changed(Changed(layer, "replaced", labels=True, ignore=False, marks=True, box=None))

    def _tell_foreign(self, changed: Changed) -> None:
        own = self._layer
        if own is not None and changed.labels and changed.layer.data.shape == own.data.shape:
            self.told.emit(FOREIGN.format(changed.layer.name, own.name))


def _marks(correction: Correction) -> dict[Plane, Marks]:
    return {key[1]: value for key, value in correction.notes.items() if isinstance(key, tuple)}


def _region(correction: Correction) -> NDArray[np.bool_] | None:
    return np.asarray(correction.ignore, bool) if correction.ignore.any() else None
