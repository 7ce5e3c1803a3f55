"""What lies under and around the plant, put together: the only entry. Must know nothing of leaves."""

from __future__ import annotations

from napari_leafseg.data.rosette.bench import paint_bench
from napari_leafseg.data.rosette.chance import Chance
from napari_leafseg.data.rosette.clutter import paint_clutter
from napari_leafseg.data.rosette.easel import Easel
from napari_leafseg.data.rosette.ground_ranges import Ground
from napari_leafseg.data.rosette.moss import paint_moss
from napari_leafseg.data.rosette.over import paint_over
from napari_leafseg.data.rosette.pot import paint_plug, paint_pots, paint_tray
from napari_leafseg.data.rosette.scene import Canvas, Frame
from napari_leafseg.data.rosette.soil import paint_soil
from napari_leafseg.data.rosette.weeds import paint_weeds

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
    easel = _base(chance, ground, frame)
    paint_clutter(chance.stream("clutter"), ground, frame, cover, easel)
    paint_weeds(chance.stream("weeds"), ground, frame, cover, easel)
    return easel.canvas()


def _base(chance: Chance, ground: Ground, frame: Frame) -> Easel:
    """Paint soil and what holds it."""
    kind = chance.stream("kind").pick(ground.kinds)
    if kind == "soil":
        return _soil(chance, ground, frame)
    bench = Easel.empty(frame.size)
    paint_bench(chance.stream("bench"), ground, bench, frame.zoom)
    own = chance.stream(kind)
    if kind == "pot":
        paint_pots(own, ground, frame, _soil(chance, ground, frame), bench)
    elif kind == "tray":
        paint_tray(own, ground, frame, _soil(chance, ground, frame), bench)
    elif own.happens(ground.plug):
        paint_plug(own, frame, _soil(chance, ground, frame), bench)
    return bench


def _soil(chance: Chance, ground: Ground, frame: Frame) -> Easel:
    easel = Easel.empty(frame.size)
    paint_soil(chance.stream("soil"), ground, easel, frame.zoom)
    paint_moss(chance.stream("moss"), ground, easel, frame.zoom)
    return easel
