"""A greedy hand with napari's brush alone: the stroke that mends most, again and again.

One stroke is one press and release: a brush of any radius, put anywhere, dragged straight to anywhere. The hand
knows the truth, paints with any id, and takes the stroke with the greatest net gain.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
_NEAR = 40
"""Pixels around it in which room for a brush is looked for first."""

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
        room = _room(wrong | (self._wanted == value), lacking)
        field = self._gains(labels, wrong, value)
        tried = [(start, float(room[start] * scale)) for start in _starts(lacking, room) for scale in _SCALES]
        dabs = field.strokes(value, [(start, start) for start, _ in tried], [radius for _, radius in tried])
        best = sorted(dabs, key=lambda stroke: -stroke.gain)[:_BEST]
        drags = [drag for dab in best for drag in _dragged(dab, field)]
        found = max([*best, *drags], key=lambda stroke: stroke.gain)
        return found if found.gain > 0 else None

    def _gains(self, labels: Labels, wrong: NDArray[np.bool_], value: int) -> Field:
        """What painting each pixel would mend or spoil."""
        mended, spoiled = wrong & (self._wanted == value), ~wrong & (self._wanted != value)
        near = ndimage.find_objects(mended.astype(np.int8))[0]
        box = tuple(
            slice(max(part.start - _MARGIN, 0), min(part.stop + _MARGIN, side))
            for part, side in zip(near, labels.shape, strict=True)
        )
        weight = self._weighed(labels)
        gain, loss = weight[labels[box]] + weight[value], weight[self._wanted[box]] + weight[value]
        return Field(np.where(mended[box], gain, np.where(spoiled[box], -loss, 0.0)), (box[0].start, box[1].start))

    def _weighed(self, labels: Labels) -> NDArray[np.float64]:
        """What a pixel counts, by id; of what should not be there, the more the less of it is left.

        An object that is false counts as one until its last pixel is gone: who erases it does not leave crumbs.
        """
        weight = np.zeros(max(int(labels.max()), int(self._wanted.max()), *self._weights) + 1)
        weight[list(self._weights)] = list(self._weights.values())
        left = np.bincount(labels.ravel(), minlength=len(weight))
        false = (left > 0) & (np.bincount(self._wanted.ravel(), minlength=len(weight)) == 0)
        weight[false] = 1 / left[false]
        return weight


class Field:
    """What painting gains, pixel by pixel, summed up along rows: a stroke is an interval in each of them.

    Parameters
    ----------
    gains
        Of each pixel in a window.
    corner
        The window's first pixel.
    """

    def __init__(self, gains: NDArray[np.float64], corner: tuple[int, int]) -> None:
        inside = np.argwhere(gains) + corner
        self.low, self.first, self.last = np.array(corner), inside.min(axis=0), inside.max(axis=0)
        self._sums = np.pad(np.cumsum(gains, axis=1), ((0, 0), (1, 0)))

    def strokes(self, value: int, ways: Sequence[tuple[Point, Point]], radii: Sequence[float]) -> list[Stroke]:
        """Strokes from here to there, with what they gain."""
        gains = self._gained(np.array(ways, float), np.array(radii)) if ways else ()
        return [Stroke(value, *way, radius, float(gain)) for way, radius, gain in zip(ways, radii, gains, strict=True)]

    def _gained(self, ways: NDArray[np.float64], radii: NDArray[np.float64]) -> NDArray[np.float64]:
        height, width = self._sums.shape
        down = np.arange(height) + self.low[0]
        left, right = _reach(ways, down, np.sqrt(_squared(radii))[:, np.newaxis])
        begin, end = (
            np.clip(side - self.low[1], 0, width - 1).astype(int) for side in (np.ceil(left), np.floor(right) + 1)
        )
        rows = np.arange(height)
        return (self._sums[rows, np.maximum(begin, end)] - self._sums[rows, begin]).sum(axis=1)


def _reach(
    ways: NDArray[np.float64], rows: NDArray[np.intp], radius: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How far left and right strokes reach in each row, (strokes, rows); left of that where they do not."""
    sides = [_disc(ways[:, end], rows, radius) for end in (0, 1)] + [_band(ways, rows, radius)]
    left = np.min([side[0] for side in sides], axis=0)
    right = np.max([side[1] for side in sides], axis=0)
    met = left <= right
    return np.where(met, left, 0.0), np.where(met, right, -1.0)


def _disc(
    middles: NDArray[np.float64], rows: NDArray[np.intp], radius: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    room = radius**2 - (rows - middles[:, :1]) ** 2
    half = np.where(room >= 0, np.sqrt(np.maximum(room, 0)), -np.inf)
    return middles[:, 1:] - half, middles[:, 1:] + half


def _band(
    ways: NDArray[np.float64], rows: NDArray[np.intp], radius: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The rectangle between the discs: as far along the line as it is long, and aside as wide as the brush."""
    along = ways[:, 1] - ways[:, 0]
    length = np.hypot(*along.T)[:, np.newaxis]
    turn = along / np.maximum(length, 1e-9)
    down, across = (np.where(np.abs(part) < 1e-12, 1e-12, part)[:, np.newaxis] for part in turn.T)
    away = rows - ways[:, 0, :1]
    limits = (
        ((away * across - radius) / down, (away * across + radius) / down),
        (-away * down / across, (length - away * down) / across),
    )
    left = np.maximum(*(np.minimum(*pair) for pair in limits)) + ways[:, 0, 1:]
    right = np.minimum(*(np.maximum(*pair) for pair in limits)) + ways[:, 0, 1:]
    met = (left <= right) & (length > 0)
    return np.where(met, left, np.inf), np.where(met, right, -np.inf)


def _squared(radius: float | NDArray[np.float64]) -> NDArray[np.float64]:
    """Of a radius, a hair less: what lies exactly at its end is not painted, however that is rounded."""
    return np.maximum(np.square(radius) - 1e-6, 0.0)


def _room(free: NDArray[np.bool_], lacking: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Distance to what is not free, right where something lacks; looked for near there first."""
    padded = np.pad(free, 1)
    near = ndimage.find_objects(np.pad(lacking, 1).astype(np.int8))[0]
    box = tuple(slice(max(part.start - _NEAR, 0), part.stop + _NEAR) for part in near)
    room = np.zeros(padded.shape)
    if not padded[box].all():
        room[box] = ndimage.distance_transform_edt(padded[box])
    # What is farther away than the box reaches may have something nearer beyond it.
    if padded[box].all() or room[1:-1, 1:-1][lacking].max() > _NEAR:
        room = ndimage.distance_transform_edt(padded)
    return room[1:-1, 1:-1]


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


def _dragged(dab: Stroke, field: Field) -> Iterator[Stroke]:
    """The dab carried on in the direction in which that gains most, then backwards too."""

    def best(ways: list[tuple[Point, Point]]) -> Stroke:
        return max(
            field.strokes(dab.value, ways, [dab.radius] * len(ways)), key=lambda stroke: stroke.gain, default=dab
        )

    ends = list(_around(dab.start, field.first, field.last))
    forth = best([(dab.start, end) for end in ends])
    yield forth
    yield best([(end, forth.stop) for end in ends])


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


def _near(
    pixels: NDArray[np.intp], start: NDArray[np.float64], stop: NDArray[np.float64], radius: float
) -> NDArray[np.bool_]:
    """Pixels within a radius of a line."""
    along = stop - start
    length = float(along @ along)
    part = np.clip((pixels - start) @ along / length, 0, 1) if length else np.zeros(pixels.shape[:-1])
    away = pixels - start - part[..., np.newaxis] * along
    near: NDArray[np.bool_] = (away**2).sum(axis=-1) <= _squared(radius)
    return near
