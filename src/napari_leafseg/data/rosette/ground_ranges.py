"""What may lie under and around a drawn plant: frozen ranges. Must not know how any of it is drawn.

Sizes are in pixels of the reference photograph, as in `ranges`.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from napari_leafseg.core.params import FrozenModel
from napari_leafseg.data.rosette.chance import Range


class Ground(FrozenModel):
    """What lies under and around the plant.

    What is strewn is given as the share of places that hold one; a probability says how often there is any.

    Attributes
    ----------
    kinds
        Weight of each: ``"pot"``, ``"tray"`` (of cells), ``"soil"`` (nothing else), ``"bench"`` (no pot).
    pots
        Weight of each shape: ``"round"``, ``"square"``.
    pot, rim
        Its inner radius and the width of its rim.
    plastics
        Weight of each colour of pots and trays.
    neighbours
        Probability that more pots stand around.
    benches
        Weight of each thing that pots stand on.
    peat
        Weight of each colour of the soil.
    light
        Brightness of its crumbs; drawn on a logarithmic scale.
    crumb
        Size of its crumbs.
    dry
        0 soaked, 1 dust dry.
    clods, bark, fibres, grains, perlite, stones
        What is mixed into it.
    mossy, moss
        Probability of moss, and the share of the soil that it covers; drawn on a logarithmic scale.
    mosses
        Weight of each growth: ``"cushion"``, ``"fine"``, ``"dots"``, ``"film"`` (algae), ``"lobes"`` (liverwort).
    stray, dry_leaves, hoses, cards, marks, water, weeds
        Probabilities that crumbs, fallen leaves, hoses, labels, writing, drops, grass lie or grow about.
    plug
        Probability that the plant grows in a plug of soil, where it stands in no pot.
    string, stick, drops
        Probability that one lies over the plant.
    cropped
        Probability that all is black around the plant's box or circle.
    """

    kinds: Mapping[str, float] = Field(
        default_factory=lambda: {"pot": 5.0, "tray": 2.0, "soil": 2.0, "bench": 1.5},
    )
    pots: Mapping[str, float] = Field(default_factory=lambda: {"round": 3.0, "square": 2.0})
    pot: Range = (150.0, 300.0)
    rim: Range = (4.0, 26.0)
    plastics: Mapping[str, float] = Field(
        default_factory=lambda: {
            "black": 5.0,
            "grey": 2.0,
            "terracotta": 1.5,
            "brown": 1.5,
            "white": 0.5,
            "green": 0.4,
            "blue": 0.4,
        }
    )
    neighbours: float = 0.5
    benches: Mapping[str, float] = Field(
        default_factory=lambda: {
            "mat": 2.5,
            "dotted": 1.5,
            "ribbed": 1.0,
            "metal": 2.0,
            "plastic": 2.5,
            "paper": 1.0,
            "cloth": 0.7,
            "gravel": 0.7,
            "sand": 0.5,
            "dark": 0.8,
        }
    )
    peat: Mapping[str, float] = Field(default_factory=lambda: {"black": 3.0, "brown": 4.0, "red": 2.0, "grey": 1.0})
    light: Range = (0.7, 3.2)
    crumb: Range = (5.0, 22.0)
    dry: Range = (0.1, 0.9)
    clods: Range = (0.1, 0.9)
    bark: Range = (0.0, 0.35)
    fibres: Range = (0.0, 0.5)
    grains: Range = (0.0, 0.35)
    perlite: Range = (0.0, 0.22)
    stones: Range = (0.0, 0.15)
    mossy: float = 0.45
    moss: Range = (0.01, 1.0)
    mosses: Mapping[str, float] = Field(
        default_factory=lambda: {"cushion": 3.0, "fine": 3.0, "dots": 1.5, "film": 2.0, "lobes": 0.5},
    )
    stray: float = 0.3
    dry_leaves: float = 0.12
    hoses: float = 0.06
    cards: float = 0.15
    marks: float = 0.04
    water: float = 0.06
    weeds: float = 0.14
    plug: float = 0.6
    string: float = 0.02
    stick: float = 0.02
    drops: float = 0.03
    cropped: float = 0.05
