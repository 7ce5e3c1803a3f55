"""Many small things strewn over the whole picture at once: grains, stones, drops, fibres, tufts.

Must not know what they are. The picture is divided into square cells of which each may hold one
thing: a thing never leaves its cell, so no two touch the same pixel, and all of them are painted
together, as one row of pixels.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.data.rosette.chance import Chance, Range
from napari_leafseg.data.rosette.texture import Pixels

_HALO = np.float32(1.7)


@dataclass(frozen=True)
class Strewn:
    """The pixels on and around the things.

    Attributes
    ----------
    at
        intp (n,): places in the picture, counted row by row, each once.
    edge
        float32 (n,): signed distance from the thing's border in pixels, below 0 within; up to 1.7.
    dome
        float32 (n,): how high it arches there, 0 (at its border and outside) to 1.
    tone
        float32 (n,): a number of its own from 0 to 1, the same for the whole thing.
    """

    at: NDArray[np.intp]
    edge: Pixels
    dome: Pixels
    tone: Pixels

    @property
    def cover(self) -> Pixels:
        """Share of each pixel that lies on a thing."""
        return soft(self.edge)

    @property
    def shade(self) -> Pixels:
        """What is left of the light where a thing meets the ground."""
        return np.float32(0.6) + np.float32(0.4) * np.clip(np.abs(self.edge - np.float32(0.7)), 0, 1)


def soft(edge: Pixels) -> Pixels:
    """Return how much of each pixel lies within a border, 0 to 1, from signed distances in pixels."""
    return np.clip(np.float32(0.5) - edge, 0, 1)


def scatter(
    chance: Chance,
    shape: tuple[int, int],
    cell: float,
    density: float,
    size: Range = (0.4, 1.0),
    slim: Range = (0.6, 1.0),
    bend: float = 0.0,
    where: Pixels | None = None,
) -> Strewn:
    """Strew ellipses.

    Parameters
    ----------
    chance
        Stream to draw from.
    shape
        Rows and columns.
    cell
        Side of a cell in pixels; at least 3 are used.
    density
        Share of the cells that hold one.
    size
        Its half length as a share of half a cell.
    slim
        Its width over its length.
    bend
        How far it may be bent, as a share of its length.
    where
        float32 (rows, columns): only things in whose cell's middle it is above 0.5 are kept.
    """
    if chance.happens(0.5):
        return _turned(
            _scatter(chance, shape[::-1], cell, density, size, slim, bend, None if where is None else where.T), shape
        )
    return _scatter(chance, shape, cell, density, size, slim, bend, where)


def _turned(things: Strewn, shape: tuple[int, int]) -> Strewn:
    """Exchange rows and columns: rows of cells are what the eye finds first, and several layers hide them."""
    column, row = np.divmod(things.at, shape[0])
    return replace(things, at=row * shape[1] + column)


def _scatter(
    chance: Chance,
    shape: tuple[int, int],
    cell: float,
    density: float,
    size: Range,
    slim: Range,
    bend: float,
    where: Pixels | None,
) -> Strewn:
    side = max(3, round(cell))
    rows, columns = (-(-length // side) + 1 for length in shape)
    draws = chance.shares(8, rows * columns)
    # Rows of cells are shifted against each other, or one would see columns.
    shifts = (chance.shares(rows) * np.float32(side)).astype(np.intp)
    row, column = np.divmod(np.arange(rows * columns), columns)
    top, left = row * side - chance.whole(0, side - 1), column * side - shifts[row]
    chosen = draws[0] < density
    if where is not None:
        middle = (np.clip(each + side // 2, 0, end - 1) for each, end in zip((top, left), shape, strict=True))
        chosen &= where[tuple(middle)] > np.float32(0.5)
    kept = np.flatnonzero(chosen)
    draws, top, left = draws[1:, kept, np.newaxis, np.newaxis], top[kept], left[kept]
    edge, dome = _ellipses(draws, side, size, slim, bend)
    down, right = (each[:, np.newaxis] + np.arange(side) for each in (top, left))
    seen = edge < _HALO
    seen &= ((down >= 0) & (down < shape[0]))[:, :, np.newaxis]
    seen &= ((right >= 0) & (right < shape[1]))[:, np.newaxis]
    found = np.flatnonzero(seen)
    inner = np.arange(side)[:, np.newaxis] * shape[1] + np.arange(side)
    at = ((top * shape[1] + left)[:, np.newaxis, np.newaxis] + inner).ravel().take(found)
    tone = np.repeat(draws[6].ravel(), np.count_nonzero(seen, axis=(1, 2)))
    return Strewn(at, edge.ravel().take(found), dome.ravel().take(found), tone)


def _ellipses(draws: Pixels, side: int, size: Range, slim: Range, bend: float) -> tuple[Pixels, Pixels]:
    """Return edge and dome in every chosen cell, (cells, side, side)."""
    half = np.float32(side / 2)
    reach = np.maximum(_spread(draws[0], size) * half, np.float32(0.6))
    width = np.maximum(reach * _spread(draws[1], slim), np.float32(0.5))
    here = np.arange(side, dtype=np.float32) - (half - np.float32(0.5))
    room = np.maximum(half - np.float32(0.5) - reach, 0)
    down = here[:, np.newaxis] - (draws[2] * 2 - 1) * room
    right = here - (draws[3] * 2 - 1) * room
    cosine, sine = _turns(draws[4])
    along = down * (sine / reach) + right * (cosine / reach)
    across = down * (cosine / reach) - right * (sine / reach)
    if bend:
        across += (draws[5] * 2 - 1) * np.float32(bend) * along * along
    across *= reach / width
    along *= along
    across *= across
    along += across
    # Across, a thing is as wide as its width; along it the distance is overrated, which only blunts its ends.
    return (np.sqrt(along) - 1) * width, np.maximum(1 - along, 0)


def _spread(shares: Pixels, bounds: Range) -> Pixels:
    return shares * np.float32(bounds[1] - bounds[0]) + np.float32(bounds[0])


def _turns(shares: Pixels) -> tuple[Pixels, Pixels]:
    """Cosine and sine of any angle, rounded: once per thing, not per pixel."""
    angle: NDArray[np.float64] = shares.astype(np.float64) * (2 * np.pi)
    return np.round(np.cos(angle), 9).astype(np.float32), np.round(np.sin(angle), 9).astype(np.float32)
