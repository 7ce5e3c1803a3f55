"""Which objects of several looks at an image are to be believed: those that looks at other scales have seen too.

Moss is taken for a leaf at one scale and not at another; a leaf is seen at several. Knows label images, scores and
scales; nothing of how the scales are chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.core.instances import Instances
from napari_leafseg.core.sizes import diameters

SAME = 0.4
"""Objects of two looks are the same from this IoU on; outlines differ between scales."""
MISSED = 1.4
"""A look within this factor of an object's right scale should have seen it."""
_SIDE = 1600
"""What was seen is kept in no larger pictures: a search keeps several, and no look is as fine."""


@dataclass(frozen=True, eq=False)
class Looked:
    """A look at the whole of an image.

    Attributes
    ----------
    scale
        Network pixels per image pixel.
    found
        What was found, in every ``step``-th row and column of the image.
    step
    """

    scale: float
    found: Instances
    step: int = 1

    @classmethod
    def at(cls, scale: float, found: Instances) -> Looked:
        """Keep what was found at a scale, thinned out where the image is large."""
        step = -(-max(found.labels.shape) // _SIDE)
        if step == 1:
            return cls(scale, found)
        labels = found.labels[::step, ::step].copy()
        left = np.bincount(labels.ravel(), minlength=found.count + 1)[1:] > 0
        return cls(scale, replace(found, labels=labels).select(left), step)

    def diameters(self) -> NDArray[np.float64]:
        """Diameter of the disc of each object's area, in pixels of the image."""
        return self.step * diameters(self.found.labels, self.found.count)


def credible(looks: Sequence[Looked], place: int, right: NDArray[np.float64]) -> tuple[Instances, float]:
    """Leave out of a look what a better one does not show.

    Parameters
    ----------
    looks
        All looks at the image.
    place
        Which of them is meant.
    right
        Scale at which each of its objects has the size that the network knows best, float (n,).

    Returns
    -------
    objects
        Those that are not missed by a look that is nearer to their right scale.
    share
        How much of these, by the cubes of their scores, other looks have seen as well, 0 to 1.
    """
    one = looks[place]
    again, missed = np.zeros((2, one.found.count), bool)
    for other in (*looks[:place], *looks[place + 1 :]):
        same = _same(one, other)
        far, own = (np.abs(np.log(scale / right)) for scale in (other.scale, one.scale))
        again |= same
        missed |= ~same & (far < np.minimum(np.log(MISSED), own))
    weight = one.found.scores[~missed].astype(float) ** 3 + 1e-9
    share = float(weight @ again[~missed] / weight.sum()) if len(weight) else 0.0
    return one.found.select(~missed), share


def _same(one: Looked, other: Looked) -> NDArray[np.bool_]:
    """Whether the other look shows each object of the one."""
    rows, columns = one.found.count + 1, other.found.count + 1
    pairs = one.found.labels.astype(np.int64) * columns + other.found.labels
    shared = np.bincount(pairs.ravel(), minlength=rows * columns).reshape(rows, columns)
    areas, others = shared.sum(axis=1), shared.sum(axis=0)
    union = areas[1:, np.newaxis] + others[np.newaxis, 1:] - shared[1:, 1:]
    return (shared[1:, 1:] >= SAME * union).any(axis=1)
