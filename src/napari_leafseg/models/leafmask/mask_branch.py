"""The DAG-Mask branch: bases for the whole image from the pyramid's finest levels (section 3.1, Fig. 3).

Knows nothing of boxes or objects.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from napari_leafseg.models.leafmask.attention import build_attention
from napari_leafseg.models.leafmask.params import LeafMaskConfig
from napari_leafseg.nets.blocks import conv_norm_relu


def _resized(x: Tensor, like: Tensor | tuple[int, int]) -> Tensor:
    size = (like.shape[2], like.shape[3]) if isinstance(like, Tensor) else like
    return interpolate(x, size=size, mode="bilinear", align_corners=False)


class MaskBranch(nn.Module):
    """Pyramid levels to K bases at half the finest stride.

    Parameters
    ----------
    config
        Widths, attention and the number of bases.
    levels
        How many pyramid levels go in, finest first.
    """

    def __init__(self, config: LeafMaskConfig, levels: int) -> None:
        super().__init__()
        width = config.mask_channels
        wide = width * config.mask_expansion
        self.laterals = nn.ModuleList(conv_norm_relu(config.channels, width) for _ in range(levels))
        self.tower = nn.Sequential(*(conv_norm_relu(width, width) for _ in range(3)))
        self.widen = nn.Sequential(conv_norm_relu(width, wide, kernel=1), conv_norm_relu(wide, wide))
        self.attention = build_attention(config)
        self.narrow = conv_norm_relu(wide, width, kernel=1)
        self.sharpen = conv_norm_relu(width, width)
        self.bases = nn.Conv2d(width, config.bases, 1)
        _start(self)

    def forward(self, pyramid: list[Tensor]) -> Tensor:
        """(B, channels, h, w), ... to (B, K, 2h, 2w)."""
        first = self.laterals[0](pyramid[0])
        for lateral, level in zip(list(self.laterals)[1:], pyramid[1:], strict=True):
            first = first + _resized(lateral(level), first)
        x = self.attention(self.widen(self.tower(first)))
        x = torch.relu(self.narrow(x) + first)
        return self.bases(self.sharpen(_resized(x, (2 * x.shape[2], 2 * x.shape[3]))))


class SemanticHead(nn.Sequential):
    """Background or object, at the finest pyramid level; in training only, for L_sem.

    (B, channels, h, w) to logits (B, 2, h, w).
    """

    def __init__(self, config: LeafMaskConfig) -> None:
        width = config.mask_channels
        super().__init__(conv_norm_relu(config.channels, width), conv_norm_relu(width, width), nn.Conv2d(width, 2, 1))
        _start(self)


def _start(module: nn.Module) -> None:
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_uniform_(layer.weight, a=1)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
