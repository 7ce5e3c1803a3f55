"""One labels layer being corrected: the surface that edits are written into, and what is kept of it.

Follows `editing.correction`, call by call. Knows one napari layer; nothing of viewers, docks or tools.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from napari.layers import Labels
from numpy.typing import NDArray

from napari_leafseg.data.project import Status
from napari_leafseg.editing.correction import ArraySurface, Correction, Plane
from napari_leafseg.editing.edit import Edit
from napari_leafseg.editing.edit import Labels as Ids
from napari_leafseg.editing.marks import Marks
from napari_leafseg.widgets.layers import forget_history

STATUS, DRESS = "status", "dress"
"""Keys of notes."""


@dataclass(frozen=True, eq=False)
class Dress:
    """What a layer says of its labels; goes with them when others take their place, and comes back with undo."""

    metadata: dict[str, Any]
    features: Any

    @classmethod
    def of(cls, layer: Labels) -> Dress:
        """Take it off a layer."""
        return cls(dict(layer.metadata), layer.features)

    def put_on(self, layer: Labels) -> None:
        """Give it to a layer."""
        layer.metadata, layer.features = self.metadata, self.features


class LayerSurface:
    """A labels layer as a surface.

    Attributes
    ----------
    writing
        Whether what the layer tells is our own doing.
    """

    def __init__(self, layer: Labels) -> None:
        self._layer = layer
        self.writing = False

    @property
    def labels(self) -> Ids:
        """See `Surface`."""
        data: Ids = self._layer.data
        return data

    @contextmanager
    def quietly(self) -> Iterator[None]:
        """Let nobody take what happens in here for a person's doing."""
        before, self.writing = self.writing, True
        try:
            yield
        finally:
            self.writing = before

    def write(self, edit: Edit) -> None:
        """See `Surface`; only the box is painted again."""
        with self.quietly(), self._layer.block_history():
            self._layer.data_setitem(edit.where, edit.after)

    def replace(self, plane: Plane, labels: Ids) -> None:
        """See `Surface`."""
        with self.quietly():
            if plane:
                self._layer.data[plane] = labels
                self._layer.refresh()
            else:
                self._layer.data = labels
            forget_history(self._layer)


class CorrectedLayer:
    """A layer's labels as they are at present, with their correction.

    Parameters
    ----------
    layer
        Its data are a numpy array.
    marks
        By plane; read off the layer's features if not given.
    ignore
        bool, of the labels' shape.
    status
        Of the image.
    """

    def __init__(
        self,
        layer: Labels,
        marks: Mapping[Plane, Marks] | None = None,
        ignore: NDArray[np.bool_] | None = None,
        status: Status = Status.NEW,
    ) -> None:
        self.surface = LayerSurface(layer)
        notes: dict[Any, Any] = {("marks", key): value for key, value in (marks or {(): marks_of(layer)}).items()}
        notes |= {STATUS: status, DRESS: Dress.of(layer)}
        region: Any = np.zeros(layer.data.shape, bool) if ignore is None else ignore
        self.correction = Correction(self.surface, ArraySurface(region), notes)

    @property
    def status(self) -> Status:
        """How far the image is."""
        status: Status = self.correction.notes[STATUS]
        return status


def marks_of(layer: Labels) -> Marks:
    """Read classes and scores of objects off a layer's features."""
    table = layer.features
    if layer.ndim != 2 or "index" not in table.columns:
        return Marks()
    ids = [int(identity) for identity in table["index"]]
    columns = {name: dict(zip(ids, table[name], strict=True)) for name in ("class", "score") if name in table.columns}
    classes = {key: str(name) for key, name in columns.get("class", {}).items() if isinstance(name, str)}
    scores = {key: float(score) for key, score in columns.get("score", {}).items() if np.isfinite(score)}
    return Marks(classes=classes, scores=scores)
