"""Turning what napari did for a brush stroke into an edit.

Knows the shape of napari's records, not napari: each is either a box with a mask (brush, eraser, fill, polygon) or
the index arrays of ``data_setitem``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.editing.edit import Edit, Labels

Indexed = tuple[tuple[NDArray[np.intp], ...], Labels, Any]
"""Index arrays, values before, value or values after."""


class Masked(Protocol):
    """A box, the pixels in it that were painted (``None``: all), their values before, the value painted."""

    slice_key: tuple[slice, ...]
    mask: NDArray[np.bool_] | None
    old_values: Labels
    new_value: int


def stroke_of(labels: Labels, records: Sequence[Masked | Indexed]) -> Edit:
    """Make one edit of the records of one stroke.

    Parameters
    ----------
    labels
        All pixels, after the stroke.
    records
        In the order in which they were painted, as ``layer.events.paint`` gives them (``event.value``). One pixel
        may be in several.

    Returns
    -------
    An edit in all axes of ``labels``; empty if the stroke changed nothing in the end.
    """
    parts = [_read(record) for record in records]
    flat = np.concatenate([np.ravel_multi_index(where, labels.shape) for where, _ in parts] or [np.zeros(0, np.intp)])
    values = np.concatenate([values for _, values in parts] or [np.zeros(0, labels.dtype)])
    # Of a pixel painted twice, the first record knows what it was.
    pixels, first = np.unique(flat, return_index=True)
    before, after = values[first], labels.ravel()[pixels] if labels.flags.c_contiguous else labels.flat[pixels]
    changed = before != after
    where = np.unravel_index(pixels[changed], labels.shape)
    return Edit.of(where, before[changed], after[changed])


def _read(record: Masked | Indexed) -> tuple[tuple[NDArray[np.intp], ...], Labels]:
    if isinstance(record, tuple):
        where, before, _ = record
        flat = tuple(np.asarray(axis).ravel() for axis in where)
        return flat, np.broadcast_to(before, flat[0].shape)
    shape = tuple(part.stop - part.start for part in record.slice_key)
    mask = np.ones(shape, bool) if record.mask is None else record.mask
    where = tuple(axis + part.start for axis, part in zip(np.nonzero(mask), record.slice_key, strict=True))
    return where, np.broadcast_to(np.ravel(record.old_values), where[0].shape)
