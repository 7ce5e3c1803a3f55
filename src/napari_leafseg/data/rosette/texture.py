"""Smooth noise and curves over pixels that are the same on every machine. Must know nothing of plants.

What happens to pixels here and in every module that draws is confined to addition, multiplication,
division, square roots, comparison, tables and Pillow's resizing: exp, sin and powers differ in
their last bit between processors, and a last bit is all it takes to change a threshold.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from napari_leafseg.data.rosette.chance import Chance

Pixels = NDArray[np.float32]

_SMOOTH = 12.0


def cloud(chance: Chance, shape: tuple[int, int], wave: float) -> Pixels:
    """Draw smooth noise.

    Parameters
    ----------
    chance
        Stream to draw from.
    shape
        Rows and columns.
    wave
        About the distance between two hills, in pixels.

    Returns
    -------
    NDArray
        float32, mean about 0, deviation about 1.
    """
    # Interpolation flattens what lies between the drawn points.
    coarse = [max(2, round(2 * side / max(wave, 2.0)) + 1) for side in shape]
    return resized(chance.bells(*coarse), shape) * np.float32(1.25)


def rough(chance: Chance, shape: tuple[int, int], wave: float, octaves: int = 4, gain: float = 0.6) -> Pixels:
    """Draw noise with detail of every size from ``wave`` down, deviation about 1."""
    # What is smooth is as well drawn at half the size, in a quarter of the time.
    half = (-(-shape[0] // 2), -(-shape[1] // 2))
    smooth, fine = np.zeros(half, np.float32), np.zeros(shape, np.float32)
    power, any_smooth = 0.0, False
    for octave in range(octaves):
        amplitude, length = np.float32(gain**octave), wave / 2**octave
        power += gain ** (2 * octave)
        if length >= _SMOOTH:
            smooth += amplitude * cloud(chance, half, length / 2)
            any_smooth = True
        else:
            fine += amplitude * cloud(chance, shape, length)
    if any_smooth:
        fine += resized(smooth, shape)
    return fine * np.float32(power**-0.5)


def resized(image: Pixels, shape: tuple[int, int]) -> Pixels:
    """Stretch or shrink one plane, bicubic where it grows."""
    kind = Image.Resampling.BICUBIC if shape[0] > image.shape[0] else Image.Resampling.BOX
    drawn = Image.fromarray(np.ascontiguousarray(image, np.float32)).resize((shape[1], shape[0]), kind)
    return np.asarray(drawn)


class Curve:
    """A function of one number as a table, which every machine looks up alike.

    Parameters
    ----------
    function
        Vectorised; its values are rounded to nine digits.
    low, high
        Where it is asked; numbers outside get the value at the end.
    steps
        Of the table.
    """

    def __init__(
        self, function: Callable[[NDArray[np.float64]], NDArray[np.float64]], low: float, high: float, steps: int = 512
    ) -> None:
        values = np.round(np.asarray(function(np.linspace(low, high, steps + 1)), np.float64), 9)
        self._values = values.astype(np.float32)
        self._low, self._factor, self._steps = np.float32(low), np.float32(steps / (high - low)), steps

    def __call__(self, at: Pixels) -> Pixels:
        """Look up, in steps without interpolation: a table is fine enough for a picture."""
        index = ((at - self._low) * self._factor + np.float32(0.5)).astype(np.int32)
        return self._values[np.clip(index, 0, self._steps)]
