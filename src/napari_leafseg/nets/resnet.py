"""The published backbone: torchvision's ResNet without its classifier, as five maps.

Random at first. ImageNet weights are put in only when somebody asks for them, so that the
same command trains the same network online and offline.
"""

from __future__ import annotations

from typing import Literal
from urllib.error import URLError

import torch
from torch import Tensor, nn
from torchvision.models import ResNet18_Weights, ResNet50_Weights, ResNet101_Weights, resnet18, resnet50, resnet101
from torchvision.ops import FrozenBatchNorm2d

from napari_leafseg.core.errors import WeightsError
from napari_leafseg.nets.freezing import Freezable

Depth = Literal[18, 50, 101]

_MAKERS = {18: resnet18, 50: resnet50, 101: resnet101}
_WEIGHTS = {
    18: ResNet18_Weights.IMAGENET1K_V1,
    50: ResNet50_Weights.IMAGENET1K_V1,
    101: ResNet101_Weights.IMAGENET1K_V1,
}


class ResNetEncoder(Freezable):
    """ResNet (He et al. 2016) as a pyramid.

    Parameters
    ----------
    depth
        18, 50 or 101.
    frozen_norm
        Whether batch normalisation keeps its first statistics and scales, as detectors
        do that train on few images at a time.

    Attributes
    ----------
    widths
        Channels of its outputs, at strides 2, 4, 8, 16 and 32.
    """

    def __init__(self, depth: Depth, *, frozen_norm: bool = False) -> None:
        super().__init__()
        self.depth: Depth = depth
        whole = _MAKERS[depth](weights=None, norm_layer=FrozenBatchNorm2d if frozen_norm else nn.BatchNorm2d)
        self.conv1, self.bn1 = whole.conv1, whole.bn1
        self.layer1, self.layer2, self.layer3, self.layer4 = whole.layer1, whole.layer2, whole.layer3, whole.layer4
        self.pool = nn.MaxPool2d(3, 2, 1)
        wider = 1 if depth == 18 else 4
        self.widths = (64, 64 * wider, 128 * wider, 256 * wider, 512 * wider)

    def forward(self, image: Tensor) -> list[Tensor]:
        """(B, 3, H, W) to five maps (B, widths[i], H / 2^(i+1), W / 2^(i+1)); the first is before the pooling."""
        maps = [torch.relu(self.bn1(self.conv1(image)))]
        x = self.pool(maps[0])
        for layer in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = layer(x)
            maps.append(x)
        return maps

    def start_from_imagenet(self) -> None:
        """Put in torchvision's ImageNet weights, downloaded once to torch's cache.

        Raises
        ------
        WeightsError
            If they are neither in the cache nor to be had.
        """
        weights = _WEIGHTS[self.depth]
        try:
            tensors = torch.hub.load_state_dict_from_url(
                weights.url, progress=False, check_hash=True, weights_only=True
            )
        except (URLError, OSError, RuntimeError) as error:
            raise WeightsError(
                f"ImageNet weights of ResNet-{self.depth} cannot be had ({error}): connect to the internet, "
                f"or put {weights.url.rsplit('/', 1)[-1]} into {torch.hub.get_dir()}/checkpoints."
            ) from error
        own = self.state_dict()
        self.load_state_dict({name: value for name, value in tensors.items() if name in own})
