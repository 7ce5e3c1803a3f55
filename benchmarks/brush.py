"""A greedy hand with napari's brush alone: the stroke that mends most, again and again.

One stroke is one press and release: a brush of any radius, put anywhere, dragged straight to anywhere. The hand
knows the truth, paints with any id, and takes the stroke with the greatest net gain.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_leafseg.editing.edit import Edit

_SCALES = (0.5, 0.8, 1.0, 1.2, 1.5)
"""Radii tried, in shares of what fits without touching what is right."""
_STARTS, _BEST = 12, 2
"""Places where a stroke may begin, and how many of them are dragged on."""
_TURNS, _LENGTHS = 12, 6
_MARGIN = 16
"""Pixels around what is to be mended in which a stroke may lie."""

Labels = NDArray[np.integer]
Point = tuple[float, float]


@dataclass(frozen=True)
class Stroke:
    """A brush's way in a straight line.

    Attributes
    ----------
    value
        The id painted; 0 erases.
    start, stop
        Row and column of its ends.
    radius
        In pixels.
    gain
        In Dice, summed over the objects that it mends and spoils.
    """

    value: int
    start: Point
    stop: Point
    radius: float
    gain: float

    def edit(self, labels: Labels) -> Edit:
        """What it changes."""
        ends = np.array((self.start, self.stop))
        low = np.maximum(np.floor(ends.min(axis=0) - self.radius), 0).astype(int)
        high = np.minimum(np.ceil(ends.max(axis=0) + self.radius) + 1, labels.shape).astype(int)
        box = (slice(low[0], high[0]), slice(low[1], high[1]))
        pixels = np.stack(np.mgrid[box], axis=-1)
        before = labels[box]
        return Edit.between(box, before, np.where(_near(pixels, ends[0], ends[1], self.radius), self.value, before))


class Hand:
    """The best stroke for each id, kept until something changes near it.

    Parameters
    ----------
    wanted
        What the labels should become, in the labels' own ids.
    weights
        What a pixel counts, by id.
    """

    def __init__(self, wanted: Labels, weights: dict[int, float]) -> None:
        self._wanted, self._weights = wanted, weights
        self._known: dict[int, Stroke | None] = {}

    def best(self, labels: Labels, values: list[int] | None = None) -> Stroke | None:
        """The stroke that gains most with any of some ids (all that are wanted); ``None`` if none gains anything."""
        wrong = labels != self._wanted
        chosen = np.unique(self._wanted[wrong]).tolist() if values is None else values
        for value in chosen:
            if value not in self._known:
                self._known[value] = self._search(labels, wrong, value)
        found = [stroke for value in chosen if (stroke := self._known[value]) is not None]
        return max(found, key=lambda stroke: stroke.gain, default=None)

    def changed(self, edit: Edit) -> None:
        """Forget the strokes that an edit may have made better or worse."""
        touched = {*np.unique(self._wanted[edit.where]).tolist(), *np.unique(edit.before).tolist()}
        touched |= set(np.unique(edit.after).tolist())
        self._known = {value: stroke for value, stroke in self._known.items() if value not in touched}

    def _search(self, labels: Labels, wrong: NDArray[np.bool_], value: int) -> Stroke | None:
        lacking = wrong & (self._wanted == value)
        if not lacking.any():
            return None
        # Where painting does no harm: it is wrong anyway, or of this id.
        room = ndimage.distance_transform_edt(np.pad(wrong | (self._wanted == value), 1))[1:-1, 1:-1]
        pixels, gains = self._gains(labels, wrong, value)
        starts = _starts(lacking, room)
        dabs = [
            Stroke(value, start, start, room[start] * scale, _gain(pixels, gains, start, start, room[start] * scale))
            for start in starts
            for scale in _SCALES
        ]
        best = sorted(dabs, key=lambda stroke: -stroke.gain)[:_BEST]
        drags = [drag for dab in best for drag in _dragged(dab, pixels, gains)]
        found = max([*best, *drags], key=lambda stroke: stroke.gain)
        return found if found.gain > 0 else None

    def _gains(
        self, labels: Labels, wrong: NDArray[np.bool_], value: int
    ) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Pixels that painting would mend or spoil, and by how much."""
        mended, spoiled = wrong & (self._wanted == value), ~wrong & (self._wanted != value)
        near = ndimage.find_objects(mended.astype(np.int8))[0]
        margin = tuple(
            slice(max(part.start - _MARGIN, 0), min(part.stop + _MARGIN, side))
            for part, side in zip(near, labels.shape, strict=True)
        )
        window = (mended | spoiled)[margin]
        pixels = np.argwhere(window) + [part.start for part in margin]
        rows, columns = pixels.T
        weight = np.vectorize(lambda key: self._weights.get(int(key), 0.0), otypes=[float])
        good = mended[rows, columns]
        other = np.where(good, labels[rows, columns], self._wanted[rows, columns])
        return pixels, np.where(good, 1, -1) * (weight(other) + self._weights.get(value, 0.0))


def _starts(lacking: NDArray[np.bool_], room: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Roomy places apart from each other, where something is to be mended."""
    pixels = np.argwhere(lacking)
    order = np.argsort(-room[lacking], kind="stable")
    chosen: list[tuple[int, int]] = []
    for row, column in pixels[order].tolist():
        if all((row - r) ** 2 + (column - c) ** 2 > max(2.0, room[r, c] / 2) ** 2 for r, c in chosen):
            chosen.append((row, column))
            if len(chosen) == _STARTS:
                break
    return chosen


def _dragged(dab: Stroke, pixels: NDArray[np.intp], gains: NDArray[np.float64]) -> Iterator[Stroke]:
    """The dab carried on in the direction in which that gains most, then backwards too."""
    low, high = pixels.min(axis=0), pixels.max(axis=0)

    def best(ways: list[tuple[Point, Point]]) -> Stroke:
        strokes = [Stroke(dab.value, a, b, dab.radius, _gain(pixels, gains, a, b, dab.radius)) for a, b in ways]
        return max(strokes, key=lambda stroke: stroke.gain, default=dab)

    forth = best([(dab.start, end) for end in _around(dab.start, low, high)])
    yield forth
    yield best([(end, forth.stop) for end in _around(dab.start, low, high)])


def _around(point: Point, low: NDArray[np.intp], high: NDArray[np.intp]) -> Iterator[Point]:
    """Ends of lines from a point in all directions, within a box."""
    longest = float(np.hypot(*(high - low)))
    for turn in range(_TURNS):
        angle = 2 * np.pi * turn / _TURNS
        for step in range(1, _LENGTHS + 1):
            length = longest * (step / _LENGTHS) ** 2
            end = point[0] + length * np.sin(angle), point[1] + length * np.cos(angle)
            if (low <= end).all() and (end <= high).all():
                yield end


def _gain(
    pixels: NDArray[np.intp],
    gains: NDArray[np.float64],
    start: Point,
    stop: Point,
    radius: float,
) -> float:
    return float(gains[_near(pixels, np.array(start), np.array(stop), radius)].sum())


def _near(
    pixels: NDArray[np.intp], start: NDArray[np.float64], stop: NDArray[np.float64], radius: float
) -> NDArray[np.bool_]:
    """Pixels within a radius of a line."""
    along = stop - start
    length = float(along @ along)
    part = np.clip((pixels - start) @ along / length, 0, 1) if length else np.zeros(pixels.shape[:-1])
    away = pixels - start - part[..., np.newaxis] * along
    near: NDArray[np.bool_] = (away**2).sum(axis=-1) <= radius**2
    return near
