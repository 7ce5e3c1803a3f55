"""What lies under and around the plant, put together: the only entry. Must know nothing of leaves."""

from __future__ import annotations

from napari_leafseg.data.rosette.bench import paint_bench
from napari_leafseg.data.rosette.chance import Chance
from napari_leafseg.data.rosette.easel import Easel
from napari_leafseg.data.rosette.ground_ranges import Ground
from napari_leafseg.data.rosette.moss import paint_moss
from napari_leafseg.data.rosette.over import paint_over
from napari_leafseg.data.rosette.pot import paint_pots, paint_tray
from napari_leafseg.data.rosette.scene import Canvas, Frame
from napari_leafseg.data.rosette.soil import paint_soil

__all__ = ["paint_ground", "paint_over"]


def paint_ground(chance: Chance, ground: Ground, frame: Frame, cover: float) -> Canvas:
    """Draw all but the plant.

    Parameters
    ----------
    chance
        Stream to draw from.
    ground
        What may be there.
    frame
        What part of the world the picture shows.
    cover
        Radius that the plant will cover, in pixels: most things lie around it.

    Returns
    -------
    Canvas
        In even light; its height is that of the surface over the soil.
    """
    del cover  # nothing is placed around the plant yet
    kind = chance.stream("kind").pick(ground.kinds)
    bench = Easel.empty(frame.size)
    if kind != "soil":
        paint_bench(chance.stream("bench"), ground, bench, frame.zoom)
    if kind != "bench":
        soil = Easel.empty(frame.size)
        paint_soil(chance.stream("soil"), ground, soil, frame.zoom)
        paint_moss(chance.stream("moss"), ground, soil, frame.zoom)
        if kind == "soil":
            return soil.canvas()
        {"pot": paint_pots, "tray": paint_tray}[kind](chance.stream(kind), ground, frame, soil, bench)
    return bench.canvas()
