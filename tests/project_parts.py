"""What the tests of projects share: small label images."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SHAPE = (24, 32)


def labels_with(*ids: int) -> NDArray[np.int32]:
    """Draw a row of squares with these ids; 0 leaves a place free."""
    labels = np.zeros(SHAPE, np.int32)
    for place, index in enumerate(ids):
        labels[4:8, 1 + 5 * place : 5 + 5 * place] = index
    return labels
