"""Ranges by name: the plants that can be drawn. Must not know how."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from napari_leafseg.core.errors import ParameterError
from napari_leafseg.data.rosette.chance import Chance
from napari_leafseg.data.rosette.ranges import Blade, Habit, Rosette, Surface

_YOUNG = Rosette(
    habit=Habit(leaves=(5, 14), radius=(36.0, 210.0), lost=0.01, young_lift=(0.0, 35.0), offset=0.12),
    blade=Blade(aspect=(1.2, 2.4), teeth=(0, 6), tooth_depth=(0.0, 0.08), narrowing=(0.8, 1.0), lobed=0.0),
    surface=Surface(yellowing=0.04, purple=0.04, spots=0.02, turned=0.05, blisters=(0.0, 0.15)),
)
_OLD = Rosette(
    habit=Habit(leaves=(14, 20), radius=(125.0, 295.0), first_size=0.4, rise=7.0, half_time=(3.2, 6.5), disorder=1.2),
    blade=Blade(aspect=(1.3, 3.0), teeth=(0, 12), tooth_depth=(0.0, 0.16), ragged=(0.02, 0.09), lobed=0.12, bend=0.14),
    surface=Surface(yellowing=0.25, purple=0.12, spots=0.08, turned=0.12),
)
_TOBACCO = Rosette(
    habit=Habit(
        leaves=(2, 12),
        radius=(100.0, 350.0),
        seed_leaf_size=0.35,
        first_size=0.55,
        rise=4.0,
        half_time=(1.6, 3.0),
        size_noise=0.12,
        divergence={"spiral": 1.0, "wide": 0.3},
        lift=(0.0, 35.0),
        offset=0.1,
    ),
    blade=Blade(
        first_aspect=(1.0, 1.4),
        aspect=(1.1, 1.9),
        first_petiole=(0.1, 0.35),
        petiole=(0.03, 0.2),
        stalk=(0.025, 0.06),
        base=(0.4, 0.9),
        tip=(0.5, 1.0),
        teeth=(0, 0),
        ragged=(0.01, 0.08),
        narrowing=(0.75, 1.0),
        lobed=0.0,
        lopsided=0.15,
    ),
    surface=Surface(hue=(0.0, 0.7), depth=(0.0, 0.7), midrib=(0.15, 0.6), veins=(0.08, 0.4), blisters=(0.1, 0.4)),
)
_BROADLEAF = Rosette(
    habit=Habit(
        leaves=(1, 18),
        radius=(40.0, 320.0),
        freedom=0.35,
        seed_leaf_size=0.4,
        first_size=0.6,
        rise=3.0,
        half_time=(1.2, 3.5),
        size_noise=0.18,
        divergence={"spiral": 1.0, "decussate": 1.0, "distichous": 0.4, "wide": 0.5},
        divergence_noise=16.0,
        disorder=1.6,
        lost=0.06,
        offset=0.15,
        squash=(0.8, 1.0),
    ),
    blade=Blade(
        first_aspect=(0.9, 1.8),
        aspect=(0.8, 3.5),
        aspect_noise=0.15,
        first_petiole=(0.1, 0.6),
        petiole=(0.05, 0.65),
        base=(0.3, 1.8),
        tip=(0.3, 1.2),
        teeth=(0, 16),
        tooth_depth=(0.0, 0.2),
        lobes=(2, 6),
        lobe_depth=(0.05, 0.45),
        lobed=0.25,
        ragged=(0.01, 0.1),
        lopsided=0.2,
        bend=0.2,
    ),
    surface=Surface(yellowing=0.2, purple=0.12, spots=0.15, turned=0.12, hue_noise=0.06, midrib=(0.0, 0.6)),
)

PRESETS: Mapping[str, Rosette] = MappingProxyType(
    {"arabidopsis-young": _YOUNG, "arabidopsis-old": _OLD, "tobacco": _TOBACCO, "broadleaf": _BROADLEAF}
)
"""Ranges of each kind of plant."""

MIXED = "mixed"
"""Name of all of them together."""

_SHARES = {"arabidopsis-young": 0.35, "arabidopsis-old": 0.35, "tobacco": 0.15, "broadleaf": 0.15}


def preset_of(preset: str | Rosette, seed: int) -> tuple[str, Rosette, Chance]:
    """Find a preset's name and ranges, and the stream of one of its pictures.

    Raises
    ------
    ParameterError
        If there is no preset of that name.
    """
    if isinstance(preset, Rosette):
        return "own", preset, Chance(seed, "own")
    if preset == MIXED:
        name = Chance(seed, MIXED).pick(_SHARES)
        return name, PRESETS[name], Chance(seed, MIXED, name)
    if preset not in PRESETS:
        raise ParameterError(f"There is no preset {preset!r}: choose one of {', '.join((*PRESETS, MIXED))}.")
    return preset, PRESETS[preset], Chance(seed, preset)
