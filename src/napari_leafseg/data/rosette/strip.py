"""Long things in a place of their own: sticks, blades of grass, hoses, strings. Must not know what they are."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from napari_leafseg.data.rosette.easel import Window
from napari_leafseg.data.rosette.texture import Pixels


@dataclass(frozen=True)
class Place:
    """Where a thing lies and which way it points.

    Attributes
    ----------
    row, column
        Of its middle, in pixels.
    angle
        Of its length from the columns' direction towards the rows', in degrees.
    """

    row: float
    column: float
    angle: float

    @property
    def turn(self) -> tuple[float, float]:
        """Cosine and sine."""
        angle = math.radians(self.angle)
        return round(math.cos(angle), 9), round(math.sin(angle), 9)

    def window(self, shape: tuple[int, int], length: float, width: float) -> Window | None:
        """Return the part of the picture that a box around the middle touches; None outside. Half sides."""
        cosine, sine = map(abs, self.turn)
        reach = sine * length + cosine * width + 1, cosine * length + sine * width + 1
        low = [max(0, math.floor(at - far)) for at, far in zip((self.row, self.column), reach, strict=True)]
        high = [
            min(end, math.ceil(at + far) + 1)
            for at, far, end in zip((self.row, self.column), reach, shape, strict=True)
        ]
        if low[0] >= high[0] or low[1] >= high[1]:
            return None
        return slice(low[0], high[0]), slice(low[1], high[1])

    def axes(self, window: Window) -> tuple[Pixels, Pixels]:
        """Return the distances along and across it from its middle, in pixels."""
        down, right = (
            np.arange(part.start, part.stop, dtype=np.float32) - np.float32(middle)
            for part, middle in zip(window, (self.row, self.column), strict=True)
        )
        cosine, sine = map(np.float32, self.turn)
        return (
            np.add.outer(down * sine, right * cosine),
            np.subtract.outer(down * cosine, right * sine),
        )


@dataclass(frozen=True)
class Strip:
    """A strip, straight or bent, as the picture sees it.

    Attributes
    ----------
    window
        The part of the picture that it touches.
    along
        float32: place along it, -1 at one end, 1 at the other.
    across
        Signed distance from its middle line over its half width.
    edge
        Signed distance from its border in pixels, below 0 within.
    """

    window: Window
    along: Pixels
    across: Pixels
    edge: Pixels


def strip(
    shape: tuple[int, int],
    place: Place,
    length: float,
    width: float,
    bend: float = 0.0,
    outline: str = "even",
) -> Strip | None:
    """Lay a strip; None where the picture does not show it.

    Parameters
    ----------
    shape
        Rows and columns of the picture.
    place
        Of its middle.
    length, width
        In pixels.
    bend
        How far its ends lie off the straight line, in pixels.
    outline
        ``"even"``, ``"tapered"`` (to a point where ``along`` is 1) or ``"pointed"`` (at both ends).
    """
    half, wide = length / 2, max(width / 2, 0.35)
    window = place.window(shape, half, wide + abs(bend))
    if window is None:
        return None
    along, across = place.axes(window)
    along *= np.float32(1 / half)
    slope = np.float32(1)
    if bend:
        across -= np.float32(bend) * (along * along - np.float32(0.5))
        steep = along * np.float32(2 * bend / half)
        slope = 1 / np.sqrt(1 + steep * steep)
        across *= slope
    here = np.float32(wide) * _width(along, outline)
    edge = np.maximum(np.abs(across) - here, (np.abs(along) - 1) * np.float32(half))
    return Strip(window, along, across / np.maximum(here, np.float32(0.35)), edge)


def _width(along: Pixels, outline: str) -> Pixels:
    """Return the width along a strip, 0 to 1."""
    if outline == "even":
        return np.ones_like(along)
    end = np.clip(along, -1, 1)
    if outline == "tapered":
        end = end * np.float32(0.5) + np.float32(0.5)
    return 1 - end * end
