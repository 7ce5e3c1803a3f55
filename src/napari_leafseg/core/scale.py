"""Finding how far an image must be resized so that its objects have the size that weights know.

A coarse look measures the objects; the right scale follows. Knows label images and numbers; nothing of
methods, networks and devices.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.core.sizes import main_diameter
from napari_leafseg.core.tiles import Window

Look = Callable[[float], NDArray[Any]]
"""Segments the image at a scale: labels (height, width), in the image's own pixels."""

FIRST_SIDE = 384
"""Longer side of the image at the first look, in network pixels."""
LAST_SIDE = 1100
"""No look is larger: what is not seen then is not there."""
WHOLE = 1024 * 1024
"""Above so many network pixels only the part with objects is enlarged."""
MOST = 8.0
"""Images are neither enlarged nor reduced further."""


def find_scale(look: Look, shape: tuple[int, int], sizes: tuple[float, float]) -> tuple[float, Window]:
    """Look at an image until its objects are measured.

    Parameters
    ----------
    look
        Asked a few times, with rising scales until something is found.
    shape
        Height and width of the image.
    sizes
        Least and greatest diameter of the objects that the network knows, in its pixels.

    Returns
    -------
    scale
        Network pixels per image pixel.
    window
        The part of the image worth running on: all of it, unless that were large.
    """
    whole = Window(0, 0, *shape)
    scale = first = min(1.0, FIRST_SIDE / max(shape))
    labels, diameter = _seen(look, scale)
    while diameter is None and 2 * scale * max(shape) <= LAST_SIDE:
        scale *= 2
        labels, diameter = _seen(look, scale)
    if diameter is None:
        return first, whole
    right = _right(diameter, sizes)
    if not sizes[0] <= diameter * scale <= sizes[1] and right * max(shape) <= LAST_SIDE:
        # Objects so small or so large were hardly ever seen in training: what was measured is a guess.
        again, closer = _seen(look, right)
        if closer is not None:
            labels, diameter = again, closer
    right = _right(diameter, sizes)
    return right, whole if shape[0] * shape[1] * right**2 <= WHOLE else _around(labels, diameter)


def _seen(look: Look, scale: float) -> tuple[NDArray[Any], float | None]:
    labels = look(scale)
    return labels, main_diameter(labels)


def _right(diameter: float, sizes: tuple[float, float]) -> float:
    middle: float = (sizes[0] * sizes[1]) ** 0.5
    return min(MOST, max(1 / MOST, middle / diameter))


def _around(labels: NDArray[Any], diameter: float) -> Window:
    """The rectangle of all objects, with room for what was missed beside them."""
    spans = []
    for axis, length in zip((1, 0), labels.shape, strict=True):
        found = np.flatnonzero((labels > 0).any(axis=axis))
        room = round(2 * diameter + 0.15 * (found[-1] + 1 - found[0]))
        begin, end = max(0, int(found[0]) - room), min(length, int(found[-1]) + 1 + room)
        spans.append((begin, end - begin))
    (top, height), (left, width) = spans
    return Window(top, left, height, width)
