"""One number for a network's tensors, by which a damaged or exchanged file is known. Knows arrays only."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray


def tensor_hash(tensors: Mapping[str, NDArray[Any]]) -> str:
    """SHA-256 of names, dtypes, shapes and bytes of tensors, in whatever order they are given, in hexadecimal."""
    found = hashlib.sha256()
    for name, value in sorted(tensors.items()):
        array = np.asarray(value, order="C")
        # Little-endian, as they lie in the file.
        array = array.astype(array.dtype.newbyteorder("<"), copy=False)
        found.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        found.update(array.tobytes())
    return found.hexdigest()
