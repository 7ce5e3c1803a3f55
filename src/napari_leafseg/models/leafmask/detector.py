"""The detector: FCOS heads over a pyramid, with the coefficient layer on the box tower.

Every location of every level is asked for an object; one flat list holds the locations of all
levels, finest level first. Knows nothing of matching, losses or masks.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial

import torch
from torch import Tensor, nn
from torch.nn.functional import linear, pad
from torchvision.models.detection._utils import BoxLinearCoder
from torchvision.models.detection.fcos import FCOSClassificationHead, FCOSRegressionHead

from napari_leafseg.models.leafmask.params import LeafMaskConfig

_coder = BoxLinearCoder(normalize_by_size=True)


@dataclass(frozen=True)
class Locations:
    """Where the detector looks.

    Attributes
    ----------
    shapes
        Height and width of each level.
    strides
        Image pixels per cell of each level.
    device
        Of the tensors below.
    """

    shapes: tuple[tuple[int, int], ...]
    strides: tuple[int, ...]
    device: torch.device

    @cached_property
    def centres(self) -> Tensor:
        """float32 (L, 2): x and y in network pixels, the middle of each cell."""
        parts = []
        for (height, width), stride in zip(self.shapes, self.strides, strict=True):
            y, x = ((torch.arange(n, device=self.device) + 0.5) * stride for n in (height, width))
            parts.append(torch.stack(torch.meshgrid(x, y, indexing="xy"), -1).reshape(-1, 2))
        return torch.cat(parts)

    @cached_property
    def level(self) -> Tensor:
        """int64 (L,): which level."""
        counts = torch.tensor([height * width for height, width in self.shapes])
        return torch.repeat_interleave(torch.arange(len(self.shapes)), counts).to(self.device)

    @cached_property
    def stride(self) -> Tensor:
        """float32 (L,): of the location's level."""
        return torch.tensor(self.strides, dtype=torch.float32, device=self.device)[self.level]

    @cached_property
    def anchors(self) -> Tensor:
        """float32 (L, 4): the cells as boxes x1, y1, x2, y2, which is what torchvision's coder refers to."""
        half = self.stride[:, None] / 2
        return torch.cat([self.centres - half, self.centres + half], 1)

    @cached_property
    def neighbours(self) -> Tensor:
        """int64 (L, 9): the 3 x 3 cells around each, in the table of `padded`."""
        parts, before = [], 0
        for height, width in self.shapes:
            wide = width + 2
            rows, columns = (torch.arange(n, device=self.device) for n in (height, width))
            corner = (rows[:, None] * wide + columns).reshape(-1, 1) + before
            steps = torch.arange(3, device=self.device)
            parts.append(corner + (steps[:, None] * wide + steps).reshape(1, 9))
            before += (height + 2) * wide
        return torch.cat(parts)


def padded(maps: list[Tensor]) -> Tensor:
    """Lay the levels' maps (B, C, h, w), with a border of zeros, end to end: (B, cells, C)."""
    return torch.cat([pad(x, (1, 1, 1, 1)).permute(0, 2, 3, 1).flatten(1, 2) for x in maps], 1)


def at_locations(layer: nn.Conv2d, table: Tensor, locations: Locations, image: Tensor, index: Tensor) -> Tensor:
    """Evaluate a 3 x 3 convolution at chosen locations only.

    The coefficient layer has hundreds of outputs, and a few hundred of many thousand locations need them.

    Parameters
    ----------
    layer
        3 x 3, stride 1, padding 1, with a bias.
    table
        Its input, from `padded`.
    locations
        Of the maps.
    image, index
        int64 (n,): which image, and which location of it.

    Returns
    -------
    (n, outputs), in the data type of ``table``.
    """
    patches = table[image[:, None], locations.neighbours[index]].flatten(1)
    weight = layer.weight.to(table).permute(0, 2, 3, 1).flatten(1)
    assert layer.bias is not None
    return linear(patches, weight, layer.bias.to(table))


def decode_boxes(distances: Tensor, locations: Locations, index: Tensor | None = None) -> Tensor:
    """Boxes x1, y1, x2, y2 in network pixels of distances (..., L, 4) to left, top, right, bottom in strides."""
    anchors = locations.anchors if index is None else locations.anchors[index]
    return _coder.decode(distances.float(), anchors)


def encode_boxes(boxes: Tensor, locations: Locations, index: Tensor) -> Tensor:
    """Distances (n, 4) in strides from chosen locations to the sides of boxes (n, 4)."""
    return _coder.encode(locations.anchors[index], boxes)


def _flat(x: Tensor) -> Tensor:
    """(B, c, h, w) to (B, h w, c)."""
    return x.permute(0, 2, 3, 1).flatten(1, 2)


class ClassHead(FCOSClassificationHead):
    """torchvision's, for one class."""

    def forward(self, x: list[Tensor]) -> Tensor:
        """Turn the pyramid into logits (B, L)."""
        return torch.cat([_flat(self.cls_logits(self.conv(level))) for level in x], 1)[..., 0]


class BoxHead(FCOSRegressionHead):
    """torchvision's, which also hands out its tower, where the coefficients come from."""

    def forward(self, x: list[Tensor]) -> tuple[Tensor, Tensor, list[Tensor]]:
        """Turn the pyramid into distances (B, L, 4) in strides, centre-ness logits (B, L), and tower maps."""
        towers = [self.conv(level) for level in x]
        distances = torch.cat([_flat(torch.relu(self.bbox_reg(tower))) for tower in towers], 1)
        centreness = torch.cat([_flat(self.bbox_ctrness(tower)) for tower in towers], 1)
        return distances, centreness[..., 0], towers


class Detector(nn.Module):
    """Both heads, shared by all levels, and the coefficient layer (K R_C^2 outputs)."""

    def __init__(self, config: LeafMaskConfig) -> None:
        super().__init__()
        norm = partial(nn.GroupNorm, config.head_groups)
        width, convs = config.channels, config.head_convs
        self.classes = ClassHead(width, 1, 1, convs, norm_layer=norm)
        self.boxes = BoxHead(width, 1, convs, norm_layer=norm)
        self.coefficients = nn.Conv2d(width, config.bases * config.coefficient_size**2, 3, padding=1)
        nn.init.normal_(self.coefficients.weight, std=0.01)
        nn.init.zeros_(self.coefficients.bias)  # type: ignore[arg-type]
        nn.init.constant_(self.boxes.bbox_reg.bias, config.first_distance)
        if config.tower_deviation is None:
            for layer in (*self.classes.conv, *self.boxes.conv):
                if isinstance(layer, nn.Conv2d):
                    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
