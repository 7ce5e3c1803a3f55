"""Label files: written whole or not at all, readable by any program.

Must know nothing of layouts, projects or windows.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

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
    stored = _smallest(labels, path)
    # Two threads, or two programs on a shared folder, must not write into one temporary file.
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(temporary, stored)
        os.replace(temporary, path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ImageError(f"{path} cannot be written ({reason}): choose another folder, or free some space.") from error
    finally:
        _remove(temporary)


def _smallest(labels: NDArray[Any], path: Path) -> NDArray[Any]:
    values = np.asarray(labels)
    if values.dtype.kind not in "bui" or values.ndim < 2 or values.size == 0:
        raise ImageError(
            f"{path.name} cannot be written as labels (an array of {values.dtype}, shape {values.shape}): "
            "give whole numbers with a height and a width."
        )
    low, high = int(values.min()), int(values.max())
    if low < 0 or high > np.iinfo(np.int32).max:
        raise ImageError(f"{path.name} cannot be written (ids from {low} to {high}): number the objects 1, 2, ...")
    return values.astype(np.uint16 if high <= np.iinfo(np.uint16).max else np.int32)


def _write(path: Path, values: NDArray[Any]) -> None:
    with path.open("wb") as file:
        tifffile.imwrite(file, values, photometric="minisblack", compression="zlib", compressionargs={"level": 1})
        file.flush()
        # Without this a power cut after the rename can leave an empty file.
        os.fsync(file.fileno())


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        # The folder itself is what failed; there is nothing of ours in it.
        return
