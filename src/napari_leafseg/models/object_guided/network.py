"""The networks: backbone, detection decoder, heads for centres and sizes, and the segmentation branch.

Say where objects may be and draw masks in boxes handed to them; know nothing of losses or of which boxes are kept.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn.functional import pixel_shuffle

from napari_leafseg.models.object_guided.branch import Combination, Refined, SegmentationBranch
from napari_leafseg.models.object_guided.params import ObjectGuidedConfig
from napari_leafseg.models.object_guided.rois import Sizes, places, sample
from napari_leafseg.nets.encoder import CompactEncoder
from napari_leafseg.nets.resnet import ResNetEncoder

HEAD_STRIDE = 4
"""Of the feature map that the heads see."""


@dataclass
class Detection:
    """What the heads say, per cell of the heatmap.

    Attributes
    ----------
    heat
        (B, h, w) logits of a centre.
    size
        (B, 2, h, w): height and width, coded as the configuration says.
    offset
        (B, 2, h, w): row and column of the centre within its cell, 0 to 1.
    """

    heat: Tensor
    size: Tensor
    offset: Tensor


class ObjectGuidedNetwork(nn.Module):
    """Detection and segmentation as in the paper's Fig. 1.

    Attributes
    ----------
    stride
        Network pixels per cell of the heatmap.
    """

    def __init__(self, config: ObjectGuidedConfig) -> None:
        super().__init__()
        self.config = config
        self.stride = HEAD_STRIDE // config.subcells
        published = config.backbone == "resnet50"
        self.encoder = ResNetEncoder(50) if published else CompactEncoder()
        half, *middle = self.encoder.widths
        first = config.combine == "convolve_first"
        # Deepest first: to strides 16, 8 and 4.
        self.decoder = nn.ModuleList(
            Combination(deep, skip, nn.BatchNorm2d, convolve_first=first)
            for skip, deep in reversed(list(itertools.pairwise(middle)))
        )
        self.heat = _head(middle[0], config.head_width, 3, 1, config.subcells)
        self.size = _head(middle[0], config.head_width, config.size_kernel, 2, config.subcells)
        self.offset = _head(middle[0], config.head_width, 3, 2, config.subcells)
        nn.init.constant_(self.heat[-1].bias, config.heat_bias)  # type: ignore[arg-type]
        self.fine = _fine(config)
        self.branch = SegmentationBranch((config.fine_width, half, *middle[:-1]), config)

    def forward(self, image: Tensor) -> tuple[Detection, list[Tensor]]:
        """(B, 3, H, W), values 0 to 1, H and W multiples of 32, to what the heads say and the levels c1 to c5.

        c1 is full of features in the published arrangement; with grids it is the image itself, whose features are
        made after the samples were taken.
        """
        image = self._coloured(image)
        half, *maps = self.encoder(image)
        deep = [maps.pop()]
        for combine in self.decoder:
            deep.append(combine(deep[-1], maps.pop()))
        quarter = deep[-1]
        fine = self.fine(image) if self.config.rois == "native" else image
        return self._detection(quarter), [fine, half, *reversed(deep[1:])]

    def fine_map(self, image: Tensor) -> Tensor:
        """Only c1 of an image: (1, 3, h, w) to (1, channels, h, w)."""
        image = self._coloured(image)
        return self.fine(image) if self.config.rois == "native" else image

    def refined(self, levels: Sequence[Tensor], image: Tensor, boxes: Tensor, sizes: Sizes) -> Refined:
        """Run the branch on boxes of one group.

        Parameters
        ----------
        levels
            c1 to c5 from `forward`.
        image
            (m,) which image of the batch each box is in.
        boxes
            (m, 4), before their expansion.
        sizes
            Of the group.
        """
        patches = [
            sample(levels[i], image, *places(boxes, i, size, self.config)).to(levels[i].dtype)
            for i, size in enumerate(sizes)
        ]
        return self.branch(self.finished(patches))

    def finished(self, patches: list[Tensor]) -> list[Tensor]:
        """Make features of the finest patch where its samples are of the image."""
        return patches if self.config.rois == "native" else [self.fine(patches[0]), *patches[1:]]

    def _detection(self, quarter: Tensor) -> Detection:
        heat, size, offset = (
            pixel_shuffle(head(quarter).float(), self.config.subcells) for head in (self.heat, self.size, self.offset)
        )
        return Detection(heat[:, 0], size, offset)

    def _coloured(self, image: Tensor) -> Tensor:
        return image.flip(1) - 0.5 if self.config.colour == "bgr" else image


def _head(inputs: int, width: int, kernel: int, values: int, subcells: int) -> nn.Sequential:
    last = kernel if kernel > 3 else 1  # the published pair of 7 x 7 sees sizes; the others end in 1 x 1
    return nn.Sequential(
        nn.Conv2d(inputs, width, kernel, padding=kernel // 2),
        nn.ReLU(inplace=True),
        nn.Conv2d(width, values * subcells**2, last, padding=last // 2),
    )


def _fine(config: ObjectGuidedConfig) -> nn.Sequential:
    layers: list[nn.Module] = [nn.Conv2d(3, config.fine_width, 3, padding=1), nn.ReLU(inplace=True)]
    if config.rois == "native":
        layers += [nn.Conv2d(config.fine_width, config.fine_width, 3, padding=1), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


def build(config: ObjectGuidedConfig) -> ObjectGuidedNetwork:
    """Make the network of a configuration."""
    return ObjectGuidedNetwork(config)
