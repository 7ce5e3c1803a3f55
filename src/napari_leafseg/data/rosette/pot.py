"""Pots and trays that hold the soil: where the soil is, rims, walls. Must not know what the soil is made of."""

from __future__ import annotations

import numpy as np

from napari_leafseg.data.rosette.chance import Chance
from napari_leafseg.data.rosette.easel import Colour, Easel, blend, tinted
from napari_leafseg.data.rosette.ground_ranges import Ground
from napari_leafseg.data.rosette.scatter import soft
from napari_leafseg.data.rosette.scene import Frame
from napari_leafseg.data.rosette.strip import Place
from napari_leafseg.data.rosette.texture import Pixels, cloud

PLASTICS: dict[str, Colour] = {
    "black": (0.07, 0.07, 0.075),
    "grey": (0.33, 0.34, 0.36),
    "terracotta": (0.58, 0.30, 0.19),
    "brown": (0.33, 0.14, 0.10),
    "white": (0.80, 0.80, 0.77),
    "green": (0.12, 0.34, 0.20),
    "blue": (0.16, 0.25, 0.44),
}


def paint_pots(chance: Chance, ground: Ground, frame: Frame, soil: Easel, bench: Easel) -> None:
    """Put one pot, or many, with their soil on the bench.

    Parameters
    ----------
    chance
        Stream to draw from.
    ground, frame
        What may be, and where.
    soil
        Soil all over; its walls' shade is painted on it.
    bench
        What they stand on; the result.
    """
    zoom = frame.zoom
    inner = chance.between_log(ground.pot) * zoom
    rim = chance.between_log(ground.rim) * zoom
    place = Place(
        frame.centre[0] + chance.bell(0.06) * inner,
        frame.centre[1] + chance.bell(0.06) * inner,
        chance.between((0.0, 90.0)) if chance.happens(0.33) else chance.bell(4.0),
    )
    whole = (slice(0, frame.size), slice(0, frame.size))
    along, across = place.axes(whole)
    if chance.happens(ground.neighbours):
        pitch = 2 * (inner + rim) * chance.between((1.02, 1.35))
        along, across = _folded(along, pitch), _folded(across, pitch)
    corner = 1.0 if chance.pick(ground.pots) == "round" else chance.between((0.06, 0.35))
    edge, light = _walls(along, across, inner, corner)
    _paint_pot(chance, ground, edge, light, rim, zoom, soil, bench)


def paint_tray(chance: Chance, ground: Ground, frame: Frame, soil: Easel, bench: Easel) -> None:
    """Lay a tray of cells, each with soil; as `paint_pots`."""
    zoom = frame.zoom
    inner = chance.between_log((110.0, 280.0)) * zoom
    rim = chance.between_log((6.0, 40.0)) * zoom
    row, column = (middle + chance.bell(0.1) * inner for middle in frame.centre)
    place = Place(row, column, chance.bell(3.0))
    along, across = place.axes((slice(0, frame.size), slice(0, frame.size)))
    pitch = 2 * inner + rim
    count = chance.whole(0, 3), chance.whole(0, 3)
    far = np.maximum(
        np.abs(along) - np.float32((count[0] + 0.5) * pitch), np.abs(across) - np.float32((count[1] + 0.5) * pitch)
    )
    edge, light = _walls(_folded(along, pitch), _folded(across, pitch), inner, chance.between((0.05, 0.4)))
    outer = chance.between((0.5, 3.0)) * rim
    edge = np.maximum(edge, far + np.float32(rim / 2))
    _paint_pot(chance, ground, edge, light, rim / 2 + 1, zoom, soil, bench, far - np.float32(outer))


def _folded(away: Pixels, pitch: float) -> Pixels:
    """Repeat what lies around the middle at every multiple of the pitch."""
    return away - np.float32(pitch) * np.rint(away * np.float32(1 / pitch))


def _walls(along: Pixels, across: Pixels, inner: float, corner: float) -> tuple[Pixels, Pixels]:
    """Signed distance from the inner wall in pixels, and the direction across it (1 towards ``along``)."""
    if corner >= 1:
        away = np.sqrt(along * along + across * across)
        light = along / np.clip(away, 1e-3, None)
        return away - np.float32(inner), light
    straight = np.float32(inner * (1 - corner))
    right, down = np.abs(along) - straight, np.abs(across) - straight
    inside = np.clip(np.maximum(right, down), None, 0)
    right, down = np.clip(right, 0, None), np.clip(down, 0, None)
    away = np.sqrt(right * right + down * down)
    light = np.copysign(right, along) / np.clip(away, 1e-3, None)
    return away + inside - np.float32(inner - straight), light


def _paint_pot(
    chance: Chance,
    ground: Ground,
    edge: Pixels,
    light: Pixels,
    rim: float,
    zoom: float,
    soil: Easel,
    bench: Easel,
    far: Pixels | None = None,
) -> None:
    """Shade the soil by the wall, paint the rim, put both on the bench."""
    outside = edge - np.float32(rim) if far is None else far
    deep = np.float32(1 / (chance.between((4.0, 50.0)) * zoom + 1))
    soil.shade(1 - np.float32(chance.between((0.2, 0.85))) * np.clip(1 + edge * deep, 0, 1))
    # The pot's own shade on what it stands on.
    bench.shade(1 - np.float32(0.5) * np.clip(1 - outside * np.float32(1 / (20 * zoom + 1)), 0, 1))
    inside = soft(edge)
    at = np.flatnonzero((outside < 1) & (edge > -1))
    wear = cloud(chance.stream("wear"), edge.shape, 12 * zoom).take(at)
    cover = soft(outside.take(at))
    colour = tinted(chance, PLASTICS[chance.pick(ground.plastics)], 0.2)
    tone = _profile(chance, edge.take(at), light.take(at), rim)
    tone += np.float32(0.02) * wear
    bench.lay_at(at, cover, [tone * np.float32(part) for part in colour], 12 * zoom, chance.between((0.05, 0.5)))
    # Some soil sticks to the rim.
    dirt = np.clip(wear * 2 - np.float32(chance.between((2.6, 7.0))), 0, 1) * cover
    inside.reshape(-1)[at] = np.maximum(inside.take(at), dirt)
    for plane, below in zip(bench.planes, soil.planes, strict=True):
        blend(plane, below, inside)


def _profile(chance: Chance, edge: Pixels, light: Pixels, rim: float) -> Pixels:
    """Return the brightness across the rim: dark flanks, a bright line where it is roundest, mostly on one side."""
    at = edge * np.float32(1 / max(rim, 1.0))
    tone = np.float32(0.75) + np.float32(0.35) * np.clip(4 * at * (1 - at), 0, 1)
    where, width = chance.between((0.2, 0.9)), chance.between((0.06, 0.25)) + 0.7 / max(rim, 1.0)
    line = np.clip(1 - np.abs(at - np.float32(where)) * np.float32(1 / width), 0, 1)
    side = 1 if chance.happens(0.5) else -1
    strength = chance.between((0.1, 1.5))
    tone += line * (np.float32(0.6 * strength) + np.float32(0.6 * strength * side) * light)
    return tone


def paint_plug(chance: Chance, frame: Frame, soil: Easel, bench: Easel) -> None:
    """Let the soil come out of a ragged hole around the plant's foot; as `paint_pots`."""
    place = Place(*frame.centre, 0.0)
    radius = chance.between_log((16.0, 130.0)) * frame.zoom
    window = place.window(bench.shape, 1.6 * radius + 2, 1.6 * radius + 2)
    if window is None:
        return
    along, across = place.axes(window)
    edge = np.sqrt(along * along + across * across) - np.float32(radius)
    edge += cloud(chance.stream("ragged"), edge.shape, 0.5 * radius) * np.float32(chance.between((0.02, 0.2)) * radius)
    part = bench.at(window)
    part.shade(1 - np.float32(0.5) * np.clip(1 - np.abs(edge) * np.float32(1 / (5 * frame.zoom + 1)), 0, 1))
    for plane, below in zip(part.planes, soil.at(window).planes, strict=True):
        blend(plane, below, soft(edge))
