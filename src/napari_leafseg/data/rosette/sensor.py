"""What a sensor and its file do to a picture: noise, colour mosaic, sharpening, JPEG. Must know no plant."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from napari_leafseg.data.rosette.chance import Chance
from napari_leafseg.data.rosette.filters import blurred, shifted
from napari_leafseg.data.rosette.ranges import Camera
from napari_leafseg.data.rosette.texture import Pixels, cloud


def sensed(chance: Chance, camera: Camera, planes: list[Pixels]) -> list[Pixels]:
    """Add noise, and guess colours from a mosaic, where the camera does.

    Parameters
    ----------
    chance
        Stream to draw from.
    camera
        What may happen.
    planes
        Red, green and blue, float32 of one shape.
    """
    amount = chance.between_log(camera.noise)
    blotches, wave = amount * chance.between(camera.colour_noise), chance.between_log((4.0, 24.0))
    mosaic, grain, blotch = chance.happens(camera.mosaic), chance.stream("grain"), chance.stream("blotch")
    noisy = []
    for plane in planes:
        noise = _grain(grain, plane) * np.float32(amount)
        if blotches > 0:
            noise += cloud(blotch, (plane.shape[0], plane.shape[1]), wave) * np.float32(blotches)
        noise += plane
        noisy.append(noise)
    return demosaiced(noisy) if mosaic else noisy


def _grain(chance: Chance, plane: Pixels) -> Pixels:
    """Draw what differs from pixel to pixel.

    The grains of light show nearly alike everywhere on a screen's scale; the electronics' own noise shows in the dark.
    """
    noise: Pixels = chance.bells(*plane.shape)
    noise *= np.float32(1.3) - np.minimum(plane, np.float32(1))
    return noise


def demosaiced(planes: list[Pixels]) -> list[Pixels]:
    """Keep one colour of each pixel, in the order of Bayer's mosaic, and guess the others from its neighbours."""
    red, green, blue = (np.zeros_like(plane) for plane in planes)
    red[::2, ::2] = planes[0][::2, ::2]
    green[::2, 1::2], green[1::2, ::2] = planes[1][::2, 1::2], planes[1][1::2, ::2]
    blue[1::2, 1::2] = planes[2][1::2, 1::2]
    return [_spread(red), _crossed(green), _spread(blue)]


def _spread(sites: Pixels) -> Pixels:
    """Interpolate what is known in every second row and column."""
    total = sites.copy()
    for rows, columns in ((1, 0), (0, 1)):
        ahead, behind = _moved(total, rows, columns), _moved(total, -rows, -columns)
        total += (ahead + behind) * np.float32(0.5)
    return total


def _crossed(sites: Pixels) -> Pixels:
    """Interpolate what is known as on the white squares of a chessboard."""
    across = _moved(sites, 0, 1) + _moved(sites, 0, -1)
    return sites + (across + _moved(sites, 1, 0) + _moved(sites, -1, 0)) * np.float32(0.25)


def _moved(sites: Pixels, rows: int, columns: int) -> Pixels:
    """Bring the neighbour's value; beyond the border, that of the neighbour on the other side."""
    moved = shifted(sites, rows, columns)
    if rows:
        edge, inner = (-1, -2) if rows > 0 else (0, 1)
        moved[edge] = sites[inner]
    if columns:
        edge, inner = (-1, -2) if columns > 0 else (0, 1)
        moved[:, edge] = sites[:, inner]
    return moved


def sharpened(planes: list[Pixels], amount: float, wide: float) -> list[Pixels]:
    """Exaggerate what differs from its blurred self, halos included."""
    return [plane + (plane - blurred(plane, wide)) * np.float32(amount) for plane in planes]


def compressed(image: NDArray[np.uint8], quality: int, halved: bool) -> NDArray[np.uint8]:
    """Write and read as JPEG, (rows, columns, 3), with colours at half the resolution or at all of it."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=quality, subsampling=2 if halved else 0)
    with Image.open(file) as read:
        return np.asarray(read)
