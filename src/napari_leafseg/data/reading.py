"""Image and label files: any kind a biologist has, read whole or refused in one sentence.

What the array then means (colour, stacks, range) is `core.image`'s; which file belongs to
which is `data.layouts`'s. A file's kind is told by its first bytes, never by its name.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from napari_leafseg.core.errors import ImageError
from napari_leafseg.core.image import Axes, as_rgb
from napari_leafseg.data import raster, tiff
from napari_leafseg.data.writing import write_labels

__all__ = [
    "IMAGE_SUFFIXES",
    "LoadedImage",
    "read_image",
    "read_labels",
    "read_size",
    "read_thumbnail",
    "write_labels",
]

IMAGE_SUFFIXES: frozenset[str] = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp"})
"""What a folder's listing takes for images; lower case, with the dot."""

# What Pillow, tifffile and imagecodecs raise on damaged content, found by cutting and altering files.
_DAMAGE = (
    ArithmeticError,
    AssertionError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True, eq=False)
class LoadedImage:
    """An image as its file stores it.

    Attributes
    ----------
    array
        For example (T, height, width) or (height, width, 3); large TIFFs are memory-mapped.
    axes
        What each of its axes is.
    """

    array: NDArray[Any]
    axes: Axes


class _Kind(NamedTuple):
    read: Callable[[Path], tuple[NDArray[Any], str]]
    read_ids: Callable[[Path], tuple[NDArray[Any], str]]
    read_shape: Callable[[Path], tuple[int, ...]]
    read_preview: Callable[[Path, int], NDArray[Any]]


_RASTER = _Kind(raster.read, raster.read_ids, raster.read_shape, raster.read_preview)
_TIFF = _Kind(tiff.read, tiff.read_ids, tiff.read_shape, tiff.read_preview)
_SIGNATURES: tuple[tuple[bytes, _Kind], ...] = (
    (b"\x89PNG\r\n\x1a\n", _RASTER),
    (b"\xff\xd8\xff", _RASTER),
    (b"BM", _RASTER),
    (b"RIFF", _RASTER),
    (b"II*\0", _TIFF),
    (b"MM\0*", _TIFF),
    (b"II+\0", _TIFF),
    (b"MM\0+", _TIFF),
)


def read_image(path: str | Path, axes: str | None = None) -> LoadedImage:
    """Read an image file.

    Parameters
    ----------
    path
        PNG, JPEG, TIFF, BMP or WebP, whatever its suffix.
    axes
        Overrules what the file says of its axes, for example ``"CYX"`` for three pages that
        are channels, not time (`core.image`).

    Raises
    ------
    ImageError
        If the file is missing, no image, damaged, or does not have these axes.
    """
    path = Path(path)
    with _readable(path) as kind:
        array, names = kind.read(path)
    return LoadedImage(array, _axes(path, array, axes or names))


def read_labels(path: str | Path, shape: tuple[int, ...] | None = None) -> NDArray[np.int32]:
    """Read a label image: 0 is background, every other value the id of an object.

    Parameters
    ----------
    path
        Any image file of integer values. The indices of a palette are the ids; in an RGB
        image every colour but black is one object.
    shape
        What its last axes must measure, usually the image's height and width.

    Returns
    -------
    int32, (height, width) or (*leading, height, width); ids as stored, with gaps if there are.

    Raises
    ------
    ImageError
        If the file cannot be read, holds no ids, or has another size.
    """
    path = Path(path)
    with _readable(path) as kind:
        values, axes = kind.read_ids(path)
    if axes.endswith("S"):
        values = _ids_of_colours(values)
    while values.ndim > 2 and values.shape[0] == 1:
        values = values[0]
    return fitting(_as_ids(values, path), shape, path.name)


def fitting(labels: NDArray[np.int32], shape: tuple[int, ...] | None, name: str) -> NDArray[np.int32]:
    """Refuse labels whose last axes do not measure ``shape``; ``None`` fits all, ``name`` is for the message."""
    wanted = tuple(shape or ())
    if wanted and labels.shape[-len(wanted) :] != wanted:
        raise ImageError(
            f"{name}: the labels are {_by(labels.shape)} pixels but the image is {_by(wanted)}; "
            "they must have the same size."
        )
    return labels


def read_size(path: str | Path) -> tuple[int, ...]:
    """Return the shape that `read_image` gives, from the header alone."""
    path = Path(path)
    with _readable(path) as kind:
        return kind.read_shape(path)


def read_thumbnail(path: str | Path, side: int = 96) -> NDArray[np.uint8]:
    """Draw a small picture of an image, stretched so that dark ones show.

    Returns
    -------
    uint8 (height, width, 3); the longer side is ``side``. Of a stack, the first plane.
    """
    path = Path(path)
    with _readable(path) as kind:
        plane = kind.read_preview(path, side)
    try:
        rgb = as_rgb(plane, contrast="stretch")
    except ImageError as error:
        raise ImageError(f"{path.name}: {error}") from None
    return _fitted((rgb * 255).round().astype(np.uint8), side)


def _fitted(rgb: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    height, width = rgb.shape[:2]
    scale = side / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(Image.fromarray(rgb).resize(size, Image.Resampling.BILINEAR))


# --- refusing -------------------------------------------------------------------------


@contextmanager
def _readable(path: Path) -> Iterator[_Kind]:
    """Tell a file's kind, and say in one sentence what is wrong if it cannot be read."""
    try:
        yield _kind(path)
    except Image.DecompressionBombError:
        raise _refusal(path, "it is too large for its kind of file", "save it as TIFF") from None
    except MemoryError:
        raise _refusal(path, "there is not enough memory", "cut it into smaller images") from None
    except PermissionError:
        raise _refusal(path, "you have no permission", "ask its owner to let you read it") from None
    except _DAMAGE as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise _refusal(path, f"it is damaged: {reason[:120]}", "copy it again from where it came") from error


def _kind(path: Path) -> _Kind:
    if path.is_dir():
        raise _refusal(path, "it is a folder", "choose a file in it, or open it as a folder")
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except (FileNotFoundError, NotADirectoryError):
        raise ImageError(f"There is no file {path}: check its name.") from None
    if not start:
        raise _refusal(path, "it is empty, 0 bytes", "copy it again from where it came")
    for signature, kind in _SIGNATURES:
        if start.startswith(signature):
            return kind
    raise _refusal(path, "it is not a PNG, JPEG, TIFF, BMP or WebP image", "convert it to one of these")


def _refusal(path: Path, reason: str, remedy: str) -> ImageError:
    return ImageError(f"{path.name} cannot be read ({reason}): {remedy}.")


def _axes(path: Path, array: NDArray[Any], names: str) -> Axes:
    try:
        axes = Axes(names)
    except ImageError as error:
        raise ImageError(f"{path.name}: {error}") from None
    if len(names) != array.ndim:
        raise ImageError(
            f"{path.name} has {array.ndim} axes (shape {_by(array.shape)}), but {names!r} names {len(names)}: "
            "name each axis once, for example TYX or YXS."
        )
    return axes


def _by(shape: tuple[int, ...]) -> str:
    return " x ".join(str(side) for side in shape)


# --- ids ------------------------------------------------------------------------------


def _ids_of_colours(values: NDArray[Any]) -> NDArray[Any]:
    """Number the colours of (..., 3 or 4) values; grey stored as colour keeps its values."""
    colours = values[..., :3]
    if (colours == colours[..., :1]).all():
        return colours[..., 0]
    _, ids = np.unique(colours.reshape(-1, 3), axis=0, return_inverse=True)
    black = not colours.reshape(-1, 3).any(axis=1).min(initial=True)
    # Black sorts first; without any black pixel there is no background.
    return (ids + (0 if black else 1)).reshape(colours.shape[:-1])


def _as_ids(values: NDArray[Any], path: Path) -> NDArray[np.int32]:
    if values.dtype.kind == "f" and not (np.isfinite(values).all() and (values == np.rint(values)).all()):
        raise _refusal(path, "its values are not whole numbers", "choose a label image with one id per object")
    if values.dtype.kind not in "buif":
        raise _refusal(path, f"its values are of type {values.dtype}", "choose a label image with one id per object")
    low, high = (values.min(initial=0), values.max(initial=0)) if values.size else (0, 0)
    if low < 0 or high > np.iinfo(np.int32).max:
        raise _refusal(path, f"its ids run from {low:.0f} to {high:.0f}", "number the objects 1, 2, ...")
    return values.astype(np.int32)
