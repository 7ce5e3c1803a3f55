"""What the configurations of all networks have in common. Imports no torch."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from napari_leafseg.core.params import FrozenModel


class NetworkConfig(FrozenModel):
    """How images reach the network.

    Attributes
    ----------
    contrast
        How images are normalised (`core.image.as_rgb`).
    """

    contrast: Literal["range", "stretch"] = "stretch"


class EmbeddingConfig(NetworkConfig):
    """Besides, of networks that say one vector per pixel.

    Attributes
    ----------
    input_size
        Fixed input height and width, to which images are stretched (as published), or ``None``.
    imagenet
        Whether inputs are shifted and scaled by the ImageNet mean and deviation.
    """

    input_size: int | None = Field(None, ge=32, multiple_of=32)
    imagenet: bool = False
