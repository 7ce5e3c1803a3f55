"""All connections of a dock in one list, undone in one loop.

A viewer outlives its docks: what stayed connected would call into a widget that is gone.
"""

from __future__ import annotations

from typing import Any


class Connections:
    """Connects signals to slots and remembers them.

    Parameters
    ----------
    pairs
        Qt, psygnal or napari signals, each with its slot.
    """

    def __init__(self, pairs: list[tuple[Any, Any]]) -> None:
        self._pairs = pairs
        for signal, slot in pairs:
            signal.connect(slot)

    def close(self) -> None:
        """Undo all of them; Qt has undone its own already where the sender is gone."""
        for signal, slot in self._pairs:
            try:
                signal.disconnect(slot)
            except (TypeError, RuntimeError, ValueError):
                continue
        self._pairs = []
