"""One plant over days. Knows how one picture is put together; nothing of files."""

from __future__ import annotations

from collections.abc import Sequence

from napari_leafseg.data.rosette.drawing import draw_frame, paint_picture
from napari_leafseg.data.rosette.laying import lay
from napari_leafseg.data.rosette.plant import plan
from napari_leafseg.data.rosette.presets import preset_of
from napari_leafseg.data.rosette.ranges import Rosette
from napari_leafseg.data.rosette.scene import REFERENCE
from napari_leafseg.data.rosette.truth import Drawing

LEAVES_PER_DAY = 0.8
"""How fast leaves are born."""

_YOUNGEST = 2.5


def growth_series(preset: str | Rosette, seed: int, days: Sequence[float], size: int = REFERENCE) -> list[Drawing]:
    """Draw one plant on several days, from above, in one place.

    Parameters
    ----------
    preset, seed, size
        As `draw_plant` takes them; on the last day the plant is as old as its preset lets it be.
    days
        In ascending order; only the differences count.

    Returns
    -------
    list of Drawing
        A leaf keeps its id on all of them; a leaf that does not show has none, so ids may have gaps.
        Ground, light and camera are the same on all of them.
    """
    name, rosette, chance = preset_of(preset, seed)
    frame = draw_frame(chance, rosette, size)
    plants = chance.stream("plant")
    life = plan(plants, rosette)
    ages = [max(_YOUNGEST, life.leaves - LEAVES_PER_DAY * (days[-1] - day)) for day in days] if days else []
    grown = [lay(plants, rosette, frame, life, age) for age in ages]
    return [paint_picture(chance, rosette, frame, plant, name, seed, relabel=False) for plant in grown]
