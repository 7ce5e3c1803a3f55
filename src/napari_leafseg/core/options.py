"""What running the network depends on, apart from the live parameters. Knows no method."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from napari_leafseg.core.errors import ParameterError
from napari_leafseg.core.params import FrozenModel

MIN_TILE = 64
AUTO_TILE = 1024
# Up to here a whole image needs less memory than a browser tab and is faster in one piece.
AUTO_TILE_ABOVE = 2048 * 2048


class EncodeOptions(FrozenModel):
    """What running the network depends on; changing one of these runs it again.

    Attributes
    ----------
    object_size
        Typical diameter of the image's objects, in its pixels; the image is resized so that
        they get the size the weights know. ``None``: weights that learned a range of sizes find it by
        themselves (`core.scale`), for others the image is taken as it is.
    tile
        ``"auto"`` cuts images that are large for the network, ``"off"`` never, a number
        always, into tiles of that side (network pixels).
    precision
        ``"auto"`` is half precision on CUDA and full precision elsewhere.
    device
        ``"auto"`` takes CUDA, else MPS, else the CPU.
    """

    object_size: float | None = Field(None, ge=1, le=10_000, title="Object size")
    tile: Literal["auto", "off"] | int = Field("auto", title="Tiles")
    precision: Literal["auto", "fp32", "bf16"] = Field("auto", title="Precision")
    device: Literal["auto", "cpu", "cuda", "mps"] = Field("auto", title="Device")

    def model_post_init(self, _context: Any) -> None:
        """Refuse tiles too small to hold an object."""
        if isinstance(self.tile, int) and self.tile < MIN_TILE:
            raise ParameterError(f"tile = {self.tile} is too small; tile takes auto, off, or at least {MIN_TILE} px.")
