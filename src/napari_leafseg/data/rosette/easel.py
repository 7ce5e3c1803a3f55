"""Layers of paint on the picture: what lies where, in which colour. Must not know what is painted.

Colours are kept plane by plane while the ground is painted: five times as fast as pixel by pixel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.data.rosette.chance import Chance
from napari_leafseg.data.rosette.scene import Canvas
from napari_leafseg.data.rosette.texture import Pixels

Colour = tuple[float, float, float]
Palette = Mapping[str, tuple[float, Colour]]
"""Weight and colour by name."""
Window = tuple[slice, slice]


@dataclass(frozen=True)
class Easel:
    """The picture, or a window of it, being painted.

    Attributes
    ----------
    planes
        Red, green, blue, height, gloss: each float32 (rows, columns), as in `scene.Canvas`.
    """

    planes: tuple[Pixels, Pixels, Pixels, Pixels, Pixels]

    @classmethod
    def empty(cls, size: int) -> Self:
        """Take a square on which nothing is painted yet: any values."""
        # One block: small ones would be handed back to the system and fetched anew for each picture.
        red, green, blue, height, gloss = np.empty((5, size, size), np.float32)
        return cls((red, green, blue, height, gloss))

    @classmethod
    def onto(cls, canvas: Canvas) -> Self:
        """Paint on a finished canvas, in place."""
        red, green, blue = np.moveaxis(canvas.image, 2, 0)
        return cls((red, green, blue, canvas.height, canvas.gloss))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, columns = self.height.shape
        return rows, columns

    @property
    def colours(self) -> tuple[Pixels, Pixels, Pixels]:
        """The three planes."""
        return self.planes[:3]

    @property
    def height(self) -> Pixels:
        """Above the soil, in pixels."""
        return self.planes[3]

    @property
    def gloss(self) -> Pixels:
        """How much it mirrors."""
        return self.planes[4]

    def at(self, window: Window) -> Self:
        """Look at a part: painting on it paints here."""
        red, green, blue, height, gloss = (plane[window] for plane in self.planes)
        return type(self)((red, green, blue, height, gloss))

    def lay(
        self,
        cover: Pixels,
        colour: Sequence[Pixels | float],
        height: Pixels | float | None = None,
        gloss: Pixels | float | None = None,
    ) -> None:
        """Put paint where ``cover``, 0 to 1, says; without a height or gloss what is below keeps its own."""
        for plane, value in zip(self.planes, (*colour, height, gloss), strict=True):
            if value is not None:
                blend(plane, value, cover)

    def lay_at(
        self,
        at: NDArray[np.intp],
        cover: Pixels,
        colour: Sequence[Pixels | float],
        height: Pixels | float | None = None,
        gloss: Pixels | float | None = None,
        shade: Pixels | None = None,
    ) -> None:
        """Put paint on single pixels, counted row by row, each named once; ``shade`` darkens what is below first."""
        for plane, value in zip(self.planes, (*colour, height, gloss), strict=True):
            if value is not None:
                flat = plane.reshape(-1)
                below = flat.take(at)
                if shade is not None and plane is not self.height:
                    below *= shade
                blend(below, value, cover)
                flat[at] = below

    def shade(self, factor: Pixels | float) -> None:
        """Make lighter or darker."""
        for plane in self.colours:
            np.multiply(plane, _single(factor), out=plane)

    def canvas(self) -> Canvas:
        """Return the picture; its image is a view of whole planes."""
        colours = np.empty((3, *self.shape), np.float32)
        for plane, clipped in zip(self.colours, colours, strict=True):
            np.clip(plane, 0, 1, out=clipped)
        return Canvas(np.moveaxis(colours, 0, -1), self.height, self.gloss)


def blend(plane: Pixels, value: Pixels | float, cover: Pixels) -> None:
    """Move a plane towards a value, in place, by shares from 0 to 1."""
    change = _single(value) - plane
    change *= cover
    plane += change


def tinted(chance: Chance, colour: Colour, spread: float = 0.12) -> Colour:
    """Vary a colour: mostly its brightness, a little its hue."""
    light = 1.0 + chance.bell(spread)
    red, green, blue = (max(0.0, part * (light + chance.bell(spread / 3))) for part in colour)
    return red, green, blue


def chosen(chance: Chance, palette: Palette, spread: float = 0.12) -> Colour:
    """Choose a colour by its weight and vary it."""
    name = chance.pick({name: weight for name, (weight, _) in palette.items()})
    return tinted(chance, palette[name][1], spread)


def between(low: Colour, high: Colour, tone: Pixels) -> tuple[Pixels, Pixels, Pixels]:
    """Mix two colours: ``low`` at tone 0, ``high`` at 1; goes on outside."""
    red, green, blue = (tone * np.float32(b - a) + np.float32(a) for a, b in zip(low, high, strict=True))
    return red, green, blue


def _single(value: Pixels | float) -> Pixels | np.float32:
    return np.float32(value) if isinstance(value, float | int) else value
