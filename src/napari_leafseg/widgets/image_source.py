"""Which image layer, what its axes are, which slice is current, and which part of it is in sight.

Reads layers and the viewer; changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Image, Labels
from numpy.typing import NDArray

from napari_leafseg.core.image import Axes, as_planes
from napari_leafseg.core.provenance import METADATA_KEY
from napari_leafseg.widgets.shown import Reading, axes_of, is_ambiguous

if TYPE_CHECKING:
    from napari import Viewer


def images(viewer: Viewer) -> list[Image]:
    """Image layers that can be segmented, the topmost first."""
    return [layer for layer in reversed(viewer.layers) if isinstance(layer, Image) and not layer.multiscale]


def image_under(viewer: Viewer, labels: Labels) -> Image | None:
    """The topmost image in sight of the same height and width as a labels layer."""
    fitting = [layer for layer in images(viewer) if plane_shape(layer) == labels.data.shape[-2:]]
    return next((layer for layer in fitting if layer.visible), fitting[0] if fitting else None)


def plane_shape(layer: Image) -> tuple[int, ...]:
    """Height and width of a layer's planes."""
    sizes = dict(zip(axes_of_layer(layer).names, layer.data.shape, strict=True))
    return int(sizes["Y"]), int(sizes["X"])


def plane_of(layer: Image, index: tuple[int, ...]) -> NDArray[Any]:
    """The plane at a place in the leading axes, as (height, width) or (height, width, channels)."""
    planes, leading = as_planes(layer.data, axes_of_layer(layer))
    return np.asarray(planes[index[len(index) - len(leading) :] if leading else ()])


def axes_of_layer(layer: Image, reading: Reading = "stack") -> Axes:
    """Say what a layer's axes are."""
    return axes_of(tuple(layer.data.shape), layer.rgb, reading, _known(layer))


def asks_for_reading(layer: Image) -> bool:
    """Whether only a person can say what a layer's pages are."""
    return is_ambiguous(tuple(layer.data.shape), layer.rgb, _known(layer))


def _known(layer: Image) -> str | None:
    return layer.metadata.get(METADATA_KEY, {}).get("axes")


def current_index(viewer: Viewer, layer: Image, axes: Axes) -> tuple[int, ...]:
    """Place of the slice in sight, in the layer's leading axes."""
    point = layer.world_to_data(viewer.dims.point)
    sizes = layer.data.shape
    places = [axes.names.index(name) for name in axes.leading]
    return tuple(min(max(round(float(point[place])), 0), sizes[place] - 1) for place in places)


def in_sight(layer: Image, axes: Axes) -> tuple[slice, slice]:
    """Rows and columns of a layer that the canvas shows."""
    rows, columns = (
        slice(int(layer.corner_pixels[0, place]), int(layer.corner_pixels[1, place]) + 1)
        for place in (axes.names.index("Y"), axes.names.index("X"))
    )
    return rows, columns
