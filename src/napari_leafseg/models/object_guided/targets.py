"""What the network should say: the objects of labelled images, their boxes, and the heatmap of their centres.

Knows labels and ignored regions; nothing of networks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from skimage.measure import label as components
from torch import Tensor

from napari_leafseg.models.object_guided.boxes import radius

_LEAST_EXTENT = 2
"""Objects of no more pixels than this along an axis are not learned."""


@dataclass(frozen=True)
class Objects:
    """Objects of one labelled image.

    Attributes
    ----------
    pieces
        int64 (H, W): 1..n where object 1..n is seen, else 0.
    boxes
        float32 (n, 4): top, left, bottom, right; edges around the pixels.
    whole
        bool (n,): not touching ignored pixels, so that its box is known.
    doubtful
        bool (H, W): seen pixels of anything that touches ignored pixels; a centre may or may not lie there.
    """

    pieces: NDArray[np.int64]
    boxes: NDArray[np.float32]
    whole: NDArray[np.bool_]
    doubtful: NDArray[np.bool_]


def find_objects(labels: NDArray[np.int64], ignore: NDArray[np.bool_]) -> Objects:
    """Take the largest connected piece of each object that is not ignored.

    An object cut by the image's border is learned as it is seen. Of one that goes on under ignored pixels the mask is
    learned where it is seen, but neither centre nor size, because nobody knows them.

    Parameters
    ----------
    labels
        (H, W), any ids, 0 background.
    ignore
        (H, W); labels under it are not looked at.
    """
    seen = np.where(ignore, 0, labels)
    pieces, count = components(seen, connectivity=1, background=0, return_num=True)
    owner = np.zeros(count + 1, np.int64)
    owner[pieces] = seen
    area = np.bincount(pieces.ravel(), minlength=count + 1)
    boxes = np.array(
        [(0, 0, 0, 0), *((r.start, c.start, r.stop, c.stop) for r, c in ndimage.find_objects(pieces))], np.float32
    )
    touching = np.zeros(count + 1, bool)
    if ignore.any():
        touching[np.unique(pieces[ndimage.binary_dilation(ignore)])] = True
        touching[0] = False
    extent = boxes[:, 2:] - boxes[:, :2]
    chosen = _largest(owner, area)
    chosen = chosen[(extent[chosen] > _LEAST_EXTENT).all(1)]
    number = np.zeros(count + 1, np.int64)
    number[chosen] = np.arange(1, len(chosen) + 1)
    return Objects(number[pieces], boxes[chosen], ~touching[chosen], touching[pieces])


def _largest(owner: NDArray[np.int64], area: NDArray[np.intp]) -> NDArray[np.intp]:
    """The largest piece of each owner, by position; the first entry is background."""
    order = np.lexsort((-area[1:], owner[1:])) + 1
    first = np.diff(owner[order], prepend=0) != 0
    return np.sort(order[first])


@dataclass
class CentreTargets:
    """What the heads should say of a batch.

    Attributes
    ----------
    heat
        float32 (B, h, w): 1 at centres, Gaussians around them.
    counts
        float32 (B, h, w): 1 where the heatmap is learned, 0 where nobody knows.
    image, row, column
        int64 (n,): cell of each known centre.
    offset
        float32 (n, 2): the centre within its cell, 0 to 1.
    extent
        float32 (n, 2): height and width in network pixels.
    """

    heat: Tensor
    counts: Tensor
    image: Tensor
    row: Tensor
    column: Tensor
    offset: Tensor
    extent: Tensor


def centre_targets(
    objects: list[Objects], ignore: NDArray[np.bool_], stride: int, device: torch.device
) -> CentreTargets:
    """Draw the heatmaps and list the centres of a batch.

    Parameters
    ----------
    objects
        Per image.
    ignore
        (B, H, W).
    stride
        Network pixels per cell of the heatmap; H and W are multiples of it.
    device
        Where the result is wanted.
    """
    unknown = np.stack([one.doubtful for one in objects]) | ignore
    images, height, width = ignore.shape
    blocks = unknown.reshape(images, height // stride, stride, width // stride, stride)
    counts = ~blocks.any(axis=(2, 4))
    heat = np.zeros(counts.shape, np.float32)
    for drawn, one in zip(heat, objects, strict=True):
        for box in one.boxes[one.whole]:
            _draw(drawn, box / stride)
    boxes = np.concatenate([one.boxes[one.whole] for one in objects])
    image = np.repeat(np.arange(images), [int(one.whole.sum()) for one in objects])
    centre = (boxes[:, :2] + boxes[:, 2:]) / (2 * stride)
    cell = np.floor(centre)
    row, column = cell.astype(np.int64).T
    known = heat, counts.astype(np.float32), image, row, column, centre - cell, boxes[:, 2:] - boxes[:, :2]
    return CentreTargets(*(torch.from_numpy(np.ascontiguousarray(array)).to(device) for array in known))


def _draw(heat: NDArray[np.float32], box: NDArray[np.float32]) -> None:
    """Raise the heatmap to an unnormalised Gaussian around one centre; ``box`` is in cells."""
    top, left, bottom, right = box.tolist()
    row, column, reach = int((top + bottom) / 2), int((left + right) / 2), radius(bottom - top, right - left)
    deviation = (2 * reach + 1) / 6
    rows, columns = (
        np.arange(max(middle - reach, 0), min(middle + reach + 1, length))
        for middle, length in zip((row, column), heat.shape, strict=True)
    )
    down, across = (
        np.exp(-((axis - middle) ** 2) / (2 * deviation**2)).astype(np.float32)
        for axis, middle in ((rows, row), (columns, column))
    )
    window = heat[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    np.maximum(window, down[:, np.newaxis] * across, out=window)
