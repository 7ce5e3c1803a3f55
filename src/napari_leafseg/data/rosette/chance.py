"""Random numbers that are the same on every machine, in streams by name. Must know nothing of what is drawn.

Single numbers come from BLAKE2, which begins a stream faster than any generator; arrays from the raw
bits of numpy's PCG64, whose stream is promised never to change, unlike those of
`numpy.random.Generator`. What is made of them is arithmetic that IEEE 754 rounds exactly.
"""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Mapping
from typing import Self

import numpy as np
from numpy.typing import NDArray

Range = tuple[float, float]
"""Least and greatest value."""

_STEP = 2.0**-53
# Deviation of the sum of four uniform numbers is sqrt(4 / 12).
_FOUR = math.sqrt(3.0)
# Deviation of the sum of three uniform signed bytes.
_BYTES = math.sqrt(3 * (256.0**2 - 1) / 12)


class Chance:
    """One stream of random numbers, and streams below it that do not depend on its state.

    Parameters
    ----------
    seed
        Any integer.
    path
        Names of the stream; another path gives an independent stream.
    """

    def __init__(self, seed: int, *path: str | int) -> None:
        self._seed, self._path = seed, path
        self._key = hashlib.blake2b(repr((seed, *path)).encode(), digest_size=32).digest()
        self._asked = 0
        self._ready: list[int] = []
        self._arrays: np.random.PCG64 | None = None

    def stream(self, *name: str | int) -> Self:
        """Return the stream of that name below this one: the same whatever was drawn before."""
        return type(self)(self._seed, *self._path, *name)

    def share(self) -> float:
        """Draw from 0 (included) to 1 (not)."""
        if not self._ready:
            block = hashlib.blake2b(self._asked.to_bytes(8, "little"), key=self._key).digest()
            self._ready = list(struct.unpack("<8Q", block))
            self._asked += 1
        return (self._ready.pop() >> 11) * _STEP

    def between(self, bounds: Range) -> float:
        """Draw evenly."""
        low, high = bounds
        return low + (high - low) * self.share()

    def between_log(self, bounds: Range) -> float:
        """Draw evenly on a logarithmic scale; both bounds above 0."""
        low, high = bounds
        return round(low * (high / low) ** self.share(), 9)

    def whole(self, low: int, high: int) -> int:
        """Draw an integer from ``low`` to ``high``, both included."""
        return low + int(self.share() * (high - low + 1))

    def bell(self, deviation: float = 1.0) -> float:
        """Draw from a bell-shaped distribution around 0 that ends at 3.46 deviations."""
        return (sum(self.share() for _ in range(4)) - 2.0) * _FOUR * deviation

    def happens(self, probability: float) -> bool:
        """Say yes with a probability."""
        return self.share() < probability

    def pick(self, weights: Mapping[str, float]) -> str:
        """Choose a name in proportion to its weight."""
        left = self.share() * sum(weights.values())
        for name, weight in weights.items():
            left -= weight
            if left < 0:
                return name
        return next(name for name in reversed(list(weights)) if weights[name] > 0)

    def shares(self, *shape: int) -> NDArray[np.float32]:
        """Draw an array, float32, 0 to 1, in steps of 2**-16."""
        values: NDArray[np.float32] = self._raw(2 * math.prod(shape)).view(np.uint16).astype(np.float32)
        return (values[: math.prod(shape)] * np.float32(2.0**-16)).reshape(shape)

    def bells(self, *shape: int) -> NDArray[np.float32]:
        """Draw an array, float32, bell-shaped around 0 with deviation 1; ends at 3."""
        count = math.prod(shape)
        signed = self._raw(3 * count).view(np.int8)[: 3 * count].reshape(3, count).astype(np.int16)
        summed = (signed[0] + signed[1] + signed[2]).astype(np.float32) + np.float32(1.5)
        return (summed * np.float32(1 / _BYTES)).reshape(shape)

    def _raw(self, count: int) -> NDArray[np.uint8]:
        """Draw at least that many random bytes, equal on little- and big-endian machines."""
        if self._arrays is None:
            self._arrays = np.random.PCG64(int.from_bytes(self._key[:16], "little"))
        return self._arrays.random_raw(-(-count // 8)).astype("<u8", copy=False).view(np.uint8)
