"""What the shared backbone is pretrained on: where objects are, where they end, how deep inside them a pixel lies.

A small network of the encoder that all compact presets share and a plain decoder, with a watershed behind it, so that
what it has learned can be measured like a method. It is no method: only its encoder ships (`backbone.py`).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from skimage.measure import label as components
from skimage.segmentation import watershed
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, max_pool2d, pixel_shuffle

from napari_leafseg.core.instances import Instances
from napari_leafseg.core.memo import Memo
from napari_leafseg.core.params import Params, min_area_param, param
from napari_leafseg.core.prediction import EmbeddingMap, Piece
from napari_leafseg.core.sample import Batch, Stage
from napari_leafseg.nets.blocks import conv_norm_relu
from napari_leafseg.nets.config import EmbeddingConfig
from napari_leafseg.nets.embedding import EmbeddingSegmenter, Output
from napari_leafseg.nets.encoder import CompactEncoder
from napari_leafseg.nets.resize import resized
from napari_leafseg.nets.stage import NetworkStage

_MAPS = 3
"""Foreground, border, depth."""


class DenseParams(Params):
    """What the watershed begins with."""

    depth: float = param(
        0.1, title="Depth", help="Pixels deeper inside an object than this are its seed.", low=0.0, high=0.9, step=0.05
    )
    min_area: int = min_area_param()


class DenseNetwork(nn.Module):
    """The shared encoder, and a decoder up to half resolution that says four values per pixel of it for each map."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = CompactEncoder()
        widths = CompactEncoder.widths
        self.merge = nn.ModuleList(
            conv_norm_relu(deep + shallow, shallow) for shallow, deep in zip(widths[-2::-1], widths[:0:-1], strict=True)
        )
        self.head = nn.Conv2d(widths[0], 4 * _MAPS, 1)

    def forward(self, image: Tensor) -> Tensor:
        """(B, 3, H, W), H and W multiples of 32, to logits (B, 3, H, W): foreground, border, depth."""
        maps = self.encoder(image)
        x = maps.pop()
        for merge in self.merge:
            skip = maps.pop()
            x = merge(torch.cat([skip, resized(x, skip.shape[2:])], 1))
        return pixel_shuffle(self.head(x).float(), 2)


class DenseSegmenter(EmbeddingSegmenter[EmbeddingConfig, DenseNetwork]):
    """Watershed from the deepest pixels over the foreground."""

    method = "dense"
    params_type = DenseParams
    presets = {"compact": EmbeddingConfig()}  # noqa: RUF012

    def build(self, config: EmbeddingConfig) -> DenseNetwork:
        """Make the network, untrained."""
        return DenseNetwork()

    def said(self, image: Tensor, origin: tuple[int, int]) -> Output:
        """Run the network; what it says of depth less border stands where others have an embedding."""
        foreground, border, depth = self.network(image).unbind(1)
        return Output((depth.sigmoid() - border.sigmoid())[:, None], foreground)

    def decode_piece(self, piece: Piece, params: Params, memo: Memo) -> Instances:
        """Give each pixel of the foreground to the seed whose basin it lies in."""
        assert isinstance(piece, EmbeddingMap) and isinstance(params, DenseParams) and piece.foreground is not None
        depth = piece.embedding[0].astype(np.float32)
        seeds = components(depth > params.depth, connectivity=1)
        basins = watershed(-depth, seeds, mask=piece.foreground > 0.5).astype(np.int32)
        labels = np.ascontiguousarray(piece.geometry.to_image(basins))
        area = np.bincount(labels.ravel(), minlength=int(seeds.max()) + 1)[1:]
        return Instances(labels, np.ones(len(area), np.float32)).select(area >= max(params.min_area, 1))

    def stages(self) -> Iterator[Stage]:
        """Yield the network."""
        yield DenseStage(self.network)


class DenseStage(NetworkStage):
    """Learns the three maps at once."""

    name = "dense"

    def __init__(self, network: DenseNetwork) -> None:
        super().__init__()
        self.network = network

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Return cross entropies of foreground and border, and the error of depth inside objects."""
        said, valid = self.network(batch.image), (~batch.ignore).float()
        inside, border = (batch.labels > 0).float(), borders(batch.labels).float()
        depth = torch.from_numpy(np.stack([depths(one) for one in batch.labels.cpu().numpy()])).to(said.device)
        foreground, edge, deep = said.unbind(1)
        return {
            "foreground": _mean(binary_cross_entropy_with_logits(foreground, inside, reduction="none"), valid),
            "border": _mean(binary_cross_entropy_with_logits(edge, border, reduction="none"), valid),
            "depth": _mean((deep.sigmoid() - depth).abs(), valid * (1 + inside)),
        }


def borders(labels: Tensor) -> Tensor:
    """Pixels of objects beside another label: bool (B, H, W) of int64 (B, H, W)."""
    values = labels.float()[:, None]
    highest, lowest = max_pool2d(values, 3, 1, 1), -max_pool2d(-values, 3, 1, 1)
    return (highest != lowest)[:, 0] & (labels > 0)


def depths(labels: NDArray[np.integer]) -> NDArray[np.float32]:
    """How deep inside its object each pixel lies, as a share of the object's greatest depth; 0 outside."""
    padded = np.pad(labels, 1)
    height, width = labels.shape
    same = labels > 0
    for down, across in ((0, 1), (2, 1), (1, 0), (1, 2)):
        same &= padded[down : down + height, across : across + width] == labels
    # Border pixels are half a pixel deep.
    away = np.where(labels > 0, ndimage.distance_transform_edt(same) + 0.5, 0)
    greatest = np.zeros(int(labels.max()) + 1)
    np.maximum.at(greatest, labels, away)
    share: NDArray[np.float32] = (away / np.maximum(greatest, 1)[labels]).astype(np.float32)
    return share


def _mean(values: Tensor, weight: Tensor) -> Tensor:
    return (values * weight).sum() / weight.sum().clamp_min(1)
