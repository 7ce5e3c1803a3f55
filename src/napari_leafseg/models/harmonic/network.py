"""Harmonic's networks: the published U-Net with SinConv, and the compact one.

Both turn an image into one embedding per pixel; the guides they were trained with are
part of them. Know nothing of losses or clustering.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, pixel_shuffle

from napari_leafseg.models.harmonic.guides import Units, coordinates, evaluate, random_guides
from napari_leafseg.models.harmonic.params import HarmonicConfig
from napari_leafseg.nets.blocks import conv_norm_relu
from napari_leafseg.nets.embedding import Output
from napari_leafseg.nets.encoder import CompactEncoder
from napari_leafseg.nets.imagenet import normalised
from napari_leafseg.nets.resize import packed, resized


class SinConv(nn.Module):
    """A convolution that also sees the guides (section 3.2 of the paper).

    Parameters
    ----------
    inputs, outputs, kernel
        As of a convolution; the size is kept.
    stride
        Network pixels per pixel of its input.
    config
        Says which maps are appended: the guides, plain coordinates (CoordConv), or none.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, config: HarmonicConfig) -> None:
        super().__init__()
        self.stride = stride
        self.units: Units = config.units
        self.kind = config.guide_input
        # Every layer holds its own copy, as the published weights do; never trained with the network.
        self.guides = nn.Parameter(torch.zeros(config.dimensions, 3), requires_grad=False)
        extra = {"sin": config.dimensions, "coordinates": 2, "none": 0}[self.kind]
        self.convolution = nn.Conv2d(inputs + extra, outputs, kernel, padding=kernel // 2)

    def forward(self, x: Tensor, origin: Tensor) -> Tensor:
        """(B, inputs, h, w) to (B, outputs, h, w); ``origin`` as `guides.coordinates` takes it."""
        if self.kind == "none":
            return self.convolution(x)
        maps = self._maps((x.shape[2], x.shape[3]), origin).to(x.dtype)
        maps = packed(maps.expand(x.shape[0], -1, -1, -1))
        return self.convolution(torch.cat([x, maps], 1))

    def _maps(self, shape: tuple[int, int], origin: Tensor) -> Tensor:
        rows, columns = coordinates(shape, self.units, stride=self.stride, origin=origin)
        if self.kind == "sin":
            return evaluate(self.guides, rows, columns)
        rows, columns = rows[..., :, None], columns[..., None, :]
        return torch.stack(torch.broadcast_tensors(rows, columns), -3)


class HarmonicNetwork(nn.Module):
    """What both networks share: the guides and the input's normalisation."""

    def __init__(self, config: HarmonicConfig) -> None:
        super().__init__()
        self.config = config

    def start(self) -> None:
        """Give the guides their first, random values; call it once the layers exist."""
        generator = torch.Generator().manual_seed(0)
        config = self.config
        self.set_guides(random_guides(config.dimensions, config.low_frequency, config.high_frequency, generator))

    @property
    def guides(self) -> Tensor:
        """(N, 3): frequency along rows, along columns, phase."""
        return self._layers()[0].guides

    def set_guides(self, guides: Tensor) -> None:
        """Hand the same guides to every layer."""
        for layer in self._layers():
            layer.guides.data.copy_(guides)

    def _layers(self) -> list[SinConv]:
        return [module for module in self.modules() if isinstance(module, SinConv)]

    def _normalised(self, image: Tensor) -> Tensor:
        return normalised(image) if self.config.imagenet else image

    def forward(self, image: Tensor, origin: Tensor) -> Output:
        """(B, 3, H, W), values 0 to 1, to embeddings."""
        raise NotImplementedError


def _double(inputs: int, outputs: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for channels in (inputs, outputs):
        layers += [nn.Conv2d(channels, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


class _Up(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int, config: HarmonicConfig) -> None:
        super().__init__()
        self.guided = SinConv(inputs, outputs, 7, stride, config)
        self.refine = _double(outputs, outputs)

    def forward(self, below: Tensor, skip: Tensor, origin: Tensor) -> Tensor:
        up = resized(below, skip.shape[2:], align_corners=True)
        return self.refine(self.guided(torch.cat([skip, up], 1), origin))


class PublishedUNet(HarmonicNetwork):
    """The network of the published weights: 28,837,440 parameters with RGB input."""

    def __init__(self, config: HarmonicConfig) -> None:
        super().__init__(config)
        widths = (64, 128, 256, 512, 512)
        self.down = nn.ModuleList(_double(i, o) for i, o in zip((3, *widths[:-1]), widths, strict=True))
        plan = ((1024, 256, 8), (512, 128, 4), (256, 64, 2), (128, 64, 1))
        self.up = nn.ModuleList(_Up(inputs, outputs, stride, config) for inputs, outputs, stride in plan)
        self.last = SinConv(64, 64, 7, 1, config)
        self.head = nn.Conv2d(64, config.dimensions + int(config.foreground), 1)
        self.start()

    def forward(self, image: Tensor, origin: Tensor) -> Output:
        """(B, 3, H, W), H and W multiples of 16."""
        skips = [self.down[0](self._normalised(image))]
        for block in list(self.down)[1:]:
            skips.append(block(torch.max_pool2d(skips[-1], 2)))
        x = skips.pop()
        for up in self.up:
            x = up(x, skips.pop(), origin)
        maps = self.head(self.last(x, origin)).float()
        size = self.config.dimensions
        return Output(maps[:, :size], maps[:, -1] if self.config.foreground else None)


class CompactNetwork(HarmonicNetwork):
    """The shared encoder and a guided decoder up to half resolution.

    Embeddings are then interpolated; foreground, which draws the outlines, gets four values
    per pixel of the half resolution instead.
    """

    def __init__(self, config: HarmonicConfig) -> None:
        super().__init__(config)
        self.encoder = CompactEncoder()
        widths = CompactEncoder.widths
        self.guided = nn.ModuleList()
        self.refine = nn.ModuleList()
        for level in reversed(range(len(widths) - 1)):
            self.guided.append(SinConv(widths[level + 1] + widths[level], widths[level], 3, 2 ** (level + 1), config))
            self.refine.append(
                nn.Sequential(
                    nn.BatchNorm2d(widths[level]), nn.ReLU(inplace=True), conv_norm_relu(widths[level], widths[level])
                )
            )
        values = config.dimensions * (2 if config.guided_output else 1) + 4 * int(config.foreground)
        self.head = nn.Conv2d(widths[0], values, 1)
        self.start()

    def forward(self, image: Tensor, origin: Tensor) -> Output:
        """(B, 3, H, W), H and W multiples of 32."""
        maps = self.encoder(self._normalised(image))
        x = maps.pop()
        for guided, refine in zip(self.guided, self.refine, strict=True):
            skip = maps.pop()
            up = resized(x, skip.shape[2:])
            x = refine(guided(torch.cat([skip, up], 1), origin))
        heads = self.head(x).float()
        parts = heads.shape[1] - 4 * int(self.config.foreground)
        size = (image.shape[2], image.shape[3])
        values = interpolate(heads[:, :parts], size=size, mode="bilinear", align_corners=False)
        embedding = self._turned(values, size, origin) if self.config.guided_output else values
        return Output(embedding, pixel_shuffle(heads[:, parts:], 2)[:, 0] if self.config.foreground else None)

    def _turned(self, values: Tensor, size: tuple[int, int], origin: Tensor) -> Tensor:
        """Turn the guides at each pixel to their mean over the pixel's object.

        The mean of sin(w (x + d) + p) over an object's offsets d from x is
        a sin(w x + p) + b cos(w x + p), where a and b (the means of cos w d and sin w d) depend on
        the object's shape around x only. The network says a and b, which look the same everywhere
        in the image, and need not learn to multiply.
        """
        rows, columns = coordinates(size, self.config.units, origin=origin)
        quarter = self.guides.new_tensor([0.0, 0.0, math.pi / 2])
        sine, cosine = evaluate(self.guides, rows, columns), evaluate(self.guides + quarter, rows, columns)
        along, across = values.chunk(2, dim=1)
        return along * sine + across * cosine


def build(config: HarmonicConfig) -> HarmonicNetwork:
    """Make the network of a configuration."""
    return PublishedUNet(config) if config.architecture == "unet" else CompactNetwork(config)
