"""A drawn field of fluorescent nuclei with its true labels, for the demo and the tests.

A picture to try things on; no accuracy is claimed on it. Must know nothing of files.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_leafseg.core.instances import relabel

# Share of a new nucleus that may lie under older ones: they touch and squeeze, as in a dish.
_MOST_HIDDEN = 0.12
_TRIES = 12
LEAST_AREA = 20
"""Of an object, in pixels; what shows less of itself is not labelled."""
# Side of the square that each of the most nuclei has, and the share of them that a sparse field has.
_SMALLEST, _FEWEST = 36.0, 0.05


def draw_nuclei(size: int = 512, count: int = 60, seed: int = 0) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """Draw bright, textured, partly touching nuclei on a dark ground.

    Parameters
    ----------
    size
        Height and width, in pixels.
    count
        How many nuclei to place; a small picture holds fewer.
    seed
        The same seed draws the same picture.

    Returns
    -------
    image
        uint8 (size, size).
    labels
        int32 (size, size), ids 1..n.
    """
    return _drawn(np.random.default_rng(seed), size, count, 0.36 * size / np.sqrt(max(count, 1)))


def draw_field(size: int = 512, seed: int = 0) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """Draw a field of which the seed chooses all: few large nuclei or many small ones, crowded or apart.

    Returns
    -------
    image
        uint8 (size, size).
    labels
        int32 (size, size), ids 1..n, each of one piece and of at least `LEAST_AREA` pixels.
    """
    rng = np.random.default_rng((seed, size))
    most = max(2.0, (size / _SMALLEST) ** 2)
    count = max(1, round(most * _FEWEST ** rng.random()))
    image, labels = _drawn(rng, size, count, rng.uniform(0.2, 0.42) * size / np.sqrt(count))
    return image, keep_whole(labels)


def keep_whole(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """Keep the largest piece of each object, drop what is smaller than `LEAST_AREA`, and number anew."""
    kept = np.zeros_like(labels)
    for index, box in enumerate(ndimage.find_objects(labels), start=1):
        pieces, count = ndimage.label(labels[box] == index)
        areas = np.bincount(pieces.ravel(), minlength=count + 1)[1:]
        if areas.max() >= LEAST_AREA:
            kept[box][pieces == 1 + areas.argmax()] = index
    return relabel(kept)


def _drawn(
    rng: np.random.Generator, size: int, count: int, radius: float
) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    light = np.zeros((size, size), np.float32)
    labels = np.zeros((size, size), np.int32)
    for row, column in _places(rng, size, count, radius):
        _place(rng, light, labels, row, column, radius)
    return _exposed(rng, light), labels


def _places(rng: np.random.Generator, size: int, count: int, radius: float) -> NDArray[np.float64]:
    """Scatter centres around a few crowded spots, and some anywhere."""
    spots = rng.uniform(0.1, 0.9, (max(1, count // 8), 2)) * size
    crowded = spots[rng.integers(len(spots), size=count)] + rng.normal(0, 1.8 * radius, (count, 2))
    anywhere = rng.uniform(0, size, (count, 2))
    centres: NDArray[np.float64] = np.where(rng.random((count, 1)) < 0.7, crowded, anywhere)
    return centres


def _place(
    rng: np.random.Generator,
    light: NDArray[np.float32],
    labels: NDArray[np.int32],
    row: float,
    column: float,
    radius: float,
) -> None:
    """Draw one nucleus near a place, moving it until little of it lies under others."""
    depth = _depth(rng, radius * rng.uniform(0.75, 1.25))
    inside = depth > 0
    for _ in range(_TRIES):
        window = _window(labels.shape[0], row, column, inside.shape[0])
        if window is not None:
            target, part = window
            free = inside[part] & (labels[target] == 0)
            if free.sum() >= max(4, (1 - _MOST_HIDDEN) * inside.sum()):
                labels[target][free] = labels.max() + 1
                light[target] += _glow(rng, depth)[part]
                return
        row, column = np.array((row, column)) + rng.normal(0, radius, 2)
        row, column = rng.uniform(0, labels.shape[0], 2) if rng.random() < 0.3 else (row, column)


def _window(size: int, row: float, column: float, side: int) -> tuple[tuple[slice, slice], tuple[slice, slice]] | None:
    """Where a square stamp lies in the picture, and which part of the stamp that is."""
    target, part = [], []
    for centre in (row, column):
        first = round(centre) - side // 2
        low, high = max(first, 0), min(first + side, size)
        if high <= low:
            return None
        target.append(slice(low, high))
        part.append(slice(low - first, high - first))
    return (target[0], target[1]), (part[0], part[1])


def _depth(rng: np.random.Generator, radius: float) -> NDArray[np.float32]:
    """Draw a wavy ellipse: 1 in the middle, 0 on its border, negative outside."""
    half = int(np.ceil(1.6 * radius)) + 1
    y, x = np.mgrid[-half : half + 1, -half : half + 1] / radius
    turn, stretch = rng.uniform(0, np.pi), rng.uniform(1.0, 1.3)
    along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    angle = np.arctan2(across * stretch, along / stretch)
    waves = (rng.normal(0, 0.1 / k) * np.cos(k * angle + rng.uniform(0, 2 * np.pi)) for k in (2, 3, 4))
    border = 1 + sum(waves)
    depth: NDArray[np.float32] = (1 - np.hypot(along / stretch, across * stretch) / border).astype(np.float32)
    return depth


def _glow(rng: np.random.Generator, depth: NDArray[np.float32]) -> NDArray[np.float32]:
    """Light of one nucleus: a dome with clumps of chromatin and a few dark nucleoli."""
    dome = np.clip(depth * 4, 0, 1) * (0.75 + 0.25 * np.clip(depth, 0, 1))
    grain = max(1.0, depth.shape[0] / 28)
    clumps = ndimage.gaussian_filter(rng.normal(0, 1, depth.shape), grain)
    clumps /= max(float(clumps.std()), 1e-6)
    holes = ndimage.gaussian_filter((rng.random(depth.shape) < 3 / depth.size).astype(np.float32), 2 * grain)
    texture = np.clip(1 + 0.16 * clumps - 0.4 * holes / max(float(holes.max()), 1e-6), 0.3, 1.6)
    glow: NDArray[np.float32] = (rng.uniform(0.45, 1.0) * dome * texture).astype(np.float32)
    return glow


def _exposed(rng: np.random.Generator, light: NDArray[np.float32]) -> NDArray[np.uint8]:
    """What a camera makes of the light: blur, stray light, photon noise."""
    size = light.shape[0]
    sharp = ndimage.gaussian_filter(light, max(0.6, size / 512))
    stray = 0.10 * ndimage.gaussian_filter(light, size / 24)
    photons = rng.poisson(np.clip(0.035 + sharp + stray, 0, None) * 220) / 220
    grey = photons + rng.normal(0, 0.008, light.shape)
    image: NDArray[np.uint8] = np.clip(grey * 190, 0, 255).astype(np.uint8)
    return image
