"""What can make a drawn plant hard, one factor at a time, each at the edge of its range.

Plants are drawn calm (nothing of all this), and again with one factor: what is lost is that factor's harm.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from napari_leafseg.data.rosette import PRESETS, Rosette
from napari_leafseg.data.rosette.ranges import Camera, Ground, Light

Changes = Mapping[str, Mapping[str, Any]]
"""Values by part of `Rosette` and field; `MOST` and `LEAST` stand for the edges of the field's range."""

MOST, LEAST = "most", "least"

PLANTS = ("arabidopsis-young", "arabidopsis-old", "tobacco")
"""Presets that plants are drawn from in turn."""

_RANGES = {"camera": Camera(), "ground": Ground(), "light": Light()}
_POT = {"kinds": {"pot": 1.0}, "pots": {"round": 1.0}, "pot": (260.0, 260.0)}
_BENCH = {"kinds": {"bench": 1.0}, "plug": 0.0}

CALM: Changes = {
    "light": {
        "shadow": (0.15, 0.25),
        "crowding": (0.2, 0.3),
        "reach": (15.0, 20.0),
        "shading": (0.1, 0.2),
        "shine": (0.0, 0.1),
        **dict.fromkeys(("more", "flash", "uneven", "dappled", "striped", "coloured"), 0.0),
    },
    "camera": {
        "exposure": (0.0, 0.0),
        "clipped": (0.85, 0.85),
        "contrast": (1.0, 1.0),
        "gamma": (1.0, 1.0),
        "haze": (0.0, 0.0),
        "balance": 0.0,
        "saturation": (1.0, 1.0),
        "blur": (0.3, 0.4),
        "noise": (0.004, 0.005),
        "colour_noise": (0.0, 0.1),
        **dict.fromkeys(("shallow", "shaken", "fringed", "blooming", "coarse"), 0.0),
        **dict.fromkeys(("mosaic", "sharpened", "compressed", "cut"), 0.0),
    },
    "ground": {
        **_POT,
        "peat": {"brown": 1.0},
        "plastics": {"black": 1.0},
        "benches": {"dark": 1.0},
        "dry": (0.4, 0.5),
        **dict.fromkeys(("bark", "fibres", "grains", "perlite", "stones"), (0.0, 0.03)),
        **dict.fromkeys(("neighbours", "mossy", "stray", "dry_leaves", "hoses", "cards", "marks", "water"), 0.0),
        **dict.fromkeys(("weeds", "string", "stick", "drops", "cropped"), 0.0),
    },
    "habit": {"lost": 0.0, "squash": (1.0, 1.0), "disorder": 0.4},
    "blade": {"teeth": (0, 0), "lobed": 0.0, "ragged": (0.01, 0.02), "narrowing": (0.95, 1.0), "lopsided": 0.05},
    "surface": {
        "hue": (0.35, 0.5),
        "depth": (0.3, 0.5),
        "grey": (0.0, 0.1),
        "blisters": (0.0, 0.08),
        "gloss": (0.0, 0.2),
        **dict.fromkeys(("turned", "yellowing", "purple", "spots"), 0.0),
    },
    "": {"neighbours": 0.0, "zoom": (1.0, 1.0)},
}

FACTORS: Mapping[str, Changes] = {
    # The plant.
    "tiny seedlings": {"habit": {"leaves": (3, 5), "radius": (20.0, 32.0), "freedom": 0.0}},
    "crowding": {"habit": {"leaves": (20, 20), "radius": (230.0, 260.0), "freedom": 0.0, "half_time": (1.8, 2.2)}},
    "fills the picture": {"habit": {"radius": (300.0, 350.0), "freedom": 0.0}},
    "off the middle": {"habit": {"offset": 0.25}},
    "disorder": {"habit": {"divergence_noise": 30.0, "disorder": 4.0, "size_noise": 0.3}},
    "lost leaves": {"habit": {"lost": 0.35}},
    "leaves upright": {"habit": {"lift": (35.0, 45.0), "young_lift": (35.0, 45.0)}},
    "seen aslant": {"habit": {"squash": (0.75, 0.75)}},
    "serration": {"blade": {"teeth": (12, 12), "tooth_depth": (0.18, 0.2)}},
    "lobes": {"blade": {"lobed": 1.0, "lobes": (4, 5), "lobe_depth": (0.3, 0.4)}},
    "ragged, lopsided": {"blade": {"ragged": (0.1, 0.1), "lopsided": 0.3, "bend": 0.25}},
    "curl": {"blade": {"narrowing": (0.55, 0.65)}, "surface": {"turned": 0.8, "under": (0.45, 0.45)}},
    "long thin petioles": {"blade": {"first_petiole": (0.6, 0.65), "petiole": (0.5, 0.6), "stalk": (0.015, 0.018)}},
    "blisters, veins": {"surface": {"blisters": (0.4, 0.4), "veins": (0.4, 0.4), "midrib": (0.6, 0.6)}},
    "mottle, folds": {"surface": {"mottle": (0.1, 0.12), "fold": (0.3, 0.3), "grain": (0.06, 0.06)}},
    "gloss": {"surface": {"gloss": (0.7, 0.7)}, "light": {"shine": MOST}},
    "yellowing": {"surface": {"yellowing": 1.0}},
    "purple": {"surface": {"purple": 1.0}},
    "spots": {"surface": {"spots": 1.0}},
    "pale leaves": {"surface": {"depth": (0.0, 0.0), "hue": (0.0, 0.05)}},
    "dark bluish leaves": {"surface": {"depth": (1.0, 1.0), "hue": (0.9, 1.0)}},
    "grey leaves": {"surface": {"grey": (0.4, 0.45)}},
    # What lies around it.
    "moss": {"ground": {"mossy": 1.0, "moss": (0.7, 1.0)}},
    "perlite, bark, stones": {
        "ground": {"perlite": MOST, "bark": MOST, "grains": MOST, "stones": MOST, "fibres": MOST}
    },
    "weeds": {"ground": {"weeds": 1.0}},
    "neighbours": {"": {"neighbours": 1.0}, "ground": {"neighbours": 1.0}},
    "fallen leaves, labels": {"ground": dict.fromkeys(("stray", "dry_leaves", "hoses", "cards", "marks"), 1.0)},
    "wet mat": {"ground": {**_BENCH, "benches": {"mat": 1.0}, "water": 1.0}},
    "bright metal": {"ground": {**_BENCH, "benches": {"metal": 1.0}}},
    "coloured plastic": {"ground": {**_BENCH, "benches": {"plastic": 1.0}}},
    "green pot": {"ground": {"pot": (150.0, 170.0), "rim": (20.0, 26.0), "plastics": {"green": 1.0}}},
    "tray": {"ground": {"kinds": {"tray": 1.0}, "neighbours": 1.0}},
    "string, stick, drops": {"ground": dict.fromkeys(("string", "stick", "drops"), 1.0)},
    "black around": {"ground": {"cropped": 1.0}},
    # The light.
    "hard shadows": {"light": {"shadow": MOST, "wide": LEAST, "elevation": LEAST}},
    "soft shadows, low sun": {"light": {"shadow": MOST, "wide": MOST, "elevation": LEAST}},
    "three lamps": {"light": {"shadow": MOST, "more": 1.0}},
    "flash": {"light": {"flash": 1.0, "shadow": MOST, "falloff": MOST, "shine": MOST}},
    "dark between leaves": {"light": {"crowding": MOST, "reach": MOST}},
    "no shadow at all": {"light": {"shadow": LEAST, "crowding": (0.0, 0.0), "shading": LEAST}},
    "strong relief": {"light": {"shading": MOST, "shadow": MOST}},
    "uneven light": {"light": {"uneven": 1.0, "gradient": MOST, "falloff": MOST}},
    "light and shade": {"light": {"dappled": 1.0, "dapple": MOST}},
    "stripes": {"light": {"striped": 1.0, "stripes": MOST}},
    "coloured light": {"light": {"coloured": 1.0, "colour": MOST}},
    # The camera.
    "over-exposure": {"camera": {"exposure": MOST, "clipped": MOST}},
    "under-exposure": {"camera": {"exposure": LEAST}},
    "contrast": {"camera": {"contrast": MOST, "gamma": MOST}},
    "haze": {"camera": {"contrast": LEAST, "haze": MOST, "saturation": LEAST}},
    "white balance": {"camera": {"balance": 0.15}},
    "colourful": {"camera": {"saturation": MOST}},
    "blur": {"camera": {"blur": MOST}},
    "depth of field": {"camera": {"shallow": 1.0, "depth": MOST}},
    "shake": {"camera": {"shaken": 1.0, "shake": MOST}},
    "colour fringes": {"camera": {"fringed": 1.0, "fringe": MOST}},
    "glow": {"camera": {"blooming": 1.0, "bloom": MOST, "exposure": (0.2, 0.2)}},
    "low resolution": {"camera": {"coarse": 1.0, "reduction": MOST}},
    "noise": {"camera": {"noise": MOST, "colour_noise": MOST}},
    "mosaic, sharpened": {"camera": {"mosaic": 1.0, "sharpened": 1.0, "sharpen": MOST}},
    "JPEG": {"camera": {"compressed": 1.0, "jpeg": LEAST}},
    "cut out": {"camera": {"cut": 1.0, "margin": LEAST}},
}
"""Changes to a calm plant, by factor."""


def calm(preset: str) -> Rosette:
    """Return the ranges of a preset with everything difficult left out."""
    return _changed(PRESETS[preset], CALM)


def stressed(preset: str, factor: str) -> Rosette:
    """Return them with one factor at the edge of its range."""
    return _changed(calm(preset), FACTORS[factor])


def _changed(rosette: Rosette, changes: Changes) -> Rosette:
    for part, fields in changes.items():
        values = {name: _resolved(part, name, value) for name, value in fields.items()}
        rosette = rosette.replace(**({part: getattr(rosette, part).replace(**values)} if part else values))
    return rosette


def _resolved(part: str, name: str, value: Any) -> Any:
    if value not in (MOST, LEAST):
        return value
    low, high = getattr(_RANGES[part], name)
    return (high, high) if value == MOST else (low, low)
