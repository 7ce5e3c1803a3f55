"""Answering points and boxes from what `encode` kept, without running the whole network again."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from napari_leafseg.core.paste import paste
from napari_leafseg.core.prediction import Candidates
from napari_leafseg.core.segmenter import Box, Point
from napari_leafseg.models.object_guided.decode import cut
from napari_leafseg.models.object_guided.network import ObjectGuidedNetwork
from napari_leafseg.models.object_guided.rois import Group, frames, groups, places, sample

IMAGE = "image"
"""Name of the kept image, from which c1 is made anew: its features would need most of the memory."""
_FINE_MARGIN = 2
"""Pixels around a region that the two convolutions of c1 look at."""


def at_point(piece: Candidates, point: Point, threshold: float) -> NDArray[np.bool_]:
    """Mask of the surest candidate, also below the slider's confidence, that covers a point.

    Returns
    -------
    bool (height, width); empty where there is none.
    """
    row, column = (int(np.floor(value + 0.5)) for value in point)
    down, across = piece.geometry.point_to_network(row, column)
    centre = np.array([down, across]) + 0.5
    near = np.all((piece.boxes[:, :2] <= centre) & (centre <= piece.boxes[:, 2:]), axis=1)
    for mask in cut(piece, np.flatnonzero(near), threshold):
        y, x = row - mask.top, column - mask.left
        if 0 <= y < mask.pixels.shape[0] and 0 <= x < mask.pixels.shape[1] and mask.pixels[y, x]:
            return mask.placed(piece.geometry.image_shape)
    return np.zeros(piece.geometry.image_shape, bool)


def in_box(piece: Candidates, box: Box, threshold: float, network: ObjectGuidedNetwork) -> NDArray[np.bool_]:
    """Mask of the object in a box, drawn by the segmentation branch from the kept features.

    Returns
    -------
    bool (height, width); empty if the box has less than two pixels along an axis.
    """
    down, across = piece.geometry.scale
    rows, columns = sorted((box[0] * down, box[2] * down)), sorted((box[1] * across, box[3] * across))
    edges = np.array([[rows[0], columns[0], rows[1], columns[1]]], np.float32)
    shape = piece.geometry.image_shape
    for group in groups(edges, network.config):
        with torch.inference_mode():
            values = _mask(piece, edges, group, network)
        return paste(values, frames(edges, network.config), piece.geometry, threshold)[0].placed(shape)
    return np.zeros(shape, bool)


def _mask(
    piece: Candidates, edges: NDArray[np.float32], group: Group, network: ObjectGuidedNetwork
) -> NDArray[np.float32]:
    device = next(network.parameters()).device
    boxes = torch.from_numpy(edges).to(device)
    patches = [_patch(piece, boxes, level, size, network) for level, size in enumerate(group.sizes)]
    refined = network.branch(network.finished(patches))
    return network.branch.logits(refined).sigmoid().cpu().numpy()


def _patch(piece: Candidates, boxes: Tensor, level: int, size: tuple[int, int], network: ObjectGuidedNetwork) -> Tensor:
    """Samples of one level, of which only the part around the box is brought to single precision."""
    name = IMAGE if level == 0 else f"c{level + 1}"
    kept = piece.features[name]
    at = places(boxes, level, size, network.config)
    starts, window = [], []
    for axis, line in enumerate(at):
        low = int(np.clip(float(line.min()) - _FINE_MARGIN, 0, kept.shape[axis + 1] - 1))
        high = int(np.clip(float(line.max()) + _FINE_MARGIN + 2, low + 1, kept.shape[axis + 1]))
        starts.append(low)
        window.append(slice(low, high))
    part = torch.from_numpy(kept[:, window[0], window[1]].astype(np.float32))[None].to(boxes.device)
    if level == 0:
        part = network.fine_map(part)
    only = torch.zeros(1, dtype=torch.int64, device=boxes.device)
    return sample(part, only, at[0] - starts[0], at[1] - starts[1])
