"""Drawn pictures by the name of their preset: rosette plants of one kind or of all, and fields of nuclei.

Must know nothing of files, of training and of how anything is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from napari_leafseg.core.errors import ParameterError

if TYPE_CHECKING:
    from napari_leafseg.data.rosette import Drawing

MIXED, NUCLEI = "mixed", "nuclei"
DRAWN = ("arabidopsis-young", "arabidopsis-old", "tobacco", "broadleaf", MIXED, NUCLEI)
"""Names of all that can be drawn."""
LEAST_SIDE, MOST_SIDE = 64, 4096
"""Of a drawn picture, in pixels."""


def draw(preset: str, seed: int, size: int) -> Drawing:
    """Draw one picture with its true labels.

    Parameters
    ----------
    preset
        One of `DRAWN`.
    seed
        Any integer from 0 on; the same one draws the same picture.
    size
        Height and width, in pixels.

    Returns
    -------
    The picture and what is true of it; of nuclei, a grey image uint8 (size, size), and measures of what shows.

    Raises
    ------
    ParameterError
        If there is no such preset, or the size is not between `LEAST_SIDE` and `MOST_SIDE`.
    """
    check_drawn([preset], size)
    if preset == NUCLEI:
        return _nuclei(seed, size)
    from napari_leafseg.data.rosette import draw_plant

    return draw_plant(preset, seed, size)


def _nuclei(seed: int, size: int) -> Drawing:
    """Draw a field of nuclei, each measured as the ellipse with its moments."""
    from skimage.measure import regionprops

    from napari_leafseg.data.nuclei import draw_field
    from napari_leafseg.data.rosette import Drawing, LeafTruth

    image, labels = draw_field(size, seed)
    measures = tuple(
        LeafTruth(
            id=int(region.label),
            area=float(region.area),
            visible_area=int(region.area),
            length=round(region.axis_major_length, 3),
            petiole_length=0.0,
            width=round(region.axis_minor_length, 3),
            # Orientation is counted from the row axis towards the column axis.
            angle=round((90 - math.degrees(region.orientation)) % 180, 3),
            age=math.nan,
        )
        for region in regionprops(labels)
    )
    return Drawing(image, labels, measures, NUCLEI, seed)


def check_drawn(presets: Sequence[str], size: int) -> None:
    """Refuse what cannot be drawn, before anything is.

    Raises
    ------
    ParameterError
        As `draw` does.
    """
    for name in presets:
        if name not in DRAWN:
            raise ParameterError(f"There is no preset {name!r} to draw: choose one of {', '.join(DRAWN)}.")
    if not LEAST_SIDE <= size <= MOST_SIDE:
        raise ParameterError(
            f"A picture of {size} x {size} pixels cannot be drawn: its side is {LEAST_SIDE} to {MOST_SIDE} pixels."
        )
