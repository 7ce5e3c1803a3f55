"""Layers that show what is no label yet or none: what a model suggests, and the region to ignore.

Each is made when a person is about to need it, then reused. Knows layers; nothing of tools or models.
"""

from __future__ import annotations

from typing import Any
from weakref import ref

import numpy as np
from napari import Viewer
from napari.layers import Labels, Layer
from napari.utils.colormaps import CyclicLabelColormap
from numpy.typing import NDArray

from napari_leafseg.editing.objects import Box2D

SUGGESTION, IGNORED = "Suggestion", "Ignored"
COLOURS = {SUGGESTION: (1.0, 1.0, 1.0, 0.75), IGNORED: (0.0, 0.0, 0.0, 0.7)}


class MarkerLayers:
    """The two layers of one viewer."""

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = ref(viewer)
        self._made: dict[str, Labels] = {}

    def prepare(self, name: str, over: Labels) -> None:
        """Make a layer ahead of what it will show: napari takes a while to, and a click should not wait for it."""
        if self._present(name) is None:
            ndim = over.ndim if name == IGNORED else 2
            nothing = np.zeros((1,) * ndim, np.uint8)
            self._made[name] = self._added(name, nothing, over.scale[-ndim:], over.translate[-ndim:])

    def suggest(self, over: Labels, box: Box2D, mask: NDArray[np.bool_]) -> None:
        """Show a mask of a box of a labels layer's plane."""
        scale, translate = over.scale[-2:], over.translate[-2:]
        corner = np.array([part.start for part in box])
        self._show(SUGGESTION, mask, scale, translate + corner * scale)

    def withdraw(self) -> None:
        """Show no suggestion."""
        self._hide(SUGGESTION)

    def ignore(self, over: Labels, region: NDArray[np.bool_]) -> None:
        """Show the region to ignore of a labels layer, as it is now."""
        if region.any():
            self._show(IGNORED, region, over.scale, over.translate)
        else:
            self._hide(IGNORED)

    def _show(self, name: str, mask: NDArray[np.bool_], scale: Any, translate: Any) -> None:
        # No copy: a region of a large image is shown while it is drawn.
        data = mask.view(np.uint8)
        layer = self._present(name)
        if layer is None:
            self._made[name] = self._added(name, data, scale, translate)
            return
        layer.data = data
        put(layer, scale, translate)
        layer.visible = True

    def _hide(self, name: str) -> None:
        layer = self._present(name)
        if layer is not None:
            layer.visible = False

    def _present(self, name: str) -> Labels | None:
        viewer, layer = self._viewer(), self._made.get(name)
        return layer if viewer is not None and layer in viewer.layers else None

    def _added(self, name: str, data: NDArray[np.uint8], scale: Any, translate: Any) -> Labels:
        viewer = self._viewer()
        assert viewer is not None
        # napari compiles code for a direct colormap, which takes a second.
        colours = CyclicLabelColormap(colors=[(0, 0, 0, 0), COLOURS[name]])
        layer = Labels(data, name=name, colormap=colours, scale=scale, translate=translate, opacity=1)
        # What is painted here would be lost.
        layer.editable = False
        selected = set(viewer.layers.selection)
        viewer.add_layer(layer)
        viewer.layers.selection = selected
        return layer


def put(layer: Layer, scale: NDArray[np.float64], translate: NDArray[np.float64]) -> None:
    """Put a layer somewhere; where it is already, napari would still measure all layers anew."""
    if not np.array_equal(layer.scale, scale):
        layer.scale = scale
    if not np.array_equal(layer.translate, translate):
        layer.translate = translate
