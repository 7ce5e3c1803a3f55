"""What an action changes: pixels with their values before and after, or a plane's two snapshots.

Values that know how to be written and taken back; nothing of objects, tools or history.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.integer]
Box = tuple[slice, ...]
Parents = Mapping[int, int]
"""New id: the id it came from, whose marks it inherits."""

_FASTEST = 1
"""Level of compression."""


@dataclass(frozen=True, eq=False)
class Edit:
    """Some pixels of a label image, as they were and as they become.

    Attributes
    ----------
    where
        One index array per axis, as numpy and napari's ``data_setitem`` take them; no pixel twice.
    before, after
        (n,) values of those pixels; of shape () where all are the same.
    parents
        Ids that the edit makes or renames, and where each came from.
    """

    where: tuple[NDArray[np.intp], ...]
    before: Labels
    after: Labels
    parents: Parents = field(default_factory=dict)

    @classmethod
    def of(cls, where: tuple[NDArray[np.intp], ...], before: Labels, after: Labels) -> Edit:
        """Keep values per pixel, as one value where all are the same."""
        return cls(where, _compact(before), _compact(after))

    @classmethod
    def between(cls, box: Box, before: Labels, after: Labels, parents: Parents | None = None) -> Edit:
        """Compare a box's pixels before and after; only those that differ are kept."""
        changed = before != after
        inside = np.nonzero(changed)
        where = tuple(index + part.start for index, part in zip(inside, box, strict=True))
        kept = _narrow(after[changed], before.dtype)
        return cls(where, _compact(before[changed]), _compact(kept), parents or {})

    @classmethod
    def joined(cls, edits: Sequence[Edit], parents: Parents | None = None) -> Edit:
        """Make one edit of several that share no pixel."""
        where = tuple(np.concatenate(axis) for axis in zip(*(edit.where for edit in edits), strict=True))
        before, after = (
            _compact(np.concatenate([np.broadcast_to(getattr(edit, name), edit.size) for edit in edits]))
            for name in ("before", "after")
        )
        given = {new: old for edit in edits for new, old in edit.parents.items()}
        return cls(where, before, after, given if parents is None else parents)

    @property
    def size(self) -> int:
        """Number of pixels that change."""
        return len(self.where[0])

    def __bool__(self) -> bool:
        return self.size > 0

    @property
    def box(self) -> Box:
        """The smallest box around the pixels."""
        return tuple(slice(int(axis.min()), int(axis.max()) + 1) for axis in self.where)

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        return sum(array.nbytes for array in (*self.where, self.before, self.after))

    def fits(self, dtype: np.dtype[Any]) -> bool:
        """Whether an array of a data type can hold the values after the edit."""
        return fits(dtype, int(self.after.max(initial=0)))

    def inverse(self) -> Edit:
        """What takes the edit back."""
        return replace(self, before=self.after, after=self.before)

    def write(self, labels: Labels) -> None:
        """Put the values after the edit into an array, in place."""
        labels[self.where] = self.after

    def on_plane(self, plane: tuple[int, ...]) -> Edit:
        """Move an edit of one plane into a stack."""
        leading = tuple(np.full(self.size, index) for index in plane)
        return replace(self, where=(*leading, *self.where)) if plane else self

    def by_plane(self) -> dict[tuple[int, ...], Edit]:
        """Part an edit of a stack into one for each plane, by the plane's place in the leading axes."""
        if len(self.where) == 2:
            return {(): self}
        leading = np.stack(self.where[:-2], axis=1)
        planes, which = np.unique(leading, axis=0, return_inverse=True)
        return {tuple(plane): self._part(which.ravel() == index) for index, plane in enumerate(planes.tolist())}

    def _part(self, chosen: NDArray[np.bool_]) -> Edit:
        rows, columns = (axis[chosen] for axis in self.where[-2:])
        before, after = (values[chosen] if values.ndim else values for values in (self.before, self.after))
        return Edit((rows, columns), before, after, self.parents)


@dataclass(frozen=True, eq=False)
class Replacement:
    """A whole plane, or a whole stack, before and after; kept compressed.

    Attributes
    ----------
    plane
        Where in the leading axes; ``()`` for all of the array.
    before, after
        The snapshots.
    parents
        As in `Edit`; ids that are in both and not named here stay the same objects. ``None``: all are new ones.
    """

    plane: tuple[int, ...]
    before: Snapshot
    after: Snapshot
    parents: Parents | None

    @classmethod
    def between(cls, before: Labels, after: Labels, parents: Parents | None) -> Replacement:
        """Keep two label images of the same shape."""
        return cls((), Snapshot.of(before), Snapshot.of(after), parents)

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        return len(self.before.packed) + len(self.after.packed)

    def inverse(self) -> Replacement:
        """What takes the replacement back."""
        return replace(self, before=self.after, after=self.before)

    def on_plane(self, plane: tuple[int, ...]) -> Replacement:
        """Move a replacement of one plane into a stack."""
        return replace(self, plane=plane)


@dataclass(frozen=True)
class Snapshot:
    """A label image, compressed; 2048 x 2048 pixels take 4 ms and some 100 kB."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    packed: bytes

    @classmethod
    def of(cls, labels: Labels) -> Snapshot:
        """Compress."""
        # Three times as fast as zlib, and half as large.
        from imagecodecs import zstd_encode

        return cls(labels.shape, labels.dtype, bytes(zstd_encode(labels.tobytes(), _FASTEST)))

    def labels(self) -> Labels:
        """Decompress, into an array of its own."""
        from imagecodecs import zstd_decode

        return np.frombuffer(bytearray(zstd_decode(self.packed)), self.dtype).reshape(self.shape)


def fits(dtype: np.dtype[Any], highest: int) -> bool:
    """Whether a data type holds an id; bool, as of an ignore region, holds 1."""
    return highest <= (1 if dtype == np.bool_ else int(np.iinfo(dtype).max))


def _narrow(values: Labels, dtype: np.dtype[Any]) -> Labels:
    """Keep the array's own data type as long as the values fit it."""
    return values.astype(dtype) if fits(dtype, int(values.max(initial=0))) else values


def _compact(values: Labels) -> Labels:
    """Keep one value for all where they are the same."""
    return values[0].reshape(()) if len(values) and (values == values[0]).all() else values
