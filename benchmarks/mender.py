"""Somebody who knows the truth and mends labels with the tools, always the worst object first.

With a tracer, a border that is bad is drawn anew in one stroke where that promises more than the best stroke of the
brush. What it promises is seen on a rehearsal: how the hand will tremble is not known before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from brush import Hand, Stroke
from numpy.typing import NDArray
from scipy import ndimage
from scipy.optimize import linear_sum_assignment
from tracer import Tracer

from napari_leafseg.core.errors import EditError
from napari_leafseg.editing import pieces, place, split
from napari_leafseg.editing.correction import ArraySurface, Correction
from napari_leafseg.editing.edit import Edit
from napari_leafseg.editing.objects import Objects
from napari_leafseg.editing.outline import outline

Labels = NDArray[np.integer]
Prompt = Callable[[tuple[float, float, float, float]], NDArray[np.bool_]]

_PART = 0.5
"""Share of an object that makes it a part of another, or another a part of it."""
_EVERY = 4
"""Pixels between the corners of a line drawn between two leaves."""
_JUMP = 6
"""Pixels without a border at which the line ends."""


@dataclass(frozen=True)
class Case:
    """One image to mend."""

    predicted: Labels
    truth: Labels
    prompt: Prompt


class Overlaps:
    """Which objects are which leaves."""

    def __init__(self, labels: Labels, truth: Labels) -> None:
        leaves, objects = int(truth.max()) + 1, int(labels.max()) + 1
        both = truth.ravel().astype(np.int64) * objects + labels.ravel()
        self.shared = np.bincount(both, minlength=leaves * objects).reshape(leaves, objects).astype(float)
        self.leaf, self.object = self.shared.sum(axis=1), self.shared.sum(axis=0)
        areas = self.leaf[1:, np.newaxis] + self.object[1:]
        dice = 2 * self.shared[1:, 1:] / np.maximum(areas, 1)
        self.best_of_leaf = np.where(self.leaf[1:] > 0, dice.max(axis=1, initial=0), np.nan)
        self.best_of_object = np.where(self.object[1:] > 0, dice.max(axis=0, initial=0), np.nan)

    @property
    def quality(self) -> float:
        """Mean best Dice from both sides, together."""
        return float(np.nan_to_num(np.nanmean(self.best_of_leaf)) + np.nan_to_num(np.nanmean(self.best_of_object)))

    def worst_first(self) -> Iterator[tuple[int, int]]:
        """Leaf and object, one of them 0: the worst of both first."""
        ranked = [(float(dice), leaf, 0) for leaf, dice in enumerate(self.best_of_leaf, 1) if np.isfinite(dice)]
        ranked += [(float(dice), 0, key) for key, dice in enumerate(self.best_of_object, 1) if np.isfinite(dice)]
        for dice, leaf, key in sorted(ranked):
            if dice < 1:
                yield leaf, key

    def leaves_in(self, key: int) -> list[int]:
        """Leaves that lie mostly in an object, those that share most first."""
        inside = self.shared[:, key] > _PART * self.leaf
        return sorted(
            (leaf for leaf in np.flatnonzero(inside).tolist() if leaf), key=lambda leaf: -self.shared[leaf, key]
        )

    def pieces_of(self, leaf: int) -> list[int]:
        """Objects that lie mostly in a leaf."""
        inside = self.shared[leaf] > _PART * self.object
        return [key for key in np.flatnonzero(inside).tolist() if key]


class Mender:
    """The tools in a practised hand.

    Parameters
    ----------
    case
        What is to be mended.
    tracer
        Draws outlines; ``None``: borders are mended with the brush only.
    """

    def __init__(self, case: Case, tracer: Tracer | None = None) -> None:
        self._case, self._tracer = case, tracer
        self._correction = Correction(ArraySurface(case.predicted.astype(np.int32)))
        self._gave_up: set[tuple[str, int]] = set()

    @property
    def labels(self) -> Labels:
        """As they are now."""
        return self._correction.labels

    def mend_worst(self) -> list[str] | None:
        """Mend the worst object; names of the actions that it took, ``None`` if there is nothing to do."""
        overlaps = Overlaps(self.labels, self._case.truth)
        for leaf, key in overlaps.worst_first():
            for name, operation in self._tools(overlaps, leaf, key):
                if (name, leaf or -key) not in self._gave_up:
                    return self._tried(name, leaf or -key, overlaps.quality, operation)
            mended = self._mended(overlaps, leaf, key)
            if mended is not None:
                return mended
        return None

    def _tools(self, overlaps: Overlaps, leaf: int, key: int) -> Iterator[tuple[str, Callable[[Objects], Any]]]:
        """The tool that the policy names for an object, if any."""
        key = key or int(overlaps.shared[leaf, 1:].argmax()) + 1
        leaf = leaf or int(overlaps.shared[1:, key].argmax()) + 1
        within, parts = overlaps.leaves_in(key), overlaps.pieces_of(leaf)
        if overlaps.shared[leaf, 0] > _PART * overlaps.leaf[leaf] and not parts:
            yield "prompt", lambda objects: place.add(objects, self._case.prompt(self._box(leaf)))
        elif overlaps.shared[0, key] > _PART * overlaps.object[key]:
            yield "delete", lambda objects: place.delete(objects, [key])
        elif len(within) > 1:
            first = leaf if leaf in within else within[-1]
            yield "split", lambda objects: self._parted(objects, key, first)
        elif len(parts) > 1:
            yield "merge", lambda objects: place.merge(objects, parts)

    def _tried(self, name: str, about: int, quality: float, operation: Callable[[Objects], Edit]) -> list[str]:
        """Do it; what makes nothing better is taken back, and not tried again."""
        try:
            self._correction.do(name, operation(self._correction.objects()))
        except EditError:
            self._gave_up.add((name, about))
            return [name]
        if Overlaps(self.labels, self._case.truth).quality > quality:
            return [name]
        self._correction.undo()
        self._gave_up.add((name, about))
        return [name, "undo"]

    def _box(self, leaf: int) -> tuple[float, float, float, float]:
        rows, columns = ndimage.find_objects(self._case.truth, max_label=leaf)[leaf - 1]
        return rows.start, columns.start, rows.stop, columns.stop

    def _parted(self, objects: Objects, key: int, leaf: int) -> Edit:
        """Draw a line between a leaf and the rest of the object that holds it; if they lie apart, make them two."""
        inside = self.labels == key
        own = inside & (self._case.truth == leaf)
        border = ndimage.binary_dilation(own, np.ones((3, 3))) & inside & ~own
        if not border.any():
            return pieces.separate(objects, key)
        depth = ndimage.distance_transform_edt(np.pad(inside, 1))[1:-1, 1:-1]
        return split.by_line(objects, _followed(border, depth), key)

    def _mended(self, overlaps: Overlaps, leaf: int, key: int) -> list[str] | None:
        """A border: one stroke of the brush, or drawn anew if that promises more."""
        stroke = self._stroke(leaf, key)
        whole = leaf or int(overlaps.shared[1:, key].argmax()) + 1
        if self._tracer is not None and ("outline", whole) not in self._gave_up:
            painted = self._quality(None if stroke is None else stroke.edit(self.labels))
            if self._quality(self._rehearsed(whole)) > max(painted, overlaps.quality):
                return self._tried("outline", whole, overlaps.quality, lambda objects: self._traced(objects, whole))
        if stroke is None:
            return None
        self._correction.do("brush", stroke.edit(self.labels))
        return ["brush"]

    def _stroke(self, leaf: int, key: int) -> Stroke | None:
        """The best one where the leaf is, or the object that should be it."""
        wanted = in_ids_of(self.labels, self._case.truth)
        own = int(wanted[self._case.truth == leaf][0]) if leaf else key
        about = (wanted == own) | (self.labels == own)
        local = np.where(about, wanted, self.labels)
        return Hand(local, weights(self.labels, wanted)).best(self.labels)

    def _traced(self, objects: Objects, leaf: int) -> Edit:
        assert self._tracer is not None
        return outline(objects, self._tracer.around(self._case.truth == leaf))

    def _rehearsed(self, leaf: int) -> Edit | None:
        try:
            return self._traced(self._correction.objects(), leaf)
        except EditError:
            return None

    def _quality(self, edit: Edit | None) -> float:
        labels = self.labels.copy()
        if edit is not None:
            edit.write(labels)
        return Overlaps(labels, self._case.truth).quality


def _followed(border: NDArray[np.bool_], depth: NDArray[np.float64]) -> list[tuple[float, float]]:
    """Draw along a border, from where it is nearest to the object's edge on, as far as it goes."""
    left = np.argwhere(border).astype(float)
    here, path = int(depth[border].argmin()), []
    while True:
        point, left = left[here], np.delete(left, here, axis=0)
        path.append((float(point[0]), float(point[1])))
        away = np.abs(left - point).max(axis=1, initial=0)
        if not len(left) or away.min() > _JUMP:
            return path[::_EVERY] + path[-1:]
        here = int(np.hypot(*(left - point).T).argmin())


def in_ids_of(labels: Labels, truth: Labels) -> Labels:
    """Write the truth in the labels' ids: each leaf that of the object which shares most with it, one for one."""
    shared = Overlaps(labels, truth).shared
    leaves, ids = linear_sum_assignment(-shared[1:, 1:])
    lookup = np.arange(truth.max() + 1) + int(labels.max())
    lookup[0] = 0
    paired = shared[leaves + 1, ids + 1] > 0
    lookup[leaves[paired] + 1] = ids[paired] + 1
    wanted: Labels = lookup[truth].astype(np.int32)
    return wanted


def weights(labels: Labels, wanted: Labels) -> dict[int, float]:
    """What a pixel of each id counts in Dice."""
    areas = {**Objects(labels).areas, **Objects(wanted).areas}
    return {key: 1 / area for key, area in areas.items()}
