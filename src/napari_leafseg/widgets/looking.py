"""Turns the camera to an object. Knows viewers and layers; no labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_leafseg.editing.objects import Box2D

if TYPE_CHECKING:
    from napari import Viewer
    from napari.layers import Layer

SHARE = 0.3
"""Of the canvas that an object fills: what is beside it says whether it is right."""
LEAST = 24
"""Pixels; smaller objects are not brought nearer than these."""


def look_at(viewer: Viewer, layer: Layer, box: Box2D) -> None:
    """Bring a box of a layer's plane into the middle of the canvas."""
    middle = np.array([(part.start + part.stop - 1) / 2 for part in box])
    sides = np.array([max(part.stop - part.start, LEAST) for part in box]) * layer.scale[-2:]
    camera = viewer.scene.camera
    row, column = middle * layer.scale[-2:] + layer.translate[-2:]
    camera.center = (0, float(row), float(column))
    camera.zoom = float((SHARE * np.asarray(viewer.canvas.size) / sides).min())
