"""Deep embedding's networks: from an image to one vector per pixel, as published and compact.

Know nothing of losses, clustering or where a pixel lies: that is added by whoever reads the vectors (`field`).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, pixel_shuffle

from napari_leafseg.models.deep_embedding.cluster_net import ClusterNet, build_cluster_net
from napari_leafseg.models.deep_embedding.params import DeepEmbeddingConfig
from napari_leafseg.nets.blocks import conv_norm_relu
from napari_leafseg.nets.embedding import Output
from napari_leafseg.nets.encoder import CompactEncoder
from napari_leafseg.nets.imagenet import normalised
from napari_leafseg.nets.resize import resized
from napari_leafseg.nets.resnet import ResNetEncoder


class Embedder(nn.Module):
    """What both embedding networks share: the configuration and the input's normalisation."""

    def __init__(self, config: DeepEmbeddingConfig) -> None:
        super().__init__()
        self.config = config

    def _normalised(self, image: Tensor) -> Tensor:
        return normalised(image) if self.config.imagenet else image

    def _output(self, heads: Tensor, scale: int, size: tuple[int, int]) -> Output:
        """Divide the heads: the embedding is interpolated, foreground has ``scale`` squared values per pixel."""
        dimensions = self.config.dimensions
        embedding = heads[:, :dimensions]
        if scale > 1:
            embedding = interpolate(embedding, size=size, mode="bilinear", align_corners=False)
        if not self.config.foreground:
            return Output(embedding, None)
        return Output(embedding, pixel_shuffle(heads[:, dimensions:], scale)[:, 0])

    def forward(self, image: Tensor) -> Output:
        """(B, 3, H, W), values 0 to 1, H and W multiples of 32, to embeddings."""
        raise NotImplementedError


def _conv_relu_norm(inputs: int, outputs: int, kernel: int) -> nn.Sequential:
    # Normalised last, as published: an embedding is then no longer bound to be positive.
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2), nn.ReLU(inplace=True), nn.BatchNorm2d(outputs)
    )


class _Up(nn.Module):
    """Twice the size, narrower, beside the skip, two convolutions."""

    def __init__(self, inputs: int, skip: int, outputs: int) -> None:
        super().__init__()
        self.narrow = _conv_relu_norm(inputs, outputs, 1)
        self.first = _conv_relu_norm(outputs + skip, outputs, 3)
        self.second = _conv_relu_norm(outputs, outputs, 3)

    def forward(self, below: Tensor, skip: Tensor | None) -> Tensor:
        x = self.narrow(interpolate(below, scale_factor=2.0, mode="nearest"))
        return self.second(self.first(x if skip is None else torch.cat([x, skip], 1)))


class ResNetEmbedder(Embedder):
    """ResNet-101 and the published decoder up to full resolution: 82.6 M parameters."""

    def __init__(self, config: DeepEmbeddingConfig) -> None:
        super().__init__(config)
        self.encoder = ResNetEncoder(101)
        if not config.backbone_rate:
            self.encoder.requires_grad_(requires_grad=False)
        widths = self.encoder.widths
        self.up = nn.ModuleList(
            _Up(below, skip, skip) for below, skip in zip(widths[:0:-1], widths[-2::-1], strict=True)
        )
        self.last = _Up(widths[0], 0, 64)
        self.head = _conv_relu_norm(64, config.dimensions, 1)
        self.foreground = nn.Conv2d(64, 1, 1) if config.foreground else None

    def forward(self, image: Tensor) -> Output:
        """(B, 3, H, W), values 0 to 1, H and W multiples of 32."""
        maps = self.encoder(self._normalised(image))
        x = maps.pop()
        for up in self.up:
            x = up(x, maps.pop())
        x = self.last(x, None)
        heads = [self.head(x)] if self.foreground is None else [self.head(x), self.foreground(x)]
        return self._output(torch.cat(heads, 1).float(), 1, (image.shape[2], image.shape[3]))


class CompactEmbedder(Embedder):
    """The shared encoder and a decoder up to half resolution."""

    def __init__(self, config: DeepEmbeddingConfig) -> None:
        super().__init__(config)
        self.encoder = CompactEncoder()
        widths = CompactEncoder.widths
        self.merge = nn.ModuleList(
            nn.Sequential(conv_norm_relu(below + skip, skip), conv_norm_relu(skip, skip))
            for below, skip in zip(widths[:0:-1], widths[-2::-1], strict=True)
        )
        self.head = nn.Conv2d(widths[0], config.dimensions + 4 * int(config.foreground), 1)

    def forward(self, image: Tensor) -> Output:
        """(B, 3, H, W), values 0 to 1, H and W multiples of 32."""
        maps = self.encoder(self._normalised(image))
        x = maps.pop()
        for merge in self.merge:
            skip = maps.pop()
            up = resized(x, skip.shape[2:])
            x = merge(torch.cat([skip, up], 1))
        return self._output(self.head(x).float(), 2, (image.shape[2], image.shape[3]))


class DeepEmbeddingNetwork(nn.Module):
    """Both networks of the method.

    Attributes
    ----------
    embedder
        Image to embeddings.
    cluster_net
        Likelihood map of a cluster to its mask.
    """

    def __init__(self, config: DeepEmbeddingConfig) -> None:
        super().__init__()
        self.embedder: Embedder = ResNetEmbedder(config) if config.architecture == "resnet" else CompactEmbedder(config)
        self.cluster_net: ClusterNet = build_cluster_net(config)

    def forward(self, image: Tensor) -> Output:
        """(B, 3, H, W) to embeddings; ClusterNet is asked by `decode`."""
        return self.embedder(image)
