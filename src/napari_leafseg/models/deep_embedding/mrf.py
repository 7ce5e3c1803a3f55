"""Smoothing the outline of every object by a Markov random field (the paper's section 3.3).

Each object on its own is a picture of +1 (in) and -1 (out): the energy is
``-DATA * sum(x * y) - smoothness * sum(y * y of the four neighbours)``. Knows label images only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

DATA = 7.0
"""Weight of what the clustering said, as published."""
_SWEEPS = 100
_STEPS_PER_OCTAVE = 2
_SCALE = 64
_HELD = 1 << 20

Pictures = NDArray[np.int8]
"""(n, height, width): +1, -1, and 0 beyond the image."""


def smooth(labels: NDArray[np.int32], smoothness: float, *, exact: bool = False) -> NDArray[np.int32]:
    """Smooth each object of a label image; a pixel claimed by several goes to the smallest, as published.

    Parameters
    ----------
    labels
        int32 (H, W), 0 background.
    smoothness
        Weight of neighbours (published: 10), beside `DATA`.
    exact
        Find the mask of least energy by a graph cut, instead of changing pixels while it helps.

    Returns
    -------
    int32 (H, W): the same ids; an object may vanish.
    """
    solve: Callable[[Pictures, float, NDArray[np.bool_]], Pictures] = graph_cut if exact else icm
    masks: dict[int, tuple[int, int, NDArray[np.bool_]]] = {}
    for group in _groups(labels):
        # No smoothest mask reaches beyond its object's box; beyond the picture, nothing would hold it.
        rim = np.ones(group.pictures.shape[1:], bool)
        rim[1:-1, 1:-1] = False
        inside = solve(group.pictures, smoothness, rim) > 0
        for i, number in enumerate(group.ids):
            masks[int(number)] = (int(group.top[i]), int(group.left[i]), inside[i])
    result = np.zeros_like(labels)
    areas = np.bincount(labels.ravel())
    for number in sorted(masks, key=lambda n: -areas[n]):
        _put(result, *masks[number], number)
    return result


def _put(result: NDArray[np.int32], top: int, left: int, inside: NDArray[np.bool_], number: int) -> None:
    above, beside = max(-top, 0), max(-left, 0)
    window = result[top + above : top + inside.shape[0], left + beside : left + inside.shape[1]]
    seen = inside[above : above + window.shape[0], beside : beside + window.shape[1]]
    window[seen] = number


@dataclass(frozen=True)
class _Group:
    """Objects of like size, cut out with a pixel around them."""

    ids: NDArray[np.intp]
    top: NDArray[np.intp]
    left: NDArray[np.intp]
    pictures: Pictures


def _groups(labels: NDArray[np.int32]) -> Iterator[_Group]:
    found = [(i + 1, box) for i, box in enumerate(ndimage.find_objects(labels)) if box is not None]
    if not found:
        return
    ids = np.array([number for number, _ in found])
    box = np.array([(b[0].start, b[1].start, b[0].stop, b[1].stop) for _, b in found])
    size = box[:, 2:] - box[:, :2] + 2
    bins = np.ceil(_STEPS_PER_OCTAVE * np.log2(np.maximum(size.max(1), 8)))
    largest = int(size.max())
    around = np.pad(labels, ((1, largest), (1, largest)), constant_values=-1)
    for value in np.unique(bins):
        alike = np.flatnonzero(bins == value)
        height, width = size[alike].max(0)
        # The padding shifts by one, and so does the pixel around: both cancel.
        rows = box[alike, 0, None, None] + np.arange(height)[None, :, None]
        columns = box[alike, 1, None, None] + np.arange(width)[None, None]
        window = around[rows, columns]
        pictures = np.where(window == ids[alike, None, None], 1, -1).astype(np.int8)
        pictures[window < 0] = 0
        yield _Group(ids[alike], box[alike, 0] - 1, box[alike, 1] - 1, pictures)


def icm(pictures: Pictures, smoothness: float, held: NDArray[np.bool_] | None = None) -> Pictures:
    """Iterated conditional modes, all black squares of a chess board at once, then all white, until nothing changes.

    A pixel takes the sign of ``smoothness * sum(neighbours) + DATA * original``; ties are +1, as published. Pixels
    that are ``held``, bool (height, width), keep their sign.
    """
    now = pictures.copy()
    said = DATA * pictures.astype(np.float32)
    height, width = pictures.shape[1:]
    free = pictures != 0 if held is None else (pictures != 0) & ~held
    white = (np.arange(height)[:, None] + np.arange(width)[None]) % 2 == 0
    for _ in range(_SWEEPS):
        before = now.copy()
        for square in (white, ~white):
            sign = np.where(smoothness * _neighbours(now) + said >= 0, 1, -1).astype(np.int8)
            np.copyto(now, sign, where=square & free)
        if np.array_equal(before, now):
            break
    return now


def _neighbours(pictures: Pictures) -> NDArray[np.int8]:
    """Sum of the four neighbours; what lies beyond a picture counts nothing."""
    total = np.zeros_like(pictures)
    total[:, 1:] += pictures[:, :-1]
    total[:, :-1] += pictures[:, 1:]
    total[:, :, 1:] += pictures[:, :, :-1]
    total[:, :, :-1] += pictures[:, :, 1:]
    return total


def graph_cut(pictures: Pictures, smoothness: float, held: NDArray[np.bool_] | None = None) -> Pictures:
    """Find the pictures of least energy (Greig et al. 1989), all in one flow network; ``held`` as in `icm`."""
    present = pictures != 0
    count = int(present.sum())
    node = np.full(pictures.shape, -1, np.int32)
    node[present] = np.arange(count, dtype=np.int32)
    source, sink = count, count + 1
    plus, minus = node[pictures > 0], node[pictures < 0]
    first, second = (np.concatenate(ends) for ends in zip(_links(node, 1), _links(node, 2), strict=True))
    start = np.concatenate([np.full(len(plus), source), minus, first, second])
    stop = np.concatenate([plus, np.full(len(minus), sink), second, first])
    data = np.where(np.broadcast_to(False if held is None else held, pictures.shape), _HELD, 2 * DATA * _SCALE)
    link = np.full(2 * len(first), 2 * smoothness * _SCALE)
    capacity = np.concatenate([data[pictures > 0], data[pictures < 0], link]).round().astype(np.int32)
    graph = coo_array((capacity, (start, stop)), shape=(count + 2, count + 2)).tocsr()
    flow = maximum_flow(graph, source, sink).flow
    left = graph - flow
    left.data = np.maximum(left.data, 0)
    left.eliminate_zeros()
    reached = np.zeros(count + 2, bool)
    reached[breadth_first_order(left, source, return_predecessors=False)] = True
    result = pictures.copy()
    result[present] = np.where(reached[:count], 1, -1)
    return result


def _links(node: NDArray[np.int32], axis: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Neighbours along an axis, both inside the image."""
    first = node[:, :-1] if axis == 1 else node[:, :, :-1]
    second = node[:, 1:] if axis == 1 else node[:, :, 1:]
    both = (first >= 0) & (second >= 0)
    return first[both], second[both]
