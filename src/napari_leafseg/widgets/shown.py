"""How an image of any axes is laid out for a layer, and what a layer's axes are.

Pure functions on arrays and layers' plain attributes; makes no layer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.core.image import HIGH_PERCENTILE, LOW_PERCENTILE, Axes, as_planes

AMBIGUOUS = (3, 4)
"""Pages of a stack that may as well be colours."""

Reading = Literal["stack", "colour"]
"""What a person may say of an ambiguous axis."""


@dataclass(frozen=True, eq=False)
class Shown:
    """An image as a layer takes it.

    Attributes
    ----------
    data
        (*leading, height, width, 3 or 4) if ``rgb``, else channels, if any, are first.
    rgb
        Whether the last axis is colour.
    axes
        What the axes of ``data`` are.
    limits
        Contrast limits; ``None`` for colour.
    """

    data: Any
    rgb: bool
    axes: Axes
    limits: tuple[float, float] | None


def shown(array: Any, axes: Axes) -> Shown:
    """Lay out an image for a layer (may take a while for large ones: run it in a job)."""
    planes, _ = as_planes(array, axes)
    channel = axes.channel
    if channel == "S" and planes.shape[-1] in AMBIGUOUS:
        return Shown(planes, True, Axes(axes.leading + "YXS"), None)
    data = np.moveaxis(planes, -1, 0) if channel else planes
    return Shown(data, False, Axes(channel + axes.leading + "YX"), limits_of(data))


def limits_of(data: Any) -> tuple[float, float]:
    """Choose contrast limits by the first plane; what is shown then looks like what the network sees."""
    plane = np.asarray(data[(0,) * (data.ndim - 2)])
    if plane.dtype == np.uint8:
        return 0.0, 255.0
    if plane.dtype == bool:
        return 0.0, 1.0
    step = max(1, round((plane.size / 1_000_000) ** 0.5))
    values = plane[::step, ::step].astype(np.float32)
    values = values[np.isfinite(values)]
    if values.size == 0:
        return 0.0, 1.0
    low, high = (float(limit) for limit in np.percentile(values, (LOW_PERCENTILE, HIGH_PERCENTILE)))
    return (low, high) if high > low else (low, low + 1.0)


def is_ambiguous(shape: tuple[int, ...], rgb: bool, known: str | None = None) -> bool:
    """Whether a layer's pages may be slices or colours; a file that says channels is believed."""
    said = known is not None and Axes(known).channel != ""
    return not rgb and not said and len(shape) == 3 and shape[0] in AMBIGUOUS


def axes_of(shape: tuple[int, ...], rgb: bool, reading: Reading = "stack", known: str | None = None) -> Axes:
    """Say what a layer's axes are.

    Parameters
    ----------
    shape
        Of the layer's data.
    rgb
        Whether the layer shows colour.
    reading
        What the person said of an ambiguous axis.
    known
        The axes that the layer's metadata names, if any.
    """
    if is_ambiguous(shape, rgb, known) and reading == "colour":
        return Axes("SYX")
    if known is not None and len(known) == len(shape):
        return Axes(known)
    leading = len(shape) - (3 if rgb else 2)
    return Axes("PQRTZ"[5 - leading :] + ("YXS" if rgb else "YX")) if leading else Axes("YXS" if rgb else "YX")


def smallest_ids(labels: NDArray[np.integer]) -> NDArray[Any]:
    """Return labels as uint16 if their ids fit, which a layer draws much faster, else as int32."""
    top = int(labels.max(initial=0))
    return labels.astype(np.uint16 if top < 2**16 else np.int32, copy=False)
