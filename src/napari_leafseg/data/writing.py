"""Label files: written whole or not at all, readable by any program.

Must know nothing of layouts, projects or windows.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import tifffile
from numpy.typing import NDArray

from napari_leafseg.core.atomic import replacing
from napari_leafseg.core.errors import ImageError


def write_labels(path: str | Path, labels: NDArray[Any]) -> None:
    """Write a label image as plain TIFF, losslessly packed.

    The file appears whole or not at all: it is written beside its place and then renamed.

    Parameters
    ----------
    path
        Its folder is made if need be; an older file is replaced.
    labels
        Integers or bool, (height, width) or (*leading, height, width); stored as uint16
        while the ids fit, else as int32.

    Raises
    ------
    ImageError
        If these are no labels, or the file cannot be written.
    """
    path = Path(path)
    stored = _smallest(labels, path.name)
    try:
        with replacing(path) as file:
            _encode(file, stored)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ImageError(f"{path} cannot be written ({reason}): choose another folder, or free some space.") from error


def packed_labels(labels: NDArray[Any], name: str) -> bytes:
    """Return the content of the file that `write_labels` writes; ``name`` is for messages.

    Raises
    ------
    ImageError
        If these are no labels.
    """
    content = io.BytesIO()
    _encode(content, _smallest(labels, name))
    return content.getvalue()


def _smallest(labels: NDArray[Any], name: str) -> NDArray[Any]:
    values = np.asarray(labels)
    if values.dtype.kind not in "bui" or values.ndim < 2 or values.size == 0:
        raise ImageError(
            f"{name} cannot be written as labels (an array of {values.dtype}, shape {values.shape}): "
            "give whole numbers with a height and a width."
        )
    low, high = int(values.min()), int(values.max())
    if low < 0 or high > np.iinfo(np.int32).max:
        raise ImageError(f"{name} cannot be written (ids from {low} to {high}): number the objects 1, 2, ...")
    return values.astype(np.uint16 if high <= np.iinfo(np.uint16).max else np.int32, copy=False)


def _encode(file: BinaryIO, values: NDArray[Any]) -> None:
    tifffile.imwrite(file, values, photometric="minisblack", compression="zlib", compressionargs={"level": 1})
