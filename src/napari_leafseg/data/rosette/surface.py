"""The colour and height of a leaf's pixels in even light. Knows stamps; nothing of pictures."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.data.rosette.chance import Chance, Range
from napari_leafseg.data.rosette.plant import Leaf
from napari_leafseg.data.rosette.ranges import Surface
from napari_leafseg.data.rosette.stamp import Stamp
from napari_leafseg.data.rosette.texture import Pixels

Colour = NDArray[np.float32]

# Pale and deep, from yellow-green over green to bluish green.
_PALE = np.array(((0.74, 0.80, 0.36), (0.50, 0.73, 0.28), (0.52, 0.71, 0.50)), np.float32)
_DEEP = np.array(((0.40, 0.50, 0.10), (0.13, 0.34, 0.08), (0.12, 0.31, 0.19)), np.float32)
_YOUNG = np.array((0.68, 0.82, 0.38), np.float32)
_VEIN = np.array((0.74, 0.82, 0.56), np.float32)
_STALK = np.array((0.66, 0.74, 0.46), np.float32)
_UNDER = np.array((0.62, 0.72, 0.52), np.float32)
_YELLOW = np.array((0.80, 0.74, 0.25), np.float32)
_PURPLE = np.array((0.36, 0.20, 0.24), np.float32)
_BROWN = np.array((0.42, 0.30, 0.14), np.float32)
_LUMA = np.array((0.3, 0.6, 0.1), np.float32)


@dataclass(frozen=True)
class Paint:
    """What the leaves of one plant have in common.

    Attributes
    ----------
    colour
        float32 (3,): RGB of a grown leaf.
    young_light, midrib, veins, fold, dome, mottle, grain, blisters, rim, gloss
        As `Surface` explains, one value each.
    vein_pairs, slant
        Side veins per half, and how far they lean towards the tip.
    pale_stalk
        How much of the petiole's own colour shows.
    yellow, purple, spots
        How far old leaves have turned, and the share of the leaves with spots.
    """

    colour: Colour
    young_light: float
    midrib: float
    veins: float
    fold: float
    dome: float
    mottle: float
    grain: float
    blisters: float
    rim: float
    gloss: float
    vein_pairs: int
    slant: float
    pale_stalk: float
    yellow: float
    purple: float
    spots: float


def draw_paint(chance: Chance, surface: Surface) -> Paint:
    """Choose one plant's colours and relief."""
    drawn = chance.stream("paint")
    colour = _green(drawn.between(surface.hue), drawn.between(surface.depth))
    grey = drawn.between(surface.grey)
    colour = colour + np.float32(grey) * (np.sum(colour * _LUMA) - colour)
    return Paint(
        colour=colour * np.float32(drawn.between((0.85, 1.12))),
        **{name: drawn.between(getattr(surface, name)) for name in _RANGED},
        vein_pairs=drawn.whole(4, 8),
        slant=drawn.between((0.6, 2.2)),
        pale_stalk=drawn.between((0.1, 0.7)),
        yellow=_if(drawn, surface.yellowing, (0.2, 0.9)),
        purple=_if(drawn, surface.purple, (0.2, 0.8)),
        spots=_if(drawn, surface.spots, (0.2, 1.0)),
    )


_RANGED = ("young_light", "midrib", "veins", "fold", "dome", "mottle", "grain", "blisters", "rim", "gloss")


def _if(chance: Chance, probability: float, strength: Range) -> float:
    return chance.between(strength) if chance.happens(probability) else 0.0


def _green(hue: float, depth: float) -> Colour:
    at = min(hue * 2, 1.999)
    low, share = int(at), np.float32(at - int(at))
    pale, deep = ((ends[low] + share * (ends[low + 1] - ends[low])) for ends in (_PALE, _DEEP))
    colour: Colour = pale + np.float32(depth) * (deep - pale)
    return colour


@dataclass(frozen=True)
class Coat:
    """What one leaf looks like.

    Attributes
    ----------
    colour
        float32 (3, n): RGB.
    height
        float32 (n,): above the soil, in pixels.
    gloss
        How much it mirrors.
    """

    colour: Pixels
    height: Pixels
    gloss: float


@dataclass(frozen=True)
class Grain:
    """Noise for all leaves of a picture, as rows of numbers that each leaf enters elsewhere.

    Attributes
    ----------
    patches, fine
        float32 (any,): deviation 1.
    """

    patches: Pixels
    fine: Pixels


def coat(chance: Chance, surface: Surface, paint: Paint, grain: Grain, leaf: Leaf, stamp: Stamp, lamp: float) -> Coat:
    """Paint one leaf; ``lamp`` is the direction that light comes from, in degrees."""
    drawn = chance.stream("coat", leaf.index)
    blade = np.clip((stamp.along - np.float32(leaf.petiole)) * np.float32(1 / (1 - leaf.petiole)), 0, 1)
    colour = np.empty((3, len(stamp.at)), np.float32)
    colour[:] = _leaf_colour(drawn, surface, paint, leaf)[:, np.newaxis]
    away = np.abs(stamp.side)
    _age(colour, drawn, paint, leaf, blade, away)
    veins, relief = _veins(drawn, paint, leaf, stamp, blade, away)
    _mix(colour, _VEIN, veins)
    _mix(colour, _STALK, np.float32(paint.pale_stalk) * np.clip(1 - blade * 12, 0, 1))
    light = _shade(drawn, paint, leaf, stamp, blade, away, relief, lamp) + _noise(drawn, paint, grain, stamp)
    colour *= light
    if drawn.happens(surface.turned):
        _turn(colour, drawn, surface, stamp, blade)
    if drawn.happens(paint.spots):
        _spot(colour, drawn, leaf, stamp)
    return Coat(colour, _height(leaf, stamp, relief), paint.gloss * drawn.between((0.4, 1.0)))


def _mix(colour: Pixels, other: Colour, share: Pixels) -> None:
    for plane, tone in zip(colour, other, strict=True):
        np.add(plane, share * (tone - plane), out=plane)


def _leaf_colour(chance: Chance, surface: Surface, paint: Paint, leaf: Leaf) -> Colour:
    base = paint.colour * np.float32(1 + chance.bell(0.07))
    shift = np.float32(chance.bell(surface.hue_noise))
    base = base * (1 + shift * np.array((1.0, 0.1, -0.8), np.float32))
    return (base + np.float32(paint.young_light * leaf.youth) * (_YOUNG - base)).astype(np.float32)


def _age(colour: Pixels, chance: Chance, paint: Paint, leaf: Leaf, blade: Pixels, away: Pixels) -> None:
    """Let an old leaf turn, from its margin and tip inwards."""
    old = max(0.0, 1 - 2.5 * leaf.youth)
    for other, strength in ((_YELLOW, paint.yellow), (_PURPLE, paint.purple)):
        most = strength * old * chance.share()
        if most > 0.03:
            front = np.clip(away * np.float32(0.6) + blade * np.float32(0.6) + np.float32(2 * most - 0.9), 0, 1)
            _mix(colour, other, front * np.float32(min(1.0, 1.2 * most)))


def _veins(
    chance: Chance, paint: Paint, leaf: Leaf, stamp: Stamp, blade: Pixels, away: Pixels
) -> tuple[Pixels, Pixels]:
    """Return how much vein shows, and the height of the bulges between veins, -0.5 to 0.5."""
    across = away * stamp.half
    thick = np.float32(max(0.7, 0.05 * leaf.width))
    rib = np.clip(1 - across / thick, 0, 1) * (1 - np.float32(0.6) * blade) * (blade > 0)
    phase = blade * np.float32(paint.vein_pairs) - away * np.float32(paint.slant) + np.float32(chance.share() + 4)
    phase -= np.floor(phase)
    bulge = np.float32(0.5) - np.abs(phase - np.float32(0.5)) * 2 + np.float32(0.5)
    side = np.clip(1 - bulge * np.float32(max(2.5, 0.1 * leaf.width)), 0, 1) * (1 - away)
    on_blade = np.clip(blade * 8, 0, 1)
    shown = np.float32(paint.midrib) * rib + np.float32(paint.veins) * side * on_blade
    return shown, (bulge - np.float32(0.5)) * on_blade


def _shade(
    chance: Chance,
    paint: Paint,
    leaf: Leaf,
    stamp: Stamp,
    blade: Pixels,
    away: Pixels,
    relief: Pixels,
    lamp: float,
) -> Pixels:
    """Light on the blade's halves, its dome, its bulges and its rim, around 1."""
    turned = math.radians(lamp - leaf.angle)
    sideways, lengthways = np.float32(round(math.sin(turned), 9)), np.float32(round(math.cos(turned), 9))
    fold = np.float32(paint.fold * (0.5 + leaf.youth + 0.5 * chance.share()))
    soft = np.clip(stamp.side * np.float32(5), -1, 1)
    light = 1 - fold * sideways * soft * (1 - np.float32(0.5) * away)
    light -= np.float32(paint.dome) * away * away * (np.float32(0.6) + np.float32(0.6) * sideways * soft)
    light += np.float32(0.5 * paint.dome) * lengthways * (np.float32(0.5) - blade)
    light += np.float32(paint.blisters * 0.35) * relief * (1 - away)
    rim = np.clip(1 - (1 - away) * stamp.half * np.float32(0.6), 0, 1)
    light += np.float32(paint.rim) * rim * (blade > 0)
    return light


def _noise(chance: Chance, paint: Paint, grain: Grain, stamp: Stamp) -> Pixels:
    offset = chance.whole(0, len(grain.patches) - 1)
    at = (stamp.at + offset) % len(grain.patches)
    noise: Pixels = np.float32(paint.mottle) * grain.patches[at] + np.float32(paint.grain) * grain.fine[at]
    return noise


def _turn(colour: Pixels, chance: Chance, surface: Surface, stamp: Stamp, blade: Pixels) -> None:
    """Turn a margin, or the tip, up so that the underside shows, with a shadow beside it."""
    width = chance.between(surface.under)
    side = np.float32(1 if chance.happens(0.5) else -1)
    middle = np.float32(chance.between((0.3, 0.9)))
    bow = np.clip(1 - (blade - middle) * (blade - middle) * np.float32(chance.between((4.0, 14.0))), 0, 1)
    place = stamp.side * side
    if chance.happens(0.25):
        place, bow, width = blade - np.float32(0.2) * stamp.side * stamp.side, np.ones_like(blade), 0.4 * width
    edge = 1 - np.float32(width) * bow
    strip = place > edge
    beside = (place > edge - np.float32(0.12) * bow) & ~strip
    light = np.float32(chance.between((0.9, 1.25)))
    turned = colour[:, strip]
    under = _UNDER[:, np.newaxis] * turned.max(axis=0)
    colour[:, strip] = (np.float32(0.45) * turned + np.float32(0.55) * under) * light
    colour[:, beside] *= np.float32(0.75)


def _spot(colour: Pixels, chance: Chance, leaf: Leaf, stamp: Stamp) -> None:
    """Put brown spots with a yellow ring on a blade."""
    if not len(stamp.at):
        return
    for _ in range(chance.whole(2, 14)):
        along, side = np.float32(chance.between((leaf.petiole, 1))), np.float32(chance.between((-0.8, 0.8)))
        radius = np.float32(max(1.0, leaf.width * chance.between((0.02, 0.09))))
        down = (stamp.along - along) * np.float32(leaf.length)
        across = (stamp.side - side) * stamp.half
        far: Pixels = ((down * down + across * across) / (radius * radius)).astype(np.float32)
        _mix(colour, _YELLOW, np.float32(0.6) * np.clip(2 - far, 0, 1).astype(np.float32))
        _mix(colour, _BROWN, np.clip(2 - 2 * far, 0, 1).astype(np.float32))


def _height(leaf: Leaf, stamp: Stamp, relief: Pixels) -> Pixels:
    """Rise from the plant's middle by the leaf's lift, sink towards tip and margin, bulge between the veins."""
    steep = np.float32(leaf.length * (0.12 + math.floor(100 * math.sin(math.radians(leaf.lift))) / 100))
    along = stamp.along
    rise = steep * along * (1 - np.float32(0.45) * along)
    sink = np.float32(0.12 * leaf.width) * stamp.side * stamp.side
    return rise - sink + np.float32(0.006 * leaf.width) * relief
