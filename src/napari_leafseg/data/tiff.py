"""TIFF files as arrays with named axes, by tifffile: OME, ImageJ, plain, many pages.

Raises whatever the decoder raises: `data.reading` turns that into a sentence. Must know
nothing of labels, layouts or windows.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from napari_leafseg.core.errors import ImageError
from napari_leafseg.core.image import Axes, as_planes

MAPPED_ABOVE = 256 * 2**20
"""Images of more bytes stay on disk (memory-mapped) where the file allows it."""

# No codec of scientific files packs tighter than about 1000 to 1; more is a forged header.
_PACKED_AT_MOST = 2000
_SPARE_LETTERS = "QRPTZVABDEFGHIJKLMNOUW"


def read(path: Path) -> tuple[NDArray[Any], str]:
    """Read the first series and name its axes as `core.image.Axes` wants them.

    ``S`` are colour samples and ``C`` channels, as the file's own metadata says; every other
    axis is a leading one. Palettes and CMYK become RGB, white-is-zero is turned around, and
    the alpha of grey images is dropped.
    """
    with _open(path) as file:
        series = _first(file, path)
        _check_whole(file, series, path)
        array, axes = _as_seen(_load(series), series.axes, series.keyframe)
    return array, _usable(axes, array.shape)


def read_ids(path: Path) -> tuple[NDArray[Any], str]:
    """Read a label image's stored values, and its axes with colour samples last."""
    with _open(path) as file:
        series = _first(file, path)
        _check_whole(file, series, path)
        array: NDArray[Any] = series.asarray()
        axes = series.axes
    return (np.moveaxis(array, axes.index("S"), -1), axes.replace("S", "") + "S") if "S" in axes else (array, axes)


def read_shape(path: Path) -> tuple[int, ...]:
    """Return the shape that `read` gives, from the headers alone."""
    with _open(path) as file:
        series = _first(file, path)
        probe = np.broadcast_to(np.zeros((), series.dtype), series.shape)
        axes, page = series.axes, series.keyframe
    if page.photometric == tifffile.PHOTOMETRIC.PALETTE:
        return (*series.shape, 3)
    if _is_cmyk(axes, page):
        return (*(size for size, name in zip(series.shape, axes, strict=True) if name != "S"), 3)
    if _is_grey_alpha(probe, axes, page):
        return tuple(size for size, name in zip(series.shape, axes, strict=True) if name != "S")
    return tuple(series.shape)


def read_preview(path: Path, side: int) -> NDArray[Any]:
    """Read the first plane coarsely, (height, width[, samples]), from a small pyramid level if there is one."""
    with _open(path) as file:
        series = _first(file, path)
        levels = [level for level in series.levels if min(_plane_shape(level)) >= side]
        page: Any = (levels or [series])[-1].pages[0]
        array, axes = page.asarray(out="memmap" if page.is_memmappable else None), page.axes
        array, axes = _as_seen(_strided(array, axes, side), axes, page.keyframe)
    planes, leading = as_planes(array, Axes(_usable(axes, array.shape)))
    plane: NDArray[Any] = planes[(0,) * len(leading)]
    return plane


def _open(path: Path) -> tifffile.TiffFile:
    # One file of an OME set of many must show itself, not its siblings.
    return tifffile.TiffFile(path, _multifile=False)


def _first(file: tifffile.TiffFile, path: Path) -> tifffile.TiffPageSeries:
    series = file.series[0]
    if series.size > 0 and series.dtype is None:
        raise ImageError(f"{path.name} cannot be read (its pixels are of an unknown kind): save it as 16-bit TIFF.")
    if series.nbytes > 2**30 and series.nbytes > _PACKED_AT_MOST * file.filehandle.size:
        raise ImageError(
            f"{path.name} cannot be read (it claims to unpack to {series.nbytes / 2**30:.0f} GB, far more than "
            "such a file can hold): it is damaged or forged, save it again."
        )
    return series


def _check_whole(file: tifffile.TiffFile, series: tifffile.TiffPageSeries, path: Path) -> None:
    """Refuse a file whose pixels end beyond its end: decoders fill the rest with zeros."""
    size = file.filehandle.size
    if series.dataoffset is not None:
        end = series.dataoffset + series.nbytes
    else:
        end = max((_end(page) for page in series.pages if page is not None), default=0)
    if end > size or _chain_is_broken(file):
        raise ImageError(f"{path.name} cannot be read (it is cut off after {size} bytes): copy it again.")


def _end(page: Any) -> int:
    return max((start + count for start, count in zip(page.dataoffsets, page.databytecounts, strict=True)), default=0)


def _chain_is_broken(file: tifffile.TiffFile) -> bool:
    """Whether the list of pages leads beyond the file's end; tifffile just stops there."""
    handle, form = file.filehandle, file.tiff
    if form.is_ndpi:
        return False
    seen: set[int] = set()
    offset = file.pages.first.offset
    while offset and offset not in seen:
        seen.add(offset)
        handle.seek(offset)
        count = _unpacked(form.tagnoformat, handle.read(form.tagnosize))
        if count is None:
            return True
        handle.seek(offset + form.tagnosize + count * form.tagsize)
        following = _unpacked(form.offsetformat, handle.read(form.offsetsize))
        if following is None:
            return True
        offset = following
    return False


def _unpacked(form: str, content: bytes) -> int | None:
    if len(content) < struct.calcsize(form):
        return None
    return int(struct.unpack(form, content)[0])


def _load(series: tifffile.TiffPageSeries) -> NDArray[Any]:
    mapped = series.nbytes > MAPPED_ABOVE and series.dataoffset is not None and series.keyframe.is_memmappable
    array: NDArray[Any] = series.asarray(out="memmap" if mapped else None)
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def _plane_shape(level: Any) -> Sequence[int]:
    return [size for size, name in zip(level.shape, level.axes, strict=True) if name in "YX"] or [0]


def _strided(array: NDArray[Any], axes: str, side: int) -> NDArray[Any]:
    height, width = (array.shape[axes.index(name)] for name in "YX")
    step = max(1, min(height, width) // (2 * side))
    return array[tuple(slice(None, None, step) if name in "YX" else slice(None) for name in axes)]


# --- colour ---------------------------------------------------------------------------


def _as_seen(array: NDArray[Any], axes: str, page: Any) -> tuple[NDArray[Any], str]:
    """Bring stored values to what a viewer shows: RGB, or grey with black as zero."""
    if page.photometric == tifffile.PHOTOMETRIC.PALETTE:
        if page.colormap is None:
            raise ValueError("its palette is missing")
        return _coloured(array, page.colormap), f"{axes}S"
    if _is_cmyk(axes, page):
        return _rgb_of_cmyk(np.moveaxis(array, axes.index("S"), -1)), axes.replace("S", "") + "S"
    if _is_grey_alpha(array, axes, page):
        return np.take(array, 0, axis=axes.index("S")), axes.replace("S", "")
    if page.photometric == tifffile.PHOTOMETRIC.MINISWHITE and array.dtype.kind in "bu":
        return ~array, axes
    return array, axes


def _coloured(indices: NDArray[Any], colormap: NDArray[Any]) -> NDArray[np.uint8]:
    table = np.ascontiguousarray(colormap.T)
    # Some writers fill the 16-bit table with 8-bit values.
    table = (table >> 8 if table.max(initial=0) > 255 else table).astype(np.uint8)
    colours: NDArray[np.uint8] = table[np.minimum(indices, len(table) - 1)]
    return colours


def _is_cmyk(axes: str, page: Any) -> bool:
    return page.photometric == tifffile.PHOTOMETRIC.SEPARATED and "S" in axes and page.samplesperpixel >= 4


def _rgb_of_cmyk(array: NDArray[Any]) -> NDArray[Any]:
    top = float(np.iinfo(array.dtype).max) if array.dtype.kind == "u" else 1.0
    ink = array[..., :4].astype(np.float32) / top
    rgb = (1 - ink[..., :3]) * (1 - ink[..., 3:]) * top
    return np.round(rgb).astype(array.dtype) if array.dtype.kind == "u" else rgb


def _is_grey_alpha(array: NDArray[Any], axes: str, page: Any) -> bool:
    return "S" in axes and array.shape[axes.index("S")] == 2 and len(page.extrasamples) == 1


# --- axes -----------------------------------------------------------------------------


def _usable(axes: str, shape: tuple[int, ...]) -> str:
    """Make tifffile's axes unique, with at most one of S and C."""
    if "Q" in axes and axes.endswith("X") and shape[-1] in (3, 4):
        # The writer said nothing, and stored (height, width, colour) as pages of 3 columns.
        return Axes.guess(shape).names
    if "S" in axes:
        axes = axes.replace("C", "Q")
    names = ""
    for position, name in enumerate(axes):
        taken = names + axes[position + 1 :]
        names += name if name not in names else next(n for n in _SPARE_LETTERS if n not in taken)
    return names
