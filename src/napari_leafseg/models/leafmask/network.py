"""LeafMask's network: backbone, pyramid, detector, mask branch and point predictor put together (Fig. 2).

Knows nothing of matching, losses or decoding.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torchvision.ops import FeaturePyramidNetwork
from torchvision.ops.feature_pyramid_network import LastLevelP6P7

from napari_leafseg.models.leafmask.detector import Detector, Locations
from napari_leafseg.models.leafmask.mask_branch import MaskBranch, SemanticHead
from napari_leafseg.models.leafmask.params import LeafMaskConfig
from napari_leafseg.models.leafmask.refine import PointHead
from napari_leafseg.nets.encoder import CompactEncoder
from napari_leafseg.nets.imagenet import normalised
from napari_leafseg.nets.resnet import Depth, ResNetEncoder

_STRIDES = (2, 4, 8, 16, 32)
_DEPTHS: dict[str, Depth] = {"resnet18": 18, "resnet50": 50, "resnet101": 101}


@dataclass
class Output:
    """What the network says of a batch.

    Attributes
    ----------
    locations
        Where the detector looked; L in all.
    logits
        (B, L): an object, or not.
    distances
        (B, L, 4): to the box's left, top, right and bottom, in strides of the location.
    centreness
        (B, L) logits: how central the location lies in its box.
    towers
        The box tower's maps, where the coefficients come from.
    bases
        (B, K, H / s, W / s), s being half the finest stride.
    fine
        (B, channels, h, w): the pyramid's finest level.
    """

    locations: Locations
    logits: Tensor
    distances: Tensor
    centreness: Tensor
    towers: list[Tensor]
    bases: Tensor
    fine: Tensor


class _ExtraLevels(LastLevelP6P7):
    """P6 and P7 in full precision.

    They cost nothing, and in bfloat16 a processor's convolution with stride 2 of a map of one
    pixel (P6 of an image of 64) leaves parts of its weights' gradient unwritten: NaN at times.
    """

    def forward(self, p: list[Tensor], c: list[Tensor], names: list[str]) -> tuple[list[Tensor], list[str]]:
        """Append both levels to the pyramid."""
        with torch.autocast(p[-1].device.type, enabled=False):
            found: tuple[list[Tensor], list[str]] = super().forward(
                [x.float() for x in p], [x.float() for x in c], names
            )
        return found


class LeafMaskNetwork(nn.Module):
    """Every part of the method that is learned.

    Parameters
    ----------
    config
        What it is made of.
    """

    def __init__(self, config: LeafMaskConfig) -> None:
        super().__init__()
        self.config = config
        self.backbone = _backbone(config)
        self._first = _STRIDES.index(config.finest)
        widths = list(self.backbone.widths[self._first :])
        extra = _ExtraLevels(config.channels, config.channels) if config.extra_levels else None
        self.pyramid = FeaturePyramidNetwork(widths, config.channels, extra)
        self.detector = Detector(config)
        self.masks = MaskBranch(config, len(widths))
        self.semantic = SemanticHead(config)
        self.points = PointHead(config.channels, config.point_channels)
        self._levels = len(widths)

    @property
    def base_stride(self) -> int:
        """Network pixels per cell of the bases."""
        return self.config.finest // 2

    def forward(self, image: Tensor) -> Output:
        """(B, 3, H, W), values 0 to 1, sides multiples of 32."""
        maps = self.backbone(normalised(image) if self.config.imagenet else image)[self._first :]
        pyramid = list(self.pyramid({str(i): level for i, level in enumerate(maps)}).values())
        shapes = tuple((level.shape[2], level.shape[3]) for level in pyramid)
        strides = tuple(self.config.finest * 2**i for i in range(len(pyramid)))
        logits = self.detector.classes(pyramid)
        distances, centreness, towers = self.detector.boxes(pyramid)
        bases = self.masks(pyramid[: self._levels])
        locations = Locations(shapes, strides, image.device)
        return Output(locations, logits, distances, centreness, towers, bases, pyramid[0])


def _backbone(config: LeafMaskConfig) -> CompactEncoder | ResNetEncoder:
    if config.backbone == "compact":
        return CompactEncoder()
    backbone = ResNetEncoder(_DEPTHS[config.backbone], frozen_norm=config.frozen)
    if config.frozen:
        for part in (backbone.conv1, backbone.bn1, backbone.layer1):
            part.requires_grad_(False)
    return backbone
