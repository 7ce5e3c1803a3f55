"""From any array a file or a layer may hold to the one form that methods see.

The one form is float32, (height, width, 3), values 0 to 1. This file knows arrays only:
reading files is `data.reading`, resizing is `core.geometry`.

The rules, in full
------------------
axes
    Which axis is what is said by a string such as ``"TYXS"`` (`Axes`): ``Y`` and ``X``
    span the plane, ``S`` holds colour samples, ``C`` channels; every other letter is a
    leading axis whose slices are segmented one by one. Without such a string, a last axis
    of length 1, 3 or 4 is colour (``S``) and everything before the plane is leading; a *first*
    axis of length 3 or 4 is therefore time or depth, never colour.
samples and channels
    One is grey. Three are red, green, blue. A fourth *sample* is alpha and is dropped. Any
    other number of channels is averaged into grey, after each was stretched on its own.
range
    uint8 and bool keep their range. Everything else is stretched from its 0.1 to its
    99.9 percentile, over all channels at once. With ``contrast="stretch"`` uint8 is too.
not finite
    NaN and -inf count as the darkest finite value of the image, +inf as the brightest.
    An image without any finite pixel is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.core.errors import ImageError

Contrast = Literal["range", "stretch"]
"""How grey values reach 0 to 1: by the range of the data type, or by percentiles."""

LOW_PERCENTILE, HIGH_PERCENTILE = 0.1, 99.9
# Percentiles of a large image are taken on a grid of about this many pixels.
_PERCENTILE_PIXELS = 1_000_000


@dataclass(frozen=True)
class Axes:
    """What each axis of an image array is.

    Attributes
    ----------
    names
        One letter per axis. ``Y`` and ``X`` are required; ``S`` (colour samples) or ``C``
        (channels) may occur once; the others are leading axes.
    """

    names: str

    def __post_init__(self) -> None:
        names = self.names
        if len(set(names)) != len(names) or not {"Y", "X"} <= set(names) or {"S", "C"} <= set(names):
            raise ImageError(
                f"The axes {names!r} are not usable: name each axis once, with Y and X among them "
                "and at most one of S (colour) and C (channels), for example TYX or YXS."
            )

    @classmethod
    def guess(cls, shape: tuple[int, ...]) -> Axes:
        """Name the axes of an array that says nothing about them (see the module's rules)."""
        if len(shape) < 2:
            raise ImageError(f"An array of shape {shape} is not an image: it needs a height and a width.")
        colour = len(shape) > 2 and shape[-1] in (1, 3, 4)
        leading = len(shape) - (3 if colour else 2)
        if leading > len(_LEADING):
            raise ImageError(f"An array of shape {shape} has too many axes for an image.")
        return cls(_LEADING[len(_LEADING) - leading :] + ("YXS" if colour else "YX"))

    @property
    def leading(self) -> str:
        """The axes whose slices are segmented one by one, in order."""
        return "".join(name for name in self.names if name not in "YXSC")

    @property
    def channel(self) -> str:
        """``"S"``, ``"C"`` or ``""``."""
        return "".join(name for name in self.names if name in "SC")


_LEADING = "PQRTZ"


def as_planes(image: Any, axes: Axes | None = None) -> tuple[Any, tuple[int, ...]]:
    """Move an image's axes so that planes can be taken from it one by one.

    Parameters
    ----------
    image
        Any array (lazy ones stay lazy).
    axes
        What its axes are; guessed from the shape if not given.

    Returns
    -------
    planes
        The image as (*leading, height, width) or (*leading, height, width, channels).
    leading
        The shape of the leading axes; ``()`` for a single plane.
    """
    axes = axes or Axes.guess(tuple(image.shape))
    if len(axes.names) != len(image.shape):
        raise ImageError(
            f"The axes {axes.names!r} name {len(axes.names)} axes, but the image has {len(image.shape)} "
            f"(shape {tuple(image.shape)})."
        )
    order = [axes.names.index(name) for name in axes.leading + "YX" + axes.channel]
    planes = image if order == list(range(len(order))) else image.transpose(order)
    return planes, tuple(planes.shape[: len(axes.leading)])


def as_rgb(plane: Any, *, contrast: Contrast = "range", channels: Literal["S", "C"] = "S") -> NDArray[np.float32]:
    """Bring one plane to float32 (height, width, 3), values 0 to 1.

    Parameters
    ----------
    plane
        (height, width) or (height, width, channels), any numeric data type or bool.
    contrast
        ``"range"`` keeps the range of 8-bit images, ``"stretch"`` stretches those too.
    channels
        Whether a last axis holds colour samples (a fourth is alpha) or channels.

    Raises
    ------
    ImageError
        If the array is no plane, is empty, is complex, or holds no finite pixel.
    """
    if contrast not in get_args(Contrast):
        raise ValueError(f"contrast must be one of {get_args(Contrast)}, not {contrast!r}")
    values = np.asarray(plane)
    _check_plane(values)
    if values.ndim == 3:
        values = _three_or_one(values, channels)
    full_range = values.dtype in (np.uint8, np.bool_)
    top = 255.0 if values.dtype == np.uint8 else 1.0
    result = _finite(_single(values))
    if full_range and contrast == "range":
        result /= top
    else:
        result = _stretched(result)
    if result.ndim == 2:
        result = np.repeat(result[:, :, np.newaxis], 3, axis=2)
    return np.ascontiguousarray(result)


def _check_plane(values: NDArray[Any]) -> None:
    if values.ndim not in (2, 3) or 0 in values.shape:
        raise ImageError(
            f"An array of shape {values.shape} is not one plane of an image: "
            "give (height, width) or (height, width, channels), none of them zero."
        )
    if not (np.issubdtype(values.dtype, np.number) or values.dtype == bool) or np.iscomplexobj(values):
        raise ImageError(f"An image of data type {values.dtype} cannot be segmented: convert it to real numbers.")


def _three_or_one(values: NDArray[Any], channels: str) -> NDArray[Any]:
    """Apply the rule for samples and channels: (h, w, c) to (h, w, 3) or (h, w)."""
    count = values.shape[2]
    if count == 1:
        return values[:, :, 0]
    if count == 3:
        return values
    if count == 4 and channels == "S":
        return values[:, :, :3]
    stretched = [_stretched(_finite(_single(values[:, :, index]))) for index in range(count)]
    return np.asarray(np.mean(stretched, axis=0, dtype=np.float32))


def _single(values: NDArray[Any]) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):  # what is too large becomes infinite, and is treated as that
        return values.astype(np.float32)


def _finite(values: NDArray[np.float32]) -> NDArray[np.float32]:
    finite = np.isfinite(values)
    if finite.all():
        return values
    if not finite.any():
        raise ImageError("The image holds no finite pixel (all NaN or infinite): check how it was written.")
    low, high = float(values[finite].min()), float(values[finite].max())
    return np.nan_to_num(values, nan=low, neginf=low, posinf=high)


def _stretched(values: NDArray[np.float32]) -> NDArray[np.float32]:
    step = max(1, round((values.shape[0] * values.shape[1] / _PERCENTILE_PIXELS) ** 0.5))
    low, high = np.percentile(values[::step, ::step], (LOW_PERCENTILE, HIGH_PERCENTILE))
    if high <= low:
        # A few bright pixels on a constant ground vanish between the percentiles.
        low, high = float(values.min()), float(values.max())
    if high <= low:
        return np.zeros_like(values)
    return np.clip((values - np.float32(low)) / np.float32(high - low), 0, 1)
