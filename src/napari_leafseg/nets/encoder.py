"""The encoder that the compact presets share: a residual pyramid from stride 2 to 32."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray
from torch import Tensor, nn

from napari_leafseg.nets.blocks import Residual, conv_norm_relu
from napari_leafseg.nets.freezing import Freezable

_BLOCKS = (1, 1, 2, 2)


class CompactEncoder(Freezable):
    """2.4 M parameters; batch normalisation, so that its training needs no warm start.

    It begins at half resolution: on a processor, memory traffic at full resolution would
    cost more than all the rest.
    """

    widths = (32, 48, 96, 160, 192)
    """Channels of its outputs, at strides 2, 4, 8, 16 and 32."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = conv_norm_relu(3, self.widths[0], kernel=5, stride=2)
        self.stages = nn.ModuleList(
            nn.Sequential(Residual(inputs, outputs, stride=2), *(Residual(outputs, outputs) for _ in range(blocks - 1)))
            for inputs, outputs, blocks in zip(self.widths[:-1], self.widths[1:], _BLOCKS, strict=True)
        )

    def forward(self, image: Tensor) -> list[Tensor]:
        """(B, 3, H, W) to five maps (B, widths[i], H / 2^(i+1), W / 2^(i+1))."""
        maps = [self.stem(image)]
        for stage in self.stages:
            maps.append(stage(maps[-1]))
        return maps


def encoder_of(tensors: Mapping[str, NDArray[Any]], like: Mapping[str, Tensor]) -> dict[str, NDArray[Any]] | None:
    """Take the encoder's tensors out of those of a whole network, whatever the network calls it.

    Parameters
    ----------
    tensors
        Of a weights file, by name.
    like
        State of a `CompactEncoder`.

    Returns
    -------
    dict or None
        Named as in ``like``; ``None`` if the network has no such encoder.
    """
    first = next(iter(like))
    for name in tensors:
        prefix = name.removesuffix(first)
        found = {key: tensors[prefix + key] for key in like if prefix + key in tensors}
        if len(found) == len(like) and all(found[key].shape == like[key].shape for key in like):
            return found
    return None
