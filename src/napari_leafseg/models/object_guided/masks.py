"""What the masks should be: true boxes drawn for training, and the truth at the samples and points of each.

Knows labels and places; nothing of networks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from napari_leafseg.models.object_guided.params import ObjectGuidedConfig
from napari_leafseg.models.object_guided.rois import corners
from napari_leafseg.models.object_guided.targets import Objects


@dataclass
class TrueBoxes:
    """Boxes whose masks are learned, and what they are cut from.

    Attributes
    ----------
    edges
        float32 (n, 4).
    image
        int64 (n,) which image of the batch each is in.
    piece
        int64 (n,) number of the object in ``pieces``.
    pieces
        int64 (B, H, W), objects numbered per image.
    ignore
        bool (B, H, W).
    """

    edges: Tensor
    image: Tensor
    piece: Tensor
    pieces: Tensor
    ignore: Tensor

    def select(self, index: Tensor) -> TrueBoxes:
        """Keep some boxes."""
        return TrueBoxes(self.edges[index], self.image[index], self.piece[index], self.pieces, self.ignore)


def draw_boxes(
    objects: list[Objects], ignore: NDArray[np.bool_], config: ObjectGuidedConfig, device: torch.device
) -> TrueBoxes:
    """Draw at most ``config.max_rois`` objects of a batch at random, and jitter their boxes if asked to."""
    image = np.repeat(np.arange(len(objects)), [len(one.boxes) for one in objects])
    piece = np.concatenate([np.arange(1, len(one.boxes) + 1) for one in objects])
    edges = torch.from_numpy(np.concatenate([one.boxes for one in objects]))
    chosen = torch.randperm(len(edges))[: config.max_rois]
    return TrueBoxes(
        _jittered(edges[chosen], config.jitter).to(device),
        torch.from_numpy(image)[chosen].to(device),
        torch.from_numpy(piece)[chosen].to(device),
        torch.from_numpy(np.stack([one.pieces for one in objects])).to(device),
        torch.from_numpy(ignore).to(device),
    )


def _jittered(edges: Tensor, most: float) -> Tensor:
    """Shift boxes and change their sides, each by up to ``most`` of their size."""
    centre, extent = (edges[:, :2] + edges[:, 2:]) / 2, edges[:, 2:] - edges[:, :2]
    shift, growth = (torch.rand(2, len(edges), 2) * 2 - 1) * most
    centre, half = centre + shift * extent, extent * torch.exp(growth) / 2
    return torch.cat([centre - half, centre + half], 1)


@dataclass
class MaskTargets:
    """Truth at some places of each box.

    Attributes
    ----------
    value
        float32 (m, P), 0 to 1: how much of the place belongs to the object.
    counts
        float32 (m, P): 1, or 0 where an ignored pixel has a part in it.
    """

    value: Tensor
    counts: Tensor


def mask_targets(boxes: TrueBoxes, rows: Tensor, columns: Tensor) -> MaskTargets:
    """Interpolate the truth at the crossings of rows and columns, as features are; beyond the image is background.

    Parameters
    ----------
    boxes
        m of them.
    rows, columns
        (m, h) and (m, w) in pixel indices.

    Returns
    -------
    ``P`` is h * w, row by row.
    """
    index, weight = corners(boxes.pieces.shape, boxes.image, rows, columns)
    index, weight = index.flatten(1, 2), weight.flatten(1, 2)
    own = boxes.pieces.flatten()[index] == boxes.piece[:, None, None]
    ignored = (boxes.ignore.flatten()[index] & (weight > 0)).any(-1)
    return MaskTargets((own * weight).sum(-1), (~ignored).float())


def point_targets(boxes: TrueBoxes, rows: Tensor, columns: Tensor, points: Tensor) -> MaskTargets:
    """Interpolate the truth at points between the samples.

    Parameters
    ----------
    boxes
        m of them.
    rows, columns
        (m, h) and (m, w): places of the samples.
    points
        (m, P, 2), -1 to 1 from the first sample to the last.
    """
    place = []
    for axis, line in enumerate((rows, columns)):
        share = (points[:, :, axis] + 1) / 2
        place.append((line[:, :1] + share * (line[:, -1:] - line[:, :1])).reshape(-1, 1))
    count = points.shape[1]
    alone = boxes.select(torch.arange(len(points), device=points.device).repeat_interleave(count))
    result = mask_targets(alone, *place)
    return MaskTargets(result.value.reshape(-1, count), result.counts.reshape(-1, count))
