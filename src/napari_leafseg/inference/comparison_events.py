"""What a comparison of two weights files tells while it goes on. Knows nothing of how it is made."""

from __future__ import annotations

from typing import Literal

from napari_leafseg.core.params import FrozenModel


class Compared(FrozenModel):
    """Images were segmented with the weights before and after a training; figures by name."""

    kind: Literal["compared"] = "compared"
    set: str
    before: dict[str, float]
    after: dict[str, float]
    images: int
