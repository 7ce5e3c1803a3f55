"""In which order a recurrent method finds objects: Kendall's tau against simple orders.

Section 4.7 of Salvador et al. (2017). Knows label images and steps only.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau

ORDERS = ("right to left", "bottom to top", "large to small")
"""The opposite orders have the same figures with the other sign."""


def correlations(labels: NDArray[np.integer], order: Sequence[int] | NDArray[np.integer]) -> dict[str, float]:
    """Compare the order of one image's objects with each of `ORDERS`.

    Parameters
    ----------
    labels
        (height, width): 0 is background, ids are 1..n without gaps.
    order
        (n,): the step at which id 1, 2, ... was found. Objects of equal step count as found
        at once, and such pairs count neither for nor against.

    Returns
    -------
    Kendall's tau by order, -1 to 1 (tau = (concordant - discordant) / all pairs where nothing is
    tied; tau-b where something is); places are centres of mass, sizes are areas. An order in which
    all objects are equal is left out, and fewer than two objects have none.

    Raises
    ------
    ValueError
        If there is not one step per object.
    """
    steps = np.asarray(order)
    area = np.bincount(np.ravel(labels))[1:]
    if len(area) != len(steps):
        raise ValueError(f"{len(area)} objects but {len(steps)} steps")
    if len(steps) < 2:
        return {}
    rows, columns = _centres(labels, area)
    keys = dict(zip(ORDERS, (-columns, -rows, -area), strict=True))
    return {
        name: float(kendalltau(steps, key).statistic)
        for name, key in keys.items()
        if len(np.unique(key)) > 1 and len(np.unique(steps)) > 1
    }


class OrderCorrelation:
    """Collects the order of many images' objects, then says the mean tau of the images."""

    def __init__(self) -> None:
        self._found: dict[str, list[float]] = {name: [] for name in ORDERS}

    def add(self, labels: NDArray[np.integer], order: Sequence[int] | NDArray[np.integer]) -> None:
        """Take in one image; see `correlations`."""
        for name, value in correlations(labels, order).items():
            self._found[name].append(value)

    def as_dict(self) -> dict[str, float]:
        """Name the means; empty where no image had two objects in an order."""
        return {f"tau {name}": float(np.mean(values)) for name, values in self._found.items() if values}


def _centres(labels: NDArray[np.integer], area: NDArray[np.intp]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rows and columns of the centres of mass of ids 1..n."""
    flat = np.ravel(labels)
    height, width = labels.shape
    along = (np.repeat(np.arange(height), width), np.tile(np.arange(width), height))
    rows, columns = (np.bincount(flat, at, minlength=len(area) + 1)[1:] / np.maximum(area, 1) for at in along)
    return rows, columns
