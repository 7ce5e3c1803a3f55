"""What the recipes for rosettes have in common: data, licence, and how they are trained."""

from __future__ import annotations

from typing import Any

from napari_leafseg.core.weights import Card
from napari_leafseg.training.options import TrainOptions

DATA = "drawn:mixed"
KEPT = {"min_area": 30}
"""Not tuned: on drawn plants of one size a large least area hides what is wrongly found on soil, but it also hides
every leaf of a seedling and of a tray."""


def options(minutes: float, *, sizes: tuple[float, float] = (36, 120), drawn_size: int = 512) -> TrainOptions:
    """400 crops of 256² a pass, two of each plant, leaves brought to ``sizes``; validated on 24 other plants."""
    return TrainOptions(
        minutes=minutes,
        samples_per_epoch=400,
        validation_images=24,
        validate_every=4,
        drawn_size=drawn_size,
        scale_low=0.9,
        scale_high=1.1,
        object_low=sizes[0],
        object_high=sizes[1],
        workers=1,
        seed=0,
    )


def onward(minutes: float, *, mixing: float = 1.0) -> dict[str, Any]:
    """Say what a second leg does otherwise: it validates less often, because each look takes most of a minute.

    ``mixing`` is the part of the way from the first weights to those of the leg that is gone in the end, for a leg
    that gains on drawn plants at the cost of plants that are unlike them.
    """
    return {"minutes": minutes, "validate_every": 8, "mixing": mixing}


def card(failures: str = "") -> Card:
    """Say what is true of every file for rosettes; ``failures`` is what this one is known to do badly."""
    return Card(
        title="Leaves of rosettes from above",
        subject="rosette",
        data="rosettes drawn by this program, a new one for every second crop; no photograph",
        licence="CC0 1.0: may be used for anything, also commercially",
        failures=failures,
        source=DATA,
    )
