"""Noise near the size of a pixel, several times faster than `texture.cloud`. Must not know what it is for."""

from __future__ import annotations

import math

import numpy as np

from napari_leafseg.data.rosette.chance import Chance
from napari_leafseg.data.rosette.texture import Pixels, cloud, resized

# Widest wave, in pixels, that so many averages of neighbours give.
_PASSES = ((2.5, 1), (3.2, 2), (4.5, 3))


def speckle(chance: Chance, shape: tuple[int, int], wave: float) -> Pixels:
    """Draw noise.

    Parameters
    ----------
    chance
        Stream to draw from.
    shape
        Rows and columns.
    wave
        About the distance between two hills, in pixels; below 2, every pixel is drawn alone.

    Returns
    -------
    NDArray
        float32, mean 0, deviation 1.
    """
    if wave > _PASSES[-1][0]:
        return cloud(chance, shape, wave)
    passes = 0 if wave < 2 else next(count for widest, count in _PASSES if wave <= widest)
    noise = chance.shares(shape[0] + passes, shape[1] + passes)
    noise -= np.float32(0.5)
    for _ in range(passes):
        noise = noise[1:] + noise[:-1]
        noise = noise[:, 1:] + noise[:, :-1]
    # The sum of squared binomial coefficients, twice (rows and columns), times a uniform number's variance.
    noise *= np.float32(math.sqrt(12) / math.comb(2 * passes, passes))
    return noise


def bumpy(chance: Chance, shape: tuple[int, int], wave: float, octaves: int = 4, gain: float = 0.6) -> Pixels:
    """Draw noise with detail of every size from ``wave`` down to the pixel, deviation about 1."""
    waves = [wave / 2**octave for octave in range(octaves) if octave == 0 or wave / 2**octave >= 1.5]
    if waves[-1] >= 5 and min(shape) > 8:
        half = -(-shape[0] // 2), -(-shape[1] // 2)
        return resized(bumpy(chance, half, wave / 2, octaves, gain), shape)
    total = speckle(chance, shape, waves[0])
    for octave, length in enumerate(waves[1:], 1):
        part = speckle(chance, shape, length)
        part *= np.float32(gain**octave)
        total += part
    total *= np.float32(sum(gain ** (2 * octave) for octave in range(len(waves))) ** -0.5)
    return total
