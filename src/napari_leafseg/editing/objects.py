"""One plane's label image and where its objects lie, kept true edit by edit.

Finding an object in a large image would take longer than changing it. Knows pixels and
ids; nothing of tools, layers or history.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.core.errors import EditError
from napari_leafseg.editing.edit import Edit, Labels

Box2D = tuple[slice, slice]
_BAND = 1 << 20
"""Pixels looked at together: fresh memory for all of a large image would take longer than looking at it."""


class Objects:
    """The objects of one plane.

    Parameters
    ----------
    labels
        Whole numbers (height, width); 0 is background, ids may have gaps. It is looked at, never changed; whoever
        changes it says so with `update`.

    Raises
    ------
    EditError
        If an id is negative.
    """

    def __init__(self, labels: Labels) -> None:
        self.labels = labels
        self._areas: dict[int, int] = {}
        self._boxes: dict[int, Box2D] = {}
        # Objects that lost pixels: their boxes are too large until somebody asks.
        self._loose: set[int] = set()
        self._measure()

    def _measure(self) -> None:
        ids, starts, lengths = _runs(self.labels)
        if not len(ids):
            return
        first = np.flatnonzero(np.diff(ids, prepend=0))
        rows, columns = np.divmod(starts, self.labels.shape[1])
        areas = np.add.reduceat(lengths, first).tolist()
        # Runs come row by row, so an object's first is its highest and its last the lowest.
        tops, bottoms = rows[first].tolist(), (rows[np.append(first[1:], len(ids)) - 1] + 1).tolist()
        lefts = np.minimum.reduceat(columns, first).tolist()
        rights = np.maximum.reduceat(columns + lengths, first).tolist()
        for index, identity in enumerate(ids[first].tolist()):
            self._areas[identity] = areas[index]
            self._boxes[identity] = slice(tops[index], bottoms[index]), slice(lefts[index], rights[index])

    @property
    def ids(self) -> list[int]:
        """Ids of all objects, in order."""
        return sorted(self._areas)

    @property
    def areas(self) -> dict[int, int]:
        """Pixels of each object, by id."""
        return dict(self._areas)

    def __len__(self) -> int:
        return len(self._areas)

    def __contains__(self, identity: object) -> bool:
        return identity in self._areas

    @property
    def next_id(self) -> int:
        """The id that a new object gets: the highest plus one."""
        return max(self._areas, default=0) + 1

    def area(self, identity: int) -> int:
        """Pixels of an object.

        Raises
        ------
        EditError
            If there is none of this id.
        """
        self._check(identity)
        return self._areas[identity]

    def box(self, identity: int) -> Box2D:
        """The smallest box around an object; errors as in `area`."""
        self._check(identity)
        if identity in self._loose:
            self._boxes[identity] = _tight(self.labels, self._boxes[identity], identity)
            self._loose.discard(identity)
        return self._boxes[identity]

    def around(self, identities: Iterable[int], margin: int = 0) -> Box2D:
        """The smallest box around several objects, with some pixels more on each side."""
        boxes = [self.box(identity) for identity in identities]
        rows, columns = (
            slice(
                max(min(box[axis].start for box in boxes) - margin, 0),
                min(max(box[axis].stop for box in boxes) + margin, self.labels.shape[axis]),
            )
            for axis in (0, 1)
        )
        return rows, columns

    def mask(self, identity: int) -> tuple[Box2D, NDArray[np.bool_]]:
        """An object's box, and its pixels in it."""
        box = self.box(identity)
        return box, self.labels[box] == identity

    def middle(self, identity: int) -> tuple[float, float]:
        """A pixel of an object, near its middle: that of the longest run in the row that halves it."""
        (rows, columns), mask = self.mask(identity)
        row = int(np.searchsorted(np.cumsum(mask.sum(axis=1)), (self.area(identity) + 1) // 2))
        ends = np.diff(mask[row].astype(np.int8), prepend=0, append=0)
        starts, stops = np.flatnonzero(ends == 1), np.flatnonzero(ends == -1)
        longest = int((stops - starts).argmax())
        return float(rows.start + row), float(columns.start + (starts[longest] + stops[longest] - 1) // 2)

    def at(self, row: float, column: float) -> int:
        """Id at a point in pixels; 0 for background and outside the image.

        The centre of the first pixel is at (0, 0), as in napari.
        """
        y, x = int(np.floor(row + 0.5)), int(np.floor(column + 0.5))
        height, width = self.labels.shape
        return int(self.labels[y, x]) if 0 <= y < height and 0 <= x < width else 0

    def update(self, edit: Edit) -> None:
        """Take in an edit of this plane that has been written."""
        lost = _counted(edit.before, edit.size)
        for identity, count in lost:
            self._areas[identity] -= count
            self._loose.add(identity)
        for identity, count, box in _gained(edit):
            self._areas[identity] = self._areas.get(identity, 0) + count
            self._boxes[identity] = _union(self._boxes.get(identity), box)
        for identity, _ in lost:
            if not self._areas[identity]:
                del self._areas[identity], self._boxes[identity]
                self._loose.discard(identity)

    def _check(self, identity: int) -> None:
        if identity == 0:
            raise EditError("There is no object here, only background: choose a point on an object.")
        if identity not in self._areas:
            raise EditError(f"There is no object {identity} in this image: it may have been deleted or merged.")


def _runs(labels: Labels) -> tuple[NDArray[np.int64], NDArray[np.intp], NDArray[np.intp]]:
    """Id, first pixel and length of each run of one object in a row, object by object; far fewer than pixels."""
    height, width = labels.shape
    step = max(1, _BAND // max(width, 1))
    bands = [_begins(labels[top : top + step]) + top * width for top in range(0, height, step)]
    starts = np.concatenate([np.zeros(0, np.intp), *bands])
    ids = labels.reshape(-1)[starts].astype(np.int64)
    if ids.min(initial=0) < 0:
        raise EditError(f"The labels hold the negative id {ids.min()}: ids are 0 for background, then 1, 2, ...")
    lengths = np.diff(starts, append=labels.size)
    order = np.argsort(ids, kind="stable")[np.count_nonzero(ids == 0) :]
    return ids[order], starts[order], lengths[order]


def _begins(labels: Labels) -> NDArray[np.intp]:
    begins = np.ones(labels.shape, bool)
    np.not_equal(labels[:, 1:], labels[:, :-1], out=begins[:, 1:])
    return np.flatnonzero(begins)


def _counted(values: Labels, size: int) -> list[tuple[int, int]]:
    """Ids and how often each is there, without background."""
    if values.ndim == 0:
        return [(int(values), size)] if values and size else []
    ids, counts = np.unique(values, return_counts=True)
    return [(identity, count) for identity, count in zip(ids.tolist(), counts.tolist(), strict=True) if identity]


def _gained(edit: Edit) -> list[tuple[int, int, Box2D]]:
    """Ids that gained pixels, how many, and the box around those."""
    if not edit.size or (edit.after.ndim == 0 and not edit.after):
        return []
    values = np.broadcast_to(edit.after, edit.size)
    order = np.argsort(values, kind="stable")
    starts = np.flatnonzero(np.diff(values[order], prepend=-1))
    counts = np.diff(starts, append=edit.size)
    lows, highs = (
        [function.reduceat(axis[order], starts).tolist() for axis in edit.where]
        for function in (np.minimum, np.maximum)
    )
    found = zip(values[order[starts]].tolist(), counts.tolist(), *lows, *highs, strict=True)
    return [
        (identity, count, (slice(top, bottom + 1), slice(left, right + 1)))
        for identity, count, top, left, bottom, right in found
        if identity
    ]


def _union(one: Box2D | None, two: Box2D) -> Box2D:
    if one is None:
        return two
    rows, columns = (slice(min(a.start, b.start), max(a.stop, b.stop)) for a, b in zip(one, two, strict=True))
    return rows, columns


def _tight(labels: Labels, box: Box2D, identity: int) -> Box2D:
    inside = labels[box] == identity
    rows, columns = (
        slice(part.start + int(line[0]), part.start + int(line[-1]) + 1)
        for part, line in zip(box, (np.flatnonzero(inside.any(axis)) for axis in (1, 0)), strict=True)
    )
    return rows, columns
