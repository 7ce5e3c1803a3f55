"""What the network should say: objects of a batch, and which location answers for which.

Nothing is read from under the ignore mask. An object that reaches it keeps the part that can be
seen, and the sides of its box that end there are open: where the object goes on is not known.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import max_pool2d

from napari_leafseg.models.leafmask.detector import Locations, encode_boxes

CENTRE_RADIUS = 1.5
"""A location answers for an object when it lies within this many strides of its box's centre."""
LEVEL_RANGE = 8.0
"""A level answers for boxes whose farthest side is up to this many of its strides away."""


@dataclass
class Objects:
    """Objects of a batch.

    Attributes
    ----------
    number
        int64 (B, H, W): which object a pixel belongs to, -1 where none or ignored.
    image
        int64 (G,), sorted.
    boxes
        float32 (G, 4): x1, y1, x2, y2, the outer edges of the visible pixels.
    open
        bool (G, 4): sides that end at an ignored region.
    """

    number: Tensor
    image: Tensor
    boxes: Tensor
    open: Tensor


def find_objects(labels: Tensor, ignore: Tensor) -> Objects:
    """Collect the objects of int64 (B, H, W) labels; bool ``ignore`` hides pixels."""
    hidden = torch.where(ignore, 0, labels)
    image, row, column = (hidden > 0).nonzero(as_tuple=True)
    ids = hidden[image, row, column]
    unique, inverse = torch.unique(image * (hidden.max() + 1) + ids, return_inverse=True)
    number = torch.full_like(labels, -1)
    number[image, row, column] = inverse
    beside = max_pool2d(ignore.float()[:, None], 3, 1, 1)[:, 0] > 0
    near = beside[image, row, column]
    boxes = _boxes(row, column, inverse, len(unique))
    reached = _boxes(row[near], column[near], inverse[near], len(unique))
    return Objects(number, unique // (hidden.max() + 1), boxes, boxes == reached)


def _boxes(row: Tensor, column: Tensor, which: Tensor, count: int) -> Tensor:
    """Outer edges of pixel sets: float32 (count, 4)."""
    edges = torch.stack([column, row, column + 1, row + 1], 1).float()
    index = which[:, None].expand(-1, 2)
    first = torch.full((count, 2), torch.inf, device=row.device).scatter_reduce(0, index, edges[:, :2], "amin")
    last = torch.zeros(count, 2, device=row.device).scatter_reduce(0, index, edges[:, 2:], "amax")
    return torch.cat([first, last], 1)


@dataclass
class Matches:
    """Which locations answer for which objects.

    Attributes
    ----------
    counted
        bool (B, L): locations that are not under the ignore mask.
    image, index
        int64 (n,): image and location of each positive, sorted by image.
    number
        int64 (n,): its object.
    """

    counted: Tensor
    image: Tensor
    index: Tensor
    number: Tensor


def match(objects: Objects, locations: Locations, ignore: Tensor) -> Matches:
    """Assign locations to objects (FCOS with centre sampling): near the centre, size of the level, smallest first."""
    column, row = locations.centres.long().unbind(1)
    counted = ~ignore[:, row.clamp(max=ignore.shape[1] - 1), column.clamp(max=ignore.shape[2] - 1)]
    chosen = torch.full(counted.shape, -1, device=ignore.device)
    for image in objects.image.unique().tolist():
        numbers = (objects.image == image).nonzero()[:, 0]
        best, found = _smallest(objects.boxes[numbers], locations)
        chosen[image] = torch.where(found & counted[image], numbers[best], -1)
    image, index = (chosen >= 0).nonzero(as_tuple=True)
    return Matches(counted, image, index, chosen[image, index])


def _smallest(boxes: Tensor, locations: Locations) -> tuple[Tensor, Tensor]:
    """For each location the smallest box it may answer for (L,), and whether there is any (L,)."""
    area = (boxes[:, 2:] - boxes[:, :2]).prod(1)
    costs = torch.where(answers_for(boxes, locations), area, torch.inf)
    least, best = costs.min(1)
    return best, least.isfinite()


def answers_for(boxes: Tensor, locations: Locations) -> Tensor:
    """Say which locations may answer for boxes (G, 4): bool (L, G)."""
    reach = CENTRE_RADIUS * locations.stride[:, None]
    inside, farthest = _along(boxes[:, 0], boxes[:, 2], locations.centres[:, :1], reach)
    inside_y, farthest_y = _along(boxes[:, 1], boxes[:, 3], locations.centres[:, 1:], reach)
    farthest = torch.maximum(farthest, farthest_y)
    high = LEVEL_RANGE * locations.stride
    low = torch.where(locations.level == 0, 0, high / 2)
    high = torch.where(locations.level == len(locations.shapes) - 1, torch.inf, high)
    return inside & inside_y & (farthest >= low[:, None]) & (farthest <= high[:, None])


def _along(start: Tensor, stop: Tensor, at: Tensor, reach: Tensor) -> tuple[Tensor, Tensor]:
    """Say along one axis whether places (L, 1) lie in the middle of intervals (G,), and how far the farther end is."""
    middle = (start + stop) / 2
    offset = (at - middle).abs()
    half = middle - start
    return offset < torch.minimum(half, reach), offset + half


def centreness(boxes: Tensor, locations: Locations, index: Tensor) -> Tensor:
    """How central locations (n,) lie in their boxes (n, 4): 1 in the middle, 0 at a side."""
    distances = encode_boxes(boxes, locations, index)
    across, along = distances[:, 0::2], distances[:, 1::2]
    share = (across.amin(1) / across.amax(1)) * (along.amin(1) / along.amax(1))
    return share.clamp_min(0).sqrt()
