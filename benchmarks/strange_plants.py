"""A style of plants that the leaf weights never learned: other leaves, another ground, another light.

Long, toothed, pointed leaves on coarse bright gravel under a low lamp: as one grower photographs one kind of plant.
What makes it strange lies outside the ranges of every preset, so that no weights trained on ``drawn:mixed`` have seen
it; what is not said here may look as in any photograph of the presets.
"""

from __future__ import annotations

from napari_leafseg.data.rosette import Rosette
from napari_leafseg.data.rosette.ground_ranges import Ground
from napari_leafseg.data.rosette.ranges import Blade, Camera, Habit, Light, Surface

STRANGE = Rosette(
    habit=Habit(
        leaves=(8, 16),
        radius=(130.0, 200.0),
        freedom=0.1,
        seed_leaves=False,
        first_size=0.6,
        rise=3.0,
        half_time=(1.5, 2.1),
        lift=(0.0, 15.0),
        young_lift=(0.0, 15.0),
        offset=0.03,
    ),
    blade=Blade(
        first_aspect=(3.0, 3.4),
        aspect=(3.6, 4.6),
        first_petiole=(0.03, 0.05),
        petiole=(0.03, 0.05),
        stalk=(0.065, 0.1),
        base=(0.4, 0.6),
        tip=(1.3, 1.7),
        teeth=(17, 22),
        tooth_depth=(0.22, 0.3),
        lobed=0.0,
        lopsided=0.05,
        bend=0.25,
    ),
    surface=Surface(hue=(0.9, 1.0), depth=(0.3, 0.6), grey=(0.45, 0.6), purple=0.5, midrib=(0.5, 0.7)),
    ground=Ground(
        kinds={"soil": 1.0},
        peat={"red": 1.0},
        light=(4.5, 6.0),
        crumb=(24.0, 34.0),
        dry=(0.95, 1.0),
        stones=(0.3, 0.5),
        perlite=(0.3, 0.4),
        bark=(0.4, 0.5),
        mossy=0.0,
        stray=0.0,
        hoses=0.0,
        cards=0.0,
        marks=0.0,
        water=0.0,
        weeds=0.0,
        string=0.0,
        stick=0.0,
        drops=0.0,
        cropped=0.0,
    ),
    light=Light(elevation=(14.0, 24.0), shadow=(0.85, 0.95), wide=(0.005, 0.025), more=0.0, flash=0.0, coloured=0.0),
    camera=Camera(
        exposure=(-0.5, -0.2),
        contrast=(0.95, 1.1),
        gamma=(0.95, 1.05),
        balance=0.02,
        saturation=(0.9, 1.1),
        blur=(0.0, 0.6),
        noise=(0.002, 0.01),
        shallow=0.0,
        shaken=0.0,
        fringed=0.0,
        blooming=0.0,
        coarse=0.0,
        cut=0.0,
    ),
    neighbours=0.0,
)
"""The ranges."""

OUTSIDE = {
    "blade": ("aspect", "tip", "stalk", "teeth", "tooth_depth"),
    "surface": ("hue",),
    "ground": ("light", "crumb", "dry", "stones", "perlite", "bark"),
    "light": ("elevation", "shadow", "wide"),
}
"""The ranges that no preset's touches."""
