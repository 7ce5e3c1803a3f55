"""Label images written as small pictures, for the tables of cases."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_IDS = ".123456789"


def drawn(picture: str) -> NDArray[np.uint16]:
    """Read a picture: a word per row, '.' is background, digits are ids."""
    return np.array([[_IDS.index(sign) for sign in row] for row in picture.split()], np.uint16)


def picture(labels: NDArray[np.integer]) -> list[str]:
    """Draw labels, a word per row."""
    return ["".join(_IDS[value] for value in row) for row in labels]
