"""What the configurations of all networks have in common. Imports no torch."""

from __future__ import annotations

from typing import Literal

from napari_leafseg.core.params import FrozenModel


class NetworkConfig(FrozenModel):
    """How images reach the network.

    Attributes
    ----------
    contrast
        How images are normalised (`core.image.as_rgb`).
    """

    contrast: Literal["range", "stretch"] = "stretch"
