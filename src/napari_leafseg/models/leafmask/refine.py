"""Mask refining: choose the most uncertain points of a mask and ask again there (section 3.3).

The predictor's first layer is linear and interpolation too, so the layer is applied to the whole
feature map once and its narrow result is interpolated: the answer is the same, and points are cheap.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import grid_sample, interpolate, linear

Layers = tuple[tuple[Tensor, Tensor], ...]
"""Weights and biases of the predictor after its first layer."""


class PointHead(nn.Module):
    """The point predictor: three narrow layers and an output, each but the first also told the coarse logit.

    Parameters
    ----------
    inputs
        Channels of the feature map.
    width
        Of its layers.
    """

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, width, 1)
        self.middle = nn.ModuleList(nn.Linear(width + 1, width) for _ in range(2))
        self.last = nn.Linear(width + 1, 1)
        for layer in (self.first, *self.middle):
            nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
            nn.init.zeros_(layer.bias)
        nn.init.normal_(self.last.weight, std=0.001)
        nn.init.zeros_(self.last.bias)

    def forward(self, features: Tensor, coarse: Tensor) -> Tensor:
        """(n, p, width) of the first layer's map and coarse logits (n, p) to logits (n, p)."""
        return predict(self.layers(), features, coarse)

    def layers(self) -> Layers:
        """Return the layers after the first."""
        return tuple((layer.weight, layer.bias) for layer in (*self.middle, self.last))

    def kept(self) -> Layers:
        """Copy the layers after the first for use on the CPU, wherever the network is."""
        return tuple((weight.detach().cpu(), bias.detach().cpu()) for weight, bias in self.layers())


def predict(layers: Layers, features: Tensor, coarse: Tensor) -> Tensor:
    """Ask the predictor: features (n, p, width), coarse logits (n, p), to logits (n, p)."""
    coarse = coarse[..., None]
    for weight, bias in layers:
        features = linear(torch.cat([features.relu(), coarse], -1), weight, bias)
    return features[..., 0]


def at_points(maps: Tensor, points: Tensor) -> Tensor:
    """Interpolate maps (n, C, h, w) at points (n, p, 2), x and y from 0 to 1 over each map: (n, p, C)."""
    grid = 2 * points[:, None] - 1
    values = grid_sample(maps, grid, mode="bilinear", padding_mode="border", align_corners=False)
    return values[:, :, 0].transpose(1, 2)


def in_images(maps: Tensor, image: Tensor, points: Tensor) -> Tensor:
    """Interpolate maps (B, C, h, w) at points (n, p, 2) of the images ``image`` (n,), sorted: (n, p, C)."""
    counts = torch.bincount(image, minlength=len(maps)).tolist()
    parts = [
        at_points(one, part.reshape(1, -1, 2)).reshape(*part.shape[:2], maps.shape[1])
        for one, part in zip(maps.split(1), points.split(counts), strict=True)
    ]
    return torch.cat(parts)


def in_boxes(boxes: Tensor, points: Tensor) -> Tensor:
    """Turn points (n, p, 2) from 0 to 1 over their boxes (n, 4: x1, y1, x2, y2) into the boxes' frame."""
    return boxes[:, None, :2] + points * (boxes[:, None, 2:] - boxes[:, None, :2])


def training_points(logits: Tensor, count: int, oversample: float, importance: float) -> Tensor:
    """Choose points for training (Algorithm 1): the most uncertain of many random ones, and some fresh ones.

    Parameters
    ----------
    logits
        (n, R, R) of the assembled masks.
    count
        N.
    oversample, importance
        beta and alpha.

    Returns
    -------
    float32 (n, N, 2): x and y from 0 to 1 over the mask.
    """
    many = max(round(oversample * count), count)
    uncertain = round(importance * count)
    drawn = torch.rand(len(logits), many, 2, device=logits.device)
    certainty = at_points(logits.detach()[:, None], drawn)[..., 0].abs()
    index = certainty.topk(uncertain, dim=1, largest=False).indices
    chosen = drawn.gather(1, index[..., None].expand(-1, -1, 2))
    fresh = torch.rand(len(logits), count - uncertain, 2, device=logits.device)
    return torch.cat([chosen, fresh], 1)


def refined(logits: Tensor, boxes: Tensor, features: Tensor, layers: Layers, steps: int, count: int) -> Tensor:
    """Double the masks ``steps`` times, asking again at the most uncertain points each time (Fig. 7).

    Parameters
    ----------
    logits
        float32 (n, R, R).
    boxes
        float32 (n, 4): x1, y1, x2, y2 from 0 to 1 over the feature map.
    features
        float32 (width, h, w): the first layer's map.
    layers
        The rest of the predictor.
    steps
        How many doublings.
    count
        Points asked in each, at most all of the grid.

    Returns
    -------
    float32 (n, R 2^steps, R 2^steps).
    """
    coarse = logits[:, None]
    for _ in range(steps):
        logits = interpolate(logits[:, None], scale_factor=2, mode="bilinear", align_corners=False)[:, 0]
        side = logits.shape[-1]
        index = logits.flatten(1).abs().topk(min(count, side * side), dim=1, largest=False, sorted=False).indices
        points = torch.stack([index % side, index // side], -1).add(0.5).div(side)
        places = in_boxes(boxes, points).reshape(1, -1, 2)
        around = at_points(features[None], places).reshape(*index.shape, -1)
        values = predict(layers, around, at_points(coarse, points)[..., 0])
        logits = logits.flatten(1).scatter(1, index, values).reshape(logits.shape)
    return logits
