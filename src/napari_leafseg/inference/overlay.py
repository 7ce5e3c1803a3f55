"""Labels painted over their image in colours, for looking at and for reports.

Knows arrays and PNG files; nothing of methods or windows.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.core.errors import ImageError
from napari_leafseg.core.instances import relabel

COLOURS = np.array(
    [
        (230, 25, 75), (60, 180, 240), (255, 225, 25), (145, 70, 220), (70, 240, 200), (245, 130, 48),
        (240, 50, 230), (190, 245, 60), (0, 110, 255), (250, 170, 190), (0, 150, 110), (170, 110, 40),
    ],
    np.uint8,
)  # fmt: skip
"""Colours of objects, told apart on leaves and on dark grounds alike; objects share them."""
FILL = 0.35
"""How much of an object's colour lies over its inside; its outline has all of it."""
NEIGHBOUR = 4
"""Objects closer than this many pixels get different colours."""


def overlay(rgb: NDArray[np.float32], labels: NDArray[np.integer[Any]]) -> NDArray[np.uint8]:
    """Paint objects over their image: a veil of colour inside, the full colour on the outline.

    The same labels always get the same colours, and neighbours different ones.

    Parameters
    ----------
    rgb
        float (height, width, 3), values 0 to 1.
    labels
        int (height, width), 0 background; ids need not be consecutive.

    Returns
    -------
    uint8 (height, width, 3).

    Raises
    ------
    ImageError
        If the two have different sizes.
    """
    if labels.shape != rgb.shape[:2]:
        raise ImageError(f"Labels of {labels.shape} pixels do not lie over an image of {rgb.shape[:2]} pixels.")
    compact = relabel(labels)
    picture = np.round(np.clip(rgb, 0, 1) * np.float32(255)).astype(np.uint8)
    colour = COLOURS[_colour_of_each(compact)]
    inside = compact > 0
    veil = colour[compact[inside]] * np.float32(FILL) + picture[inside] * np.float32(1 - FILL)
    picture[inside] = np.round(veil).astype(np.uint8)
    edge = _outlines(compact)
    picture[edge] = colour[compact[edge]]
    return picture


def write_png(path: Path, image: NDArray[np.uint8]) -> None:
    """Write a uint8 (height, width) or (height, width, 3) image; it appears whole or not at all.

    Raises
    ------
    ImageError
        If it cannot be written.
    """
    from PIL import Image

    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(temporary, format="PNG", compress_level=1)
        os.replace(temporary, path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        reason = error.strerror or error
        raise ImageError(f"{path} cannot be written ({reason}): choose another folder or free some space.") from error


def _outlines(labels: NDArray[np.int32]) -> NDArray[np.bool_]:
    edge = np.zeros(labels.shape, bool)
    down, across = labels[1:] != labels[:-1], labels[:, 1:] != labels[:, :-1]
    edge[1:] |= down
    edge[:-1] |= down
    edge[:, 1:] |= across
    edge[:, :-1] |= across
    return edge & (labels > 0)


def _colour_of_each(labels: NDArray[np.int32]) -> NDArray[np.intp]:
    """Give each id an index into `COLOURS`, greedily, starting where the id alone would."""
    count = int(labels.max(initial=0))
    neighbours: list[set[int]] = [set() for _ in range(count + 1)]
    for one, other in _touching(labels):
        neighbours[one].add(other)
        neighbours[other].add(one)
    chosen = np.full(count + 1, -1, np.intp)
    for index in range(1, count + 1):
        taken = {int(chosen[other]) for other in neighbours[index]}
        wanted = [(index - 1 + turn) % len(COLOURS) for turn in range(len(COLOURS))]
        chosen[index] = next((colour for colour in wanted if colour not in taken), wanted[0])
    return np.maximum(chosen, 0)


def _touching(labels: NDArray[np.int32]) -> list[tuple[int, int]]:
    count = int(labels.max(initial=0)) + 1
    found: list[NDArray[np.int64]] = []
    for gap in range(1, NEIGHBOUR + 1):
        for one, other in ((labels[gap:], labels[:-gap]), (labels[:, gap:], labels[:, :-gap])):
            meet = (one != other) & (one > 0) & (other > 0)
            found.append(one[meet].astype(np.int64) * count + other[meet])
    return [divmod(int(key), count) for key in np.unique(np.concatenate(found))]
