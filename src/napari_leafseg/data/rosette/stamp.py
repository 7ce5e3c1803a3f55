"""Which pixels a leaf covers and where on the leaf each of them lies. Knows outlines; nothing of colours."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_leafseg.data.rosette.outline import STEPS, Outline
from napari_leafseg.data.rosette.plant import Leaf
from napari_leafseg.data.rosette.scene import Frame
from napari_leafseg.data.rosette.texture import Pixels


@dataclass(frozen=True)
class Stamp:
    """A leaf's pixels, as one row of numbers each.

    Attributes
    ----------
    at
        int32 (n,): places in the picture, counted row by row.
    cover
        float32 (n,): how much of the pixel the leaf covers, above 0 and up to 1.
    along
        float32 (n,): place from the plant's middle (0) to the tip (1).
    side
        float32 (n,): place from the midrib (0) to the right (1) or left (-1) margin.
    half
        float32 (n,): from the midrib to the margin there, in pixels.
    """

    at: NDArray[np.int32]
    cover: Pixels
    along: Pixels
    side: Pixels
    half: Pixels

    @property
    def inside(self) -> NDArray[np.int32]:
        """Places of the pixels that count as the leaf's."""
        return self.at[self.cover >= 0.5]


_NOTHING = np.zeros(0, np.float32)


def stamp(leaf: Leaf, outline: Outline, frame: Frame, squash: float = 1.0) -> Stamp:
    """Lay a leaf into the picture.

    Parameters
    ----------
    leaf, outline
        What to lay.
    frame
        Where the plant's middle is.
    squash
        Height over width as the camera sees it.
    """
    cos, sin = (np.float32(round(f(math.radians(leaf.angle)), 9)) for f in (math.cos, math.sin))
    window = _window(leaf, outline, frame, squash)
    if window is None:
        return Stamp(np.zeros(0, np.int32), _NOTHING, _NOTHING, _NOTHING, _NOTHING)
    rows, columns = window
    place = _Place(leaf, frame, squash, cos, sin)
    widest = float(max(outline.left.max(), outline.right.max())) + 0.5
    row, column = _candidates(place, rows, columns, widest)
    along, across = place.of(row, column)
    near = (along >= 0) & (along <= 1) & (across < np.float32(widest)) & (across > np.float32(-widest))
    row, column, along, across = row[near], column[near], along[near], across[near]
    index = (along * np.float32(STEPS) + np.float32(0.5)).astype(np.int32)
    half = np.where(across < 0, outline.left[index], outline.right[index])
    cover = np.minimum(half - np.abs(across) + np.float32(0.5), np.float32(1))
    kept = (cover > 0) & (half > 0)
    kept &= (cover < 0.5) | _of_largest(row - rows.start, column - columns.start, kept & (cover >= 0.5))
    at = (row[kept] * frame.size + column[kept]).astype(np.int32)
    half = half[kept]
    side = (across[kept] / half).astype(np.float32, copy=False)
    return Stamp(at, cover[kept], along[kept], side, half)


@dataclass(frozen=True)
class _Place:
    """The way from the picture's pixels to a leaf's own directions."""

    leaf: Leaf
    frame: Frame
    squash: float
    cos: np.float32
    sin: np.float32

    def of(self, row: NDArray[np.int32], column: NDArray[np.int32]) -> tuple[Pixels, Pixels]:
        """Return the place along the midrib (0 to 1) and across it (pixels)."""
        y = (row.astype(np.float32) - np.float32(self.frame.centre[0])) / np.float32(self.squash)
        x = column.astype(np.float32) - np.float32(self.frame.centre[1])
        along = (x * self.cos + y * self.sin) * np.float32(1 / self.leaf.length)
        bow = np.float32(self.leaf.bend * self.leaf.length) * along * along
        return along, (y * self.cos - x * self.sin) - bow


_BLOCK = 8
# How far a block's corner may lie from its middle, as a leaf counts it: squashed, and where it is bent.
_REACH = 2.0 * _BLOCK


def _candidates(
    place: _Place, rows: slice, columns: slice, widest: float
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Find the pixels of all blocks that a leaf may touch: of a slanting leaf's window it is a small part."""
    tops, lefts = (np.arange(part.start, part.stop, _BLOCK, dtype=np.int32) for part in (rows, columns))
    middle = _BLOCK // 2
    along, across = place.of((tops + middle)[:, np.newaxis], (lefts + middle)[np.newaxis])
    beyond = _REACH / place.leaf.length
    touched = (along > -beyond) & (along < 1 + beyond) & (np.abs(across) < widest + _REACH)
    down, right = np.nonzero(touched)
    inside = np.arange(_BLOCK, dtype=np.int32)
    row = tops[down][:, np.newaxis, np.newaxis] + inside[:, np.newaxis]
    column = lefts[right][:, np.newaxis, np.newaxis] + inside
    row, column = (np.broadcast_to(axis, (len(down), _BLOCK, _BLOCK)).ravel() for axis in (row, column))
    kept = (row < rows.stop) & (column < columns.stop)
    return row[kept], column[kept]


def _of_largest(row: NDArray[np.intp], column: NDArray[np.intp], inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Say which pixels belong to the largest piece: a leaf may leave the picture, a tip be thinner than a pixel."""
    if not inside.any():
        return inside
    mask = np.zeros((int(row.max()) + 1, int(column.max()) + 1), bool)
    mask[row, column] = inside
    pieces, count = ndimage.label(mask, np.ones((3, 3), int))
    if count < 2:
        return inside
    largest = 1 + int(np.argmax(np.bincount(pieces.ravel())[1:]))
    belongs: NDArray[np.bool_] = inside & (pieces[row, column] == largest)
    return belongs


def _window(leaf: Leaf, outline: Outline, frame: Frame, squash: float) -> tuple[slice, slice] | None:
    """The part of the picture that a leaf may touch, from points along its midrib."""
    angle = math.radians(leaf.angle)
    spread = float(max(outline.left.max(), outline.right.max())) + 2
    share = np.linspace(0, 1, 9)
    along, across = share * leaf.length, leaf.bend * leaf.length * share * share
    x = frame.centre[1] + along * math.cos(angle) - across * math.sin(angle)
    y = frame.centre[0] + squash * (along * math.sin(angle) + across * math.cos(angle))
    low = [math.floor(v.min() - spread) for v in (y, x)]
    high = [math.ceil(v.max() + spread) + 1 for v in (y, x)]
    rows, columns = (slice(max(0, a), min(frame.size, b)) for a, b in zip(low, high, strict=True))
    return (rows, columns) if rows.start < rows.stop and columns.start < columns.stop else None
