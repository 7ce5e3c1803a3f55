"""Shows on the image which objects are checked: a dot in each, of the same size on the screen at every zoom.

Its layer is made when a person is about to check, then reused. Knows one layer of points; nothing of tools or reviews.
"""

from __future__ import annotations

from collections.abc import Iterable
from weakref import ref

import numpy as np
from napari import Viewer
from napari.layers import Labels, Points
from numpy.typing import NDArray

from napari_leafseg.editing.choose import Point
from napari_leafseg.editing.objects import Objects
from napari_leafseg.widgets.marker_layers import put

NAME = "Checked"
FILL, RIM = "#1a7f37", "white"
"""Dark on light and light on dark, so that it is seen on every image and every label's colour."""
PIXELS = 11
"""Of the screen."""


class CheckMarks:
    """The dots of one viewer."""

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = ref(viewer)
        self._layer: Points | None = None
        self._objects: Objects | None = None
        self._known: dict[tuple[int, ...], Point] = {}

    def prepare(self) -> None:
        """Make the layer ahead of the first dot: napari takes half a second to, and a click should not wait for it."""
        if self._present() is None:
            self._added()

    def show(self, over: Labels, objects: Objects, checked: Iterable[int]) -> None:
        """Mark these objects of a labels layer's plane, and no others."""
        places = self._places(objects, [identity for identity in sorted(checked) if identity in objects])
        layer = self._present()
        if layer is None and not len(places):
            return
        layer = layer or self._added()
        put(layer, over.scale[-2:], over.translate[-2:])
        if not np.array_equal(layer.data, places):
            layer.data = places

    def clear(self) -> None:
        """Mark nothing."""
        layer = self._present()
        if layer is not None and len(layer.data):
            layer.data = np.zeros((0, 2))

    def _places(self, objects: Objects, checked: list[int]) -> NDArray[np.float64]:
        if objects is not self._objects:
            self._objects, self._known = objects, {}
        known = self._known
        self._known = {}
        for identity in checked:
            rows, columns = objects.box(identity)
            key = identity, objects.area(identity), rows.start, rows.stop, columns.start, columns.stop
            self._known[key] = known.get(key) or objects.middle(identity)
        return np.array(list(self._known.values()), float).reshape(-1, 2)

    def _present(self) -> Points | None:
        viewer = self._viewer()
        return self._layer if viewer is not None and self._layer in viewer.layers else None

    def _added(self) -> Points:
        viewer = self._viewer()
        assert viewer is not None
        layer = Points(
            ndim=2,
            name=NAME,
            size=1,
            canvas_size_limits=(PIXELS, PIXELS),
            face_color=FILL,
            border_color=RIM,
            border_width=0.05,
        )
        # Points that are moved here would check nothing.
        layer.editable = False
        selected = set(viewer.layers.selection)
        viewer.add_layer(layer)
        viewer.layers.selection = selected
        self._layer = layer
        return layer
