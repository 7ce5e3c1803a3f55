"""The picture while it is being drawn: what the camera looks at, before light and camera change it.

Must not know what is drawn on it.
"""

from __future__ import annotations

from dataclasses import dataclass

from napari_leafseg.data.rosette.texture import Pixels

REFERENCE = 512
"""Width of the reference photograph, in pixels."""


@dataclass(frozen=True)
class Frame:
    """What part of the world the picture shows.

    Attributes
    ----------
    size
        Height and width, in pixels.
    zoom
        Pixels per pixel of the reference photograph (512 wide, one pot of radius about 235).
    centre
        Row and column of the plant's and the pot's middle.
    """

    size: int
    zoom: float
    centre: tuple[float, float]


@dataclass
class Canvas:
    """What has been drawn so far.

    Attributes
    ----------
    image
        float32 (size, size, 3): RGB as a screen shows it, 0 to 1, in even light; best a view of three
        whole planes.
    height
        float32 (size, size): above the soil, in pixels of the picture.
    gloss
        float32 (size, size): how much the surface mirrors the lamp, 0 to 1.
    """

    image: Pixels
    height: Pixels
    gloss: Pixels
