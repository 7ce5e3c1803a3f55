"""What a lens does to a picture: defocus, depth of field, shake, colour fringes, glow. Must know no plant."""

from __future__ import annotations

import numpy as np
from PIL import Image

from napari_leafseg.data.rosette.chance import Chance
from napari_leafseg.data.rosette.filters import blurred, shifted
from napari_leafseg.data.rosette.ranges import Camera
from napari_leafseg.data.rosette.scene import Frame
from napari_leafseg.data.rosette.texture import Pixels, resized
from napari_leafseg.data.rosette.uneven import along, direction


def through_lens(chance: Chance, camera: Camera, frame: Frame, planes: list[Pixels], height: Pixels) -> list[Pixels]:
    """Blur red, green and blue planes, float32 (S, S) each, as a lens that was not held still does."""
    fringe, bloom, shake, shallow = (chance.stream(name) for name in ("fringe", "bloom", "shake", "shallow"))
    if fringe.happens(camera.fringed):
        planes = _fringes(fringe, camera, frame, planes)
    if bloom.happens(camera.blooming):
        planes = _glow(bloom, camera, frame, planes)
    if shake.happens(camera.shaken):
        planes = _shake(shake, camera, frame, planes)
    if shallow.happens(camera.shallow):
        planes = _shallow(shallow, camera, frame, planes, height)
    blur = chance.between(camera.blur) * frame.zoom
    return [blurred(plane, blur) for plane in planes]


def _fringes(chance: Chance, camera: Camera, frame: Frame, planes: list[Pixels]) -> list[Pixels]:
    """Magnify red most and blue not at all, or the other way round."""
    most = min(chance.between(camera.fringe) * frame.zoom, frame.size / 8)
    across, down = chance.between((-0.6, 0.6)), chance.between((-0.6, 0.6))
    order = (1.0, 0.5, 0.0) if chance.happens(0.5) else (0.0, 0.5, 1.0)
    return [_magnified(plane, most * part, across, down) for plane, part in zip(planes, order, strict=True)]


def _magnified(plane: Pixels, border: float, across: float, down: float) -> Pixels:
    """Stretch what lies within a border over the whole picture; the border is wider on one side than the other."""
    if border == 0:
        return plane
    rows, columns = plane.shape
    box = (
        border * (1 + across),
        border * (1 + down),
        columns - border * (1 - across),
        rows - border * (1 - down),
    )
    return np.asarray(Image.fromarray(plane).resize((columns, rows), Image.Resampling.BILINEAR, box=box))


def _glow(chance: Chance, camera: Camera, frame: Frame, planes: list[Pixels]) -> list[Pixels]:
    amount, wide = chance.between(camera.bloom), chance.between_log((4.0, 30.0)) * frame.zoom
    shape, small = (frame.size, frame.size), max(2, frame.size // 4)
    glow = []
    for plane in planes:
        bright = np.maximum(plane - np.float32(0.6), 0)
        glow.append(plane + resized(blurred(resized(bright, (small, small)), wide / 4), shape) * np.float32(amount))
    return glow


def _shake(chance: Chance, camera: Camera, frame: Frame, planes: list[Pixels]) -> list[Pixels]:
    rows, columns = direction(chance)
    length = chance.between(camera.shake) * frame.zoom
    reach = round(length / 2)
    if reach == 0:
        return planes
    places = {(round(rows * at), round(columns * at)) for at in range(-reach, reach + 1)}
    return [_mean(plane, sorted(places)) for plane in planes]


def _mean(plane: Pixels, places: list[tuple[int, int]]) -> Pixels:
    total = np.zeros_like(plane)
    for place in places:
        total += shifted(plane, *place)
    return total * np.float32(1 / len(places))


def _shallow(chance: Chance, camera: Camera, frame: Frame, planes: list[Pixels], height: Pixels) -> list[Pixels]:
    """Leave sharp what is near one height, or on one side of the picture."""
    top = float(height.max())
    if top > 0 and chance.happens(0.6):
        focus, far = (top if chance.happens(0.6) else 0.0), top * chance.between((0.4, 1.0))
        off = np.abs(height - np.float32(focus)) * np.float32(1 / far)
    else:
        off = along(chance, frame.size) + np.float32(chance.between((-0.3, 0.8)))
    off = np.clip(off, 0, 1)
    deviation = chance.between(camera.depth) * frame.zoom
    return [plane + off * (blurred(plane, deviation) - plane) for plane in planes]
