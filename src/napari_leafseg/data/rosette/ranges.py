"""What a drawn rosette may look like: frozen ranges, from which one integer chooses one plant.

Must not know how anything is drawn. Sizes are in pixels of the reference photograph, which is 512
pixels wide and shows one pot; angles in degrees; shares, probabilities and colours 0 to 1.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from napari_leafseg.core.params import FrozenModel
from napari_leafseg.data.rosette.chance import Range


class Ground(FrozenModel):
    """What lies under and around the plant.

    Attributes
    ----------
    kinds
        Weight of each kind of ground: ``"peat"`` in a pot, ``"mat"`` (wet, black, with reflections) ...
    moss
        Share of the soil that moss and algae cover, where there is any.
    mossy
        Probability that there is any.
    """

    kinds: Mapping[str, float] = Field(default_factory=lambda: {"peat": 1.0})
    mossy: float = 0.4
    moss: Range = (0.0, 0.5)


class Light(FrozenModel):
    """Where light comes from and what it does.

    Attributes
    ----------
    elevation
        Of the lamp above the horizon.
    shadow
        Darkness of what a leaf shades.
    """

    elevation: Range = (35.0, 80.0)
    shadow: Range = (0.1, 0.6)


class Camera(FrozenModel):
    """What the camera makes of it.

    Attributes
    ----------
    blur
        Deviation of the defocus.
    jpeg
        Quality, 1 to 100.
    """

    blur: Range = (0.0, 1.2)
    jpeg: Range = (40.0, 98.0)
