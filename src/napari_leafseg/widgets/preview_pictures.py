"""Draws the preview pictures of a run: a validation image with the objects found in it, small enough for a dock.

Reads files; to be called in jobs. Knows no control.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtGui import QImage

from napari_leafseg.core.errors import ImageError
from napari_leafseg.core.image import as_planes, as_rgb
from napari_leafseg.core.work import Check
from napari_leafseg.data.reading import read_image, read_labels
from napari_leafseg.inference.overlay import overlay
from napari_leafseg.widgets.preview_strip import SIDE

GROUND = 0.12
"""Grey value under the objects of an image that is drawn and not kept."""


def draw_preview(request: tuple[Path, Path | None], check: Check) -> QImage | None:
    """Draw one picture, from a label image and its image; ``None`` if the labels cannot be read (any more)."""
    labels_path, image_path = request
    try:
        labels = read_labels(labels_path)
    except ImageError:
        return None
    check()
    # Outlines are one pixel wide: drawn on the small picture, they are still seen.
    step = max(1, -(-max(labels.shape) // SIDE))
    small = labels[::step, ::step]
    picture = overlay(_ground(image_path, labels.shape, step), small)
    height, width, _ = picture.shape
    return QImage(picture.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def _ground(path: Path | None, shape: tuple[int, ...], step: int) -> NDArray[np.float32]:
    flat = np.full((*shape, 3), GROUND, np.float32)[::step, ::step]
    if path is None:
        return flat
    try:
        loaded = read_image(path)
        planes, leading = as_planes(loaded.array, loaded.axes)
        channels: Any = "C" if loaded.axes.channel == "C" else "S"
        rgb = as_rgb(np.asarray(planes[(0,) * len(leading)]), contrast="stretch", channels=channels)
    except ImageError:
        return flat
    return rgb[::step, ::step] if rgb.shape[:2] == shape else flat
