"""What is mixed into soil: clods, bark, fibres, grains, perlite, stones. Must know nothing of the soil below it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from napari_leafseg.data.rosette.chance import Chance, Range
from napari_leafseg.data.rosette.easel import Colour, Easel, tinted
from napari_leafseg.data.rosette.ground_ranges import Ground
from napari_leafseg.data.rosette.scatter import Strewn, scatter
from napari_leafseg.data.rosette.texture import Pixels


@dataclass(frozen=True)
class _Kind:
    """One thing that is mixed in.

    Attributes
    ----------
    often
        Probability that there is any.
    cell
        Side of the square in which one lies, in pixels of the reference photograph.
    size, slim, bend
        As `scatter` takes them.
    varied
        How much lighter the lightest are than the darkest.
    ragged
        Deviation of the outline, as a share of the cell.
    rough
        How uneven the surface is.
    colour
        None for that of the soil.
    """

    often: float
    cell: Range
    size: Range
    slim: Range
    varied: Range
    ragged: Range
    rough: Range
    colour: Colour | None
    bend: float = 0.0


_KINDS = {
    "clods": _Kind(0.85, (11.0, 40.0), (0.3, 1.1), (0.4, 1.0), (0.4, 1.0), (0.05, 0.14), (0.2, 0.55), None),
    "bark": _Kind(
        0.4, (20.0, 64.0), (0.35, 1.0), (0.3, 0.9), (0.3, 0.8), (0.02, 0.07), (0.05, 0.25), (0.36, 0.25, 0.18)
    ),
    "fibres": _Kind(0.4, (24.0, 60.0), (0.4, 1.0), (0.03, 0.09), (0.2, 0.6), (0, 0), (0, 0.2), (0.50, 0.36, 0.22), 0.3),
    "grains": _Kind(0.5, (9.0, 20.0), (0.15, 0.65), (0.5, 1.0), (0.2, 0.8), (0.01, 0.06), (0, 0.2), (0.66, 0.53, 0.37)),
    "perlite": _Kind(
        0.4, (14.0, 34.0), (0.15, 0.75), (0.6, 1.0), (0.2, 0.6), (0.01, 0.06), (0, 0.1), (0.88, 0.87, 0.82)
    ),
    "stones": _Kind(
        0.4, (24.0, 64.0), (0.3, 0.9), (0.55, 0.95), (0.2, 0.8), (0.01, 0.04), (0, 0.2), (0.44, 0.41, 0.37)
    ),
}


def strew(chance: Chance, ground: Ground, easel: Easel, zoom: float, relief: Pixels, soil: Colour) -> None:
    """Lay what is mixed into soil on top of it.

    Parameters
    ----------
    chance
        Stream to draw from.
    ground
        How much of each there may be.
    easel
        Soil; painted over in part.
    zoom
        Pixels per pixel of the reference photograph.
    relief
        Noise of the easel's shape with deviation about 1, for ragged outlines and uneven surfaces.
    soil
        Colour of its clods.
    """
    shares = {
        "clods": ground.clods,
        "bark": ground.bark,
        "fibres": ground.fibres,
        "grains": ground.grains,
        "perlite": ground.perlite,
        "stones": ground.stones,
    }
    for name, share in shares.items():
        own, kind = chance.stream(name), _KINDS[name]
        density = own.between(share)
        if density >= 0.004 and own.happens(kind.often):
            _strew(own, kind, density, easel, zoom, relief, kind.colour or soil)


def _strew(
    chance: Chance, kind: _Kind, density: float, easel: Easel, zoom: float, relief: Pixels, colour: Colour
) -> None:
    cell = chance.between_log(kind.cell) * zoom
    things = scatter(chance, easel.shape, cell, density, kind.size, kind.slim, kind.bend)
    uneven = np.clip(relief.reshape(-1).take(things.at), -2, 2)
    things = replace(things, edge=things.edge - uneven * np.float32(cell * chance.between(kind.ragged)))
    surface = 1 + uneven * np.float32(chance.between(kind.rough))
    lay_pieces(chance, easel, things, tinted(chance, colour, 0.12), cell / 5, kind.varied, surface)


def lay_pieces(
    chance: Chance,
    easel: Easel,
    things: Strewn,
    colour: Colour,
    high: float,
    varied: Range = (0.2, 0.6),
    surface: Pixels | float = 1.0,
) -> None:
    """Paint strewn things as bodies: lighter on top, each with its own tone, dark where they meet the ground."""
    spread = chance.between(varied)
    tone = things.tone * np.float32(spread) + np.float32(0.7 - spread / 2)
    tone += np.sqrt(things.dome) * np.float32(0.3)
    tone *= 1 + (chance.shares(things.at.size) - np.float32(0.5)) * np.float32(chance.between((0.1, 0.4)))
    tone *= surface
    colours = [tone * np.float32(part) for part in colour]
    easel.lay_at(things.at, things.cover, colours, things.dome * np.float32(high), shade=things.shade)
