"""The looks that the search for a scale takes, each kept so that the one that was right need not be run again.

Knows tiles and windows; nothing of sizes, and of methods only what it is handed.
"""

from __future__ import annotations

from collections.abc import Callable

from napari_leafseg.core.instances import Instances
from napari_leafseg.core.prediction import Tile
from napari_leafseg.core.tiles import Window


class Looks:
    """A `core.scale.Look` that remembers what it ran.

    Parameters
    ----------
    run
        Runs the network on parts of the image at a scale.
    show
        Finds the objects of what was run.
    """

    def __init__(
        self,
        run: Callable[[float, tuple[Window, ...]], tuple[Tile, ...]],
        show: Callable[[tuple[Tile, ...]], Instances],
    ) -> None:
        self._run, self._show = run, show
        self._ran: dict[tuple[float, tuple[Window, ...]], tuple[Tile, ...]] = {}

    def __call__(self, scale: float, parts: tuple[Window, ...]) -> Instances:
        """Look at parts of the image at a scale."""
        tiles = self.tiles(scale, parts) or self._run(scale, parts)
        self._ran[scale, parts] = tiles
        return self._show(tiles)

    def tiles(self, scale: float, parts: tuple[Window, ...]) -> tuple[Tile, ...] | None:
        """What an earlier look ran, if there was that one."""
        return self._ran.get((scale, parts))
