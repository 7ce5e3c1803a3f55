"""ClusterNet: from a map of how likely pixels belong to a cluster, to the object's mask.

The paper's sections 3.4 and 4.4. Knows maps only, not where they come from.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from napari_leafseg.models.deep_embedding.params import DeepEmbeddingConfig
from napari_leafseg.nets.resize import resized


def _block(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


def _double(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(_block(inputs, outputs), _block(outputs, outputs))


class _Up(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.narrow = _block(inputs, outputs)
        self.merge = _double(2 * outputs, outputs)

    def forward(self, below: Tensor, skip: Tensor) -> Tensor:
        up = resized(below, skip.shape[2:], align_corners=True)
        return self.merge(torch.cat([skip, self.narrow(up)], 1))


class ClusterNet(nn.Module):
    """A U-Net (Ronneberger et al. 2015) for one cluster at a time.

    Parameters
    ----------
    inputs
        Maps per cluster.
    widths
        Channels of its levels; the last is the bottom.

    Attributes
    ----------
    trained
        Whether it has learnt anything; kept with the weights, so that nobody asks an untrained one.
    """

    trained: Tensor

    def __init__(self, inputs: int, widths: tuple[int, ...]) -> None:
        super().__init__()
        self.inputs = inputs
        self.down = nn.ModuleList(
            _double(before, after) for before, after in zip((inputs, *widths[:-1]), widths, strict=True)
        )
        self.up = nn.ModuleList(_Up(below, above) for below, above in zip(widths[:0:-1], widths[-2::-1], strict=True))
        self.head = nn.Conv2d(widths[0], 1, 1)
        self.register_buffer("trained", torch.tensor(0, dtype=torch.int64))

    @property
    def multiple(self) -> int:
        """Sides are padded to a multiple of this."""
        return 2 ** len(self.up)

    def forward(self, maps: Tensor) -> Tensor:
        """(n, inputs, H, W) to logits (n, H, W)."""
        height, width = maps.shape[2:]
        bottom, right = -height % self.multiple, -width % self.multiple
        x = pad(maps, (0, right, 0, bottom), mode="replicate") if bottom or right else maps
        skips: list[Tensor] = []
        for block in self.down:
            skips.append(block(torch.max_pool2d(skips[-1], 2) if skips else x))
        x = skips.pop()
        for up in self.up:
            x = up(x, skips.pop())
        return self.head(x)[:, 0, :height, :width].float()


def build_cluster_net(config: DeepEmbeddingConfig) -> ClusterNet:
    """Make the ClusterNet of a configuration: 34.5 M parameters as published."""
    widths = (64, 128, 256, 512, 1024) if config.architecture == "resnet" else (16, 32, 64)
    return ClusterNet(1 + int(config.foreground), widths)
