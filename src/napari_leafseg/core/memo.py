"""Where `decode` may keep intermediate results between calls, and where it keeps none.

The store that really keeps them is the tuner's (`inference.memo`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


class Memo(Protocol):
    """A bounded store for intermediate results of `decode`, handed in by the tuner.

    ``key`` names everything the value depends on besides the prediction itself.
    """

    def get(self, key: tuple[Any, ...], compute: Callable[[], Any]) -> Any:
        """Return the value of ``key``, computing it if it is not there."""


class NoMemo:
    """Remembers nothing; what `decode` uses when no memo is handed in."""

    def get(self, key: tuple[Any, ...], compute: Callable[[], Any]) -> Any:
        """Compute the value."""
        return compute()


class TileMemo:
    """The memo of one tile: the same keys, made distinct by the tile's place."""

    def __init__(self, memo: Memo, index: int) -> None:
        self._memo, self._index = memo, index

    def get(self, key: tuple[Any, ...], compute: Callable[[], Any]) -> Any:
        """Return the tile's value of ``key``."""
        return self._memo.get((self._index, *key), compute)
