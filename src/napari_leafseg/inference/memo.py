"""A bounded store for intermediate results of `decode`, least recently used out first.

Implements `core.segmenter.Memo`. Knows nothing of what it stores, but how large it is.
"""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

DEFAULT_BYTES = 256 * 2**20


class BoundedMemo:
    """Keeps the latest results until they need more than ``limit_bytes``.

    Safe to use from several threads: a value may then be computed twice, never wrongly.
    """

    def __init__(self, limit_bytes: int = DEFAULT_BYTES) -> None:
        self.limit_bytes = limit_bytes
        self._entries: OrderedDict[tuple[Any, ...], tuple[Any, int]] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        return self._bytes

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: tuple[Any, ...], compute: Callable[[], Any]) -> Any:
        """Return the value of ``key``, computing it if it is not there.

        A value that alone is larger than the limit is returned and not kept.
        """
        with self._lock:
            if key in self._entries:
                self._entries.move_to_end(key)
                return self._entries[key][0]
        value = compute()
        self._keep(key, value)
        return value

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
            self._bytes = 0

    def _keep(self, key: tuple[Any, ...], value: Any) -> None:
        size = size_of(value)
        if size > self.limit_bytes:
            return
        with self._lock:
            _, before = self._entries.pop(key, (None, 0))
            self._entries[key] = (value, size)
            self._bytes += size - before
            while self._bytes > self.limit_bytes:
                _, (_, freed) = self._entries.popitem(last=False)
                self._bytes -= freed


def size_of(value: Any) -> int:
    """Memory of a value in bytes: of arrays and tensors exactly, of containers through their items."""
    nbytes = getattr(value, "nbytes", None)
    if isinstance(nbytes, int):
        return nbytes
    if isinstance(value, Mapping):
        return sum(map(size_of, value.values()), sys.getsizeof(value))
    if isinstance(value, tuple | list):
        return sum(map(size_of, value), sys.getsizeof(value))
    members = getattr(value, "__dict__", None)
    return sys.getsizeof(value) + (size_of(members) if isinstance(members, dict) else 0)
