"""Suppressing masks that another mask already covers. Knows masks and their order only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.core.instances import Mask


def suppress(masks: Sequence[Mask], most: float) -> NDArray[np.int64]:
    """Keep masks, best first, that overlap no kept one by more than an IoU of ``most``.

    Pixels are compared only where the boxes overlap so far that the masks could.

    Parameters
    ----------
    masks
        Best first.
    most
        IoU, 0 to 1.

    Returns
    -------
    Positions of those kept, ascending; masks without a pixel are not among them.
    """
    edges = np.array([(m.top, m.left, m.top + m.pixels.shape[0], m.left + m.pixels.shape[1]) for m in masks], np.int64)
    edges = edges.reshape(-1, 4)
    area = np.array([np.count_nonzero(m.pixels) for m in masks], np.int64)
    kept: list[int] = []
    alive = area > 0
    for index in range(len(masks)):
        if not alive[index]:
            continue
        kept.append(index)
        for other in _rivals(edges, area, alive, index, most):
            shared = _intersection(masks[index], masks[other])
            if shared > most * (area[index] + area[other] - shared):
                alive[other] = False
    return np.array(kept, np.int64)


def _rivals(
    edges: NDArray[np.int64], area: NDArray[np.int64], alive: NDArray[np.bool_], index: int, most: float
) -> NDArray[np.int64]:
    """Later masks whose box and area allow for an IoU above ``most`` with one mask."""
    later = slice(index + 1, None)
    inner = np.minimum(edges[later, 2:], edges[index, 2:]) - np.maximum(edges[later, :2], edges[index, :2])
    shared = np.minimum(np.maximum(inner, 0).prod(axis=1), np.minimum(area[later], area[index]))
    possible = alive[later] & (shared > most * (area[later] + area[index] - shared))
    return np.flatnonzero(possible) + index + 1


def _intersection(one: Mask, other: Mask) -> int:
    top, left = max(one.top, other.top), max(one.left, other.left)
    bottom = min(one.top + one.pixels.shape[0], other.top + other.pixels.shape[0])
    right = min(one.left + one.pixels.shape[1], other.left + other.pixels.shape[1])
    first, second = (m.pixels[top - m.top : bottom - m.top, left - m.left : right - m.left] for m in (one, other))
    return int(np.count_nonzero(first & second))
