"""Takes the photograph: lens, sensor, tones, file. Must know no plant, only where it is and how high it stands."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from napari_leafseg.data.rosette.chance import Chance
from napari_leafseg.data.rosette.optics import through_lens
from napari_leafseg.data.rosette.ranges import Camera
from napari_leafseg.data.rosette.scene import Frame
from napari_leafseg.data.rosette.sensor import compressed, sensed, sharpened
from napari_leafseg.data.rosette.texture import Curve, Pixels, resized

_DARK, _TOE = 0.35, 0.06
"""What contrast leaves alone, and below what it lets the dark fade out gently; 0 to 1."""


def expose(
    chance: Chance, camera: Camera, frame: Frame, light: Pixels, height: Pixels, plant: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """Take a photograph.

    Parameters
    ----------
    chance
        Stream to draw from.
    camera
        What may happen.
    frame
        The part of the world that is shown.
    light
        float32 (S, S, 3): what arrives, RGB as a screen shows it; may exceed 1. Is not changed.
    height
        float32 (S, S): above the soil, in pixels, for what is out of focus.
    plant
        bool (S, S): what is never cut off.

    Returns
    -------
    NDArray
        uint8 (S, S, 3).
    """
    planes = _gained(chance.stream("gain"), camera, light)
    planes = through_lens(chance.stream("lens"), camera, frame, planes, height)
    planes = _reduced(chance.stream("coarse"), camera, planes)
    planes = sensed(chance.stream("sensor"), camera, planes)
    planes = _toned(chance.stream("tone"), camera, planes)
    sharp = chance.stream("sharp")
    if sharp.happens(camera.sharpened):
        planes = sharpened(planes, sharp.between(camera.sharpen), sharp.between((0.5, 1.4)))
    image = _stored(chance.stream("file"), camera, planes, frame.size)
    cut = chance.stream("cut")
    return _cut(cut, camera, frame, image, plant) if cut.happens(camera.cut) else image


def _gained(chance: Chance, camera: Camera, light: Pixels) -> list[Pixels]:
    """Choose exposure and white balance."""
    gain = round(2.0 ** chance.between(camera.exposure), 9)
    red, blue = (1 + chance.bell(camera.balance) for _ in range(2))
    gains = zip((red, 1.0, blue), np.moveaxis(light, -1, 0), strict=True)
    return [np.ascontiguousarray(plane) * np.float32(gain * tint) for tint, plane in gains]


def _reduced(chance: Chance, camera: Camera, planes: list[Pixels]) -> list[Pixels]:
    """Take fewer pixels, where the camera has fewer."""
    if not chance.happens(camera.coarse):
        return planes
    side = max(2, round(planes[0].shape[0] / chance.between(camera.reduction)))
    # resized() gives read-only planes.
    return [resized(plane, (side, side)).copy() for plane in planes]


def _toned(chance: Chance, camera: Camera, planes: list[Pixels]) -> list[Pixels]:
    """Bring saturation and tones to 0 to 1."""
    red, green, blue = planes
    grey = (red + blue + green * np.float32(2)) * np.float32(0.25)
    more = np.float32(chance.between(camera.saturation))
    tone = _tone(chance, camera)
    return [tone(grey + (plane - grey) * more) for plane in planes]


def _tone(chance: Chance, camera: Camera) -> Curve:
    """Draw a tone curve: bent, steeper or flatter around a dark grey, rounded off at both ends."""
    gamma, contrast = chance.between(camera.gamma), chance.between(camera.contrast)
    haze, clipped = chance.between(camera.haze), chance.between(camera.clipped)
    room = max(2 * (1 - clipped), 1e-6)

    def tone(light: NDArray[np.float64]) -> NDArray[np.float64]:
        bent = _DARK + contrast * (light**gamma - _DARK)
        bent = (bent + np.sqrt(bent**2 + _TOE**2)) / 2
        over = np.clip(bent - clipped, 0, room)
        return haze + (1 - haze) * (np.minimum(bent, clipped + room) - over**2 / (2 * room))

    return Curve(tone, 0.0, 2.0, 4096)


def _stored(chance: Chance, camera: Camera, planes: list[Pixels], size: int) -> NDArray[np.uint8]:
    """Round to grey levels, compress, and bring to the picture's size."""
    image = np.empty((*planes[0].shape, 3), np.uint8)
    for channel, plane in enumerate(planes):
        image[:, :, channel] = np.clip(plane * np.float32(255) + np.float32(0.5), 0, 255)
    packed, smooth, halved = chance.happens(camera.compressed), chance.happens(0.5), chance.happens(0.7)
    if packed:
        image = compressed(image, round(chance.between(camera.jpeg)), halved)
    if image.shape[0] == size:
        return image
    kind = Image.Resampling.BICUBIC if smooth else Image.Resampling.BILINEAR
    return np.asarray(Image.fromarray(image).resize((size, size), kind))


def _cut(
    chance: Chance, camera: Camera, frame: Frame, image: NDArray[np.uint8], plant: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """Blacken what lies outside a box or a circle around the plant."""
    rows, columns = np.flatnonzero(plant.any(1)), np.flatnonzero(plant.any(0))
    if not len(rows):
        return image
    margin = chance.between(camera.margin) * frame.zoom
    down, right = np.arange(frame.size)[:, None], np.arange(frame.size)[None, :]
    if chance.happens(0.5):
        kept = (down >= rows[0] - margin) & (down <= rows[-1] + margin)
        kept = kept & (right >= columns[0] - margin) & (right <= columns[-1] + margin)
    else:
        square = (2 * down - rows[0] - rows[-1]) ** 2 + (2 * right - columns[0] - columns[-1]) ** 2
        kept = square <= (math.isqrt(int(square[plant].max())) + 1 + 2 * margin) ** 2
    return image * kept[:, :, None].astype(np.uint8)
