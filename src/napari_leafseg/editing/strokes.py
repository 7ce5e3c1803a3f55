"""Turning what napari did for a brush stroke into an edit.

Knows the shape of napari's records, not napari: each is either a box with a mask (brush, eraser, fill, polygon) or
the index arrays of ``data_setitem``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.editing.edit import Edit, Labels

Indexed = tuple[tuple[NDArray[np.intp], ...], Labels, Any]
"""Index arrays, values before, value or values after."""


@runtime_checkable
class Masked(Protocol):
    """A box, the pixels in it that were painted (``None``: all), their values before, the value painted."""

    slice_key: tuple[slice, ...]
    mask: NDArray[np.bool_] | None
    old_values: Labels
    new_value: int


def stroke_of(shape: tuple[int, ...], records: Sequence[Masked | Indexed]) -> Edit:
    """Make one edit of the records of one stroke.

    Parameters
    ----------
    shape
        Of all labels.
    records
        In the order in which they were painted, as ``layer.events.paint`` gives them (``event.value``). One pixel
        may be in several. napari may emit the event before it writes the last of them, so the pixels are not asked.

    Returns
    -------
    An edit in all axes of ``labels``; empty if the stroke changed nothing in the end.
    """
    if not records:
        return Edit.of(tuple(np.zeros(0, np.intp) for _ in shape), np.zeros(0, np.uint16), np.zeros(0, np.uint16))
    places, olds, news = zip(*(_read(record) for record in records), strict=True)
    flat = np.concatenate([np.ravel_multi_index(where, shape) for where in places])
    # Of a pixel painted twice, the first record knows what it was, the last what it is.
    pixels, first = np.unique(flat, return_index=True)
    last = len(flat) - 1 - np.unique(flat[::-1], return_index=True)[1]
    before, after = np.concatenate(olds)[first], np.concatenate(news)[last]
    changed = before != after
    return Edit.of(np.unravel_index(pixels[changed], shape), before[changed], after[changed])


def _read(record: Masked | Indexed) -> tuple[tuple[NDArray[np.intp], ...], Labels, Labels]:
    """Index arrays, and the values before and after of each of their pixels."""
    if isinstance(record, Masked):
        sides = tuple(part.stop - part.start for part in record.slice_key)
        mask = np.ones(sides, bool) if record.mask is None else record.mask
        where = tuple(axis + part.start for axis, part in zip(np.nonzero(mask), record.slice_key, strict=True))
        before, after = np.ravel(record.old_values), record.new_value
    else:
        indices, before, after = record
        where = tuple(np.asarray(axis).ravel() for axis in indices)
    before = np.broadcast_to(before, where[0].shape)
    return where, before, np.broadcast_to(np.asarray(after, before.dtype), where[0].shape)
