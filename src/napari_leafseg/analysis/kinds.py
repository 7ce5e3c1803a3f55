"""What kind of picture an image is, and how crowded its objects are: for figures per kind.

Told by the pixels and the labels alone, so that figures of any labelled folder can be divided the same
way. Knows nothing of methods, files or scores.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

DARK = 0.35
"""Images whose median grey value is below show bright objects on a dark ground."""
COLOURED = 0.04
"""Images whose mean saturation (largest minus smallest of red, green, blue) is above are stained."""
FEW, MANY = 0.1, 0.4
"""Shares of the objects that touch another one, between apart and some, and between some and many."""
REACH = 2
"""Objects this many pixels apart touch: label images often leave a line between neighbours."""


class Kind(StrEnum):
    """How an image of cells was made."""

    FLUORESCENCE = "grey fluorescence"
    HISTOLOGY = "purple histology"
    BRIGHT_FIELD = "bright field"


class Crowding(StrEnum):
    """How many of an image's objects touch another one."""

    APART = "objects apart"
    SOME = "some touch"
    MANY = "many touch"


def kind_of(image: NDArray[np.float32]) -> Kind:
    """Tell how an image of cells was made.

    Parameters
    ----------
    image
        float32 (height, width, 3), values 0 to 1, whose grey values were not stretched.
    """
    if np.median(image.mean(axis=2)) < DARK:
        return Kind.FLUORESCENCE
    saturation = image.max(axis=2) - image.min(axis=2)
    return Kind.HISTOLOGY if saturation.mean() > COLOURED else Kind.BRIGHT_FIELD


def crowding_of(labels: NDArray[Any]) -> Crowding:
    """Tell how crowded the objects of a label image (height, width; 0 background) are."""
    share = touching_share(labels)
    return Crowding.APART if share < FEW else Crowding.SOME if share < MANY else Crowding.MANY


def touching_share(labels: NDArray[Any]) -> float:
    """Share of the objects that touch another one, 0 to 1; 0 without objects."""
    objects = np.unique(labels[labels > 0])
    touching = [_touching(axis, distance) for axis in (labels, labels.T) for distance in range(1, REACH + 1)]
    return len(np.unique(np.concatenate(touching))) / len(objects) if len(objects) else 0.0


def _touching(labels: NDArray[Any], distance: int) -> NDArray[Any]:
    """Ids that have another id ``distance`` rows above or below."""
    above, below = labels[:-distance], labels[distance:]
    other = (above != below) & (above > 0) & (below > 0)
    return np.concatenate([above[other], below[other]])
