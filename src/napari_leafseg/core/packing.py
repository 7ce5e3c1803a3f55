"""Large tensors in one byte a number, with a scale for each output channel; for files that would else be too large.

Knows arrays by name; nothing of files and networks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

SCALE = "::scale"
"""What the name of a packed tensor's scales ends with."""
_LEAST = 4096
"""Smaller tensors are not worth it, and are often the ones that must be exact."""


def packed(tensors: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Store large matrices and kernels as whole numbers from -127 to 127, and the rest as it is.

    Parameters
    ----------
    tensors
        By name; of those of floating type with at least two axes, the first one is the output channel.

    Returns
    -------
    The same names, and scales (float32, one per output channel) under ``name + SCALE``; `unpacked` takes it back to
    within half a step of a channel's scale.
    """
    found: dict[str, NDArray[Any]] = {}
    for name, value in tensors.items():
        if np.issubdtype(value.dtype, np.floating) and value.ndim > 1 and value.size >= _LEAST:
            found |= {name: _whole(value), name + SCALE: _scales(value)}
        else:
            found[name] = value
    return found


def unpacked(stored: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Take `packed` tensors back to float32; others stay as they are."""
    return {
        name: value * _along(stored[name + SCALE], value) if name + SCALE in stored else value
        for name, value in stored.items()
        if not name.endswith(SCALE)
    }


def _scales(value: NDArray[Any]) -> NDArray[np.float32]:
    largest = np.abs(value.astype(np.float32)).reshape(len(value), -1).max(1) / 127
    # A channel of zeros has any scale.
    return np.where(largest > 0, largest, 1).astype(np.float32)


def _whole(value: NDArray[Any]) -> NDArray[np.int8]:
    return np.round(value.astype(np.float32) / _along(_scales(value), value)).astype(np.int8)


def _along(scales: NDArray[np.float32], value: NDArray[Any]) -> NDArray[np.float32]:
    return scales.reshape(-1, *[1] * (value.ndim - 1))
