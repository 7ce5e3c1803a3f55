"""Multi-scale attention of the DAG-Mask branch, in every arrangement of the paper's Table 2.

Each module scales its input, value by value; none knows what the features mean.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import batch_norm

from napari_leafseg.models.leafmask.params import LeafMaskConfig


class PooledNorm(nn.BatchNorm2d):
    """Batch normalisation of one vector per image, which also trains on a single image.

    A batch of one has no deviation, and plain batch normalisation refuses it; here the running
    statistics stand in.
    """

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - torch's name
        """(B, C, 1, 1) to the same."""
        if self.training and input.shape[0] * input.shape[2] * input.shape[3] == 1:
            return batch_norm(input, self.running_mean, self.running_var, self.weight, self.bias, False, 0.0, self.eps)
        return super().forward(input)


def _bottleneck(channels: int, ratio: int, norm: type[nn.Module]) -> nn.Sequential:
    """Two point-wise convolutions, narrow between."""
    hidden = max(channels // ratio, 1)
    return nn.Sequential(
        nn.Conv2d(channels, hidden, 1), norm(hidden), nn.ReLU(), nn.Conv2d(hidden, channels, 1), norm(channels)
    )


class _Local(nn.Sequential):
    """The point-wise context that both attentions add: what each pixel says by itself."""

    def __init__(self, config: LeafMaskConfig) -> None:
        super().__init__(*_bottleneck(_width(config), config.attention_ratio, nn.BatchNorm2d))


def _width(config: LeafMaskConfig) -> int:
    return config.mask_channels * config.mask_expansion


class ChannelAttention(nn.Module):
    """Which channels matter (Fig. 5): maximum and mean over the image through shared layers, and a local branch.

    Parameters
    ----------
    config
        Width, ratio and normalisation.
    local
        The local branch; ``None`` for the global ones only (G-CAM).
    """

    def __init__(self, config: LeafMaskConfig, local: nn.Module | None) -> None:
        super().__init__()
        norm = PooledNorm if config.pooled_norm else nn.Identity
        self.shared = _bottleneck(_width(config), config.attention_ratio, norm)
        self.local = local

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, h, w) to weights 0 to 1 of that size, or (B, C, 1, 1) without a local branch."""
        total = self.shared(x.amax((2, 3), keepdim=True)) + self.shared(x.mean((2, 3), keepdim=True))
        return torch.sigmoid(total if self.local is None else total + self.local(x))


class SpatialAttention(nn.Module):
    """Which places matter (Fig. 4): maximum and mean over the channels, widely convolved, and a local branch."""

    def __init__(self, config: LeafMaskConfig, local: nn.Module) -> None:
        super().__init__()
        channels = _width(config)
        hidden = max(channels // config.attention_ratio, 1)
        self.wide = nn.Sequential(
            nn.Conv2d(2, hidden, 7, padding=3, bias=False),
            nn.BatchNorm2d(hidden),
            nn.ReLU(),
            nn.Conv2d(hidden, channels, 1),
            nn.BatchNorm2d(channels),
        )
        self.local = local

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, h, w) to weights 0 to 1 of the same size."""
        return torch.sigmoid(self.wide(_over_channels(x)) + self.local(x))


def _over_channels(x: Tensor) -> Tensor:
    return torch.cat([x.amax(1, keepdim=True), x.mean(1, keepdim=True)], 1)


class _PlainSpatial(nn.Module):
    """CBAM's spatial attention (Woo et al. 2018): one weight per place, for all channels."""

    def __init__(self) -> None:
        super().__init__()
        self.wide = nn.Sequential(nn.Conv2d(2, 1, 7, padding=3, bias=False), nn.BatchNorm2d(1))

    def forward(self, x: Tensor) -> Tensor:
        return torch.sigmoid(self.wide(_over_channels(x)))


class _Squeeze(nn.Module):
    """SE's channel attention (Hu et al. 2018): the mean only."""

    def __init__(self, config: LeafMaskConfig) -> None:
        super().__init__()
        self.layers = _bottleneck(_width(config), config.attention_ratio, nn.Identity)

    def forward(self, x: Tensor) -> Tensor:
        return torch.sigmoid(self.layers(x.mean((2, 3), keepdim=True)))


class Sequence(nn.Module):
    """Attentions one after another, each scaling what the one before left."""

    def __init__(self, *attentions: nn.Module) -> None:
        super().__init__()
        self.attentions = nn.ModuleList(attentions)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, h, w) to the same."""
        for attention in self.attentions:
            x = attention(x) * x
        return x


class Parallel(nn.Module):
    """Attentions of the same input, whose results are added."""

    def __init__(self, *attentions: nn.Module) -> None:
        super().__init__()
        self.attentions = nn.ModuleList(attentions)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, h, w) to the same."""
        return torch.stack([attention(x) for attention in self.attentions]).sum(0) * x


def build_attention(config: LeafMaskConfig) -> nn.Module:
    """Make the attention that a configuration names: (B, C, h, w) to the same."""
    if config.attention == "gl_dam":
        return _dual(config)
    parts: dict[str, Callable[[], list[nn.Module]]] = {
        "none": list,
        "se": lambda: [_Squeeze(config)],
        "cbam": lambda: [ChannelAttention(config, None), _PlainSpatial()],
        "g_cam": lambda: [ChannelAttention(config, None)],
        "gl_cam": lambda: [ChannelAttention(config, _Local(config))],
        "gl_sam": lambda: [SpatialAttention(config, _Local(config))],
    }
    return Sequence(*parts[config.attention]())


def _dual(config: LeafMaskConfig) -> nn.Module:
    spatial = SpatialAttention(config, _Local(config))
    shared = config.arrangement == "parallel_shared"
    channel = ChannelAttention(config, spatial.local if shared else _Local(config))
    match config.arrangement:
        case "spatial_channel":
            return Sequence(spatial, channel)
        case "channel_spatial":
            return Sequence(channel, spatial)
        case "parallel" | "parallel_shared":
            return Parallel(spatial, channel)
