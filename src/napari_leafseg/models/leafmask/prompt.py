"""Answers to a box or a point from what was kept of an image; the network is not run again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torchvision.ops import box_iou

from napari_leafseg.core.prediction import Candidates
from napari_leafseg.core.segmenter import Box, Point
from napari_leafseg.models.leafmask.assembly import assemble
from napari_leafseg.models.leafmask.candidates import swapped
from napari_leafseg.models.leafmask.decode import mask_groups, pasted
from napari_leafseg.models.leafmask.detector import Locations, at_locations, decode_boxes, padded
from napari_leafseg.models.leafmask.network import LeafMaskNetwork
from napari_leafseg.models.leafmask.params import LeafMaskParams
from napari_leafseg.models.leafmask.refine import at_points
from napari_leafseg.models.leafmask.targets import answers_for


def object_in_box(piece: Candidates, network: LeafMaskNetwork, box: Box, params: LeafMaskParams) -> NDArray[np.bool_]:
    """Return the mask of the object in a box (image pixels).

    The bases are cut out by the box; the coefficients are those of the location, among the ones that
    training would let answer for this box, whose own box is most like it.
    """
    down, across = piece.geometry.scale
    top, left, bottom, right = box
    top, bottom, left, right = min(top, bottom), max(top, bottom), min(left, right), max(left, right)
    wanted = torch.tensor([[left * across, top * down, right * across, bottom * down]], dtype=torch.float32)
    with torch.inference_mode():
        coefficients = _coefficients(piece, network, wanted)
        bases = _tensor(piece.features["bases"])[None]
        first = torch.zeros(1, dtype=torch.int64)
        logits = assemble(bases, network.base_stride, first, wanted, coefficients, network.config.base_size)
    one = replace(piece, scores=np.ones(1, np.float32), boxes=swapped(wanted.numpy()), masks=logits.numpy())
    return _mask(one, 0, network, params)


def object_at_point(
    piece: Candidates, network: LeafMaskNetwork, point: Point, params: LeafMaskParams
) -> NDArray[np.bool_]:
    """Return the mask of the best candidate that covers a point (image pixels); empty where none does."""
    row, column = (value + 0.5 for value in piece.geometry.point_to_network(*point))
    top, left, bottom, right = piece.boxes.T
    covering = np.flatnonzero((top <= row) & (row <= bottom) & (left <= column) & (column <= right))
    if len(covering):
        x = (column - left[covering]) / (right - left)[covering]
        y = (row - top[covering]) / (bottom - top)[covering]
        logits = at_points(_tensor(piece.masks[covering])[:, None], _tensor(np.stack([x, y], 1))[:, None]).flatten()
        covering = covering[logits.sigmoid().numpy() > params.mask]
    if not len(covering):
        return np.zeros(piece.geometry.image_shape, bool)
    return _mask(piece, int(covering[0]), network, params)


def _coefficients(piece: Candidates, network: LeafMaskNetwork, wanted: Tensor) -> Tensor:
    """Coefficients (1, K R_C^2) for a box (1, 4) in network pixels."""
    towers = [_tensor(value)[None] for name, value in sorted(piece.features.items()) if name.startswith("tower")]
    finest = network.config.finest
    shapes = tuple((tower.shape[2], tower.shape[3]) for tower in towers)
    locations = Locations(shapes, tuple(finest * 2**i for i in range(len(shapes))), wanted.device)
    index = answers_for(wanted, locations)[:, 0].nonzero()[:, 0]
    if not len(index):
        index = _nearest(wanted, locations)
    table, first = padded(towers), torch.zeros_like(index)
    detector = network.detector
    distances = at_locations(_on_cpu(detector.boxes.bbox_reg), table, locations, first, index).relu()
    likeness = box_iou(decode_boxes(distances, locations, index), wanted)[:, 0]
    best = index[likeness.argmax()][None]
    return at_locations(_on_cpu(detector.coefficients), table, locations, first[:1], best)


def _nearest(wanted: Tensor, locations: Locations) -> Tensor:
    """Return the finest level's location nearest to the middle of a box too small to hold one: int64 (1,)."""
    count = locations.shapes[0][0] * locations.shapes[0][1]
    middle = (wanted[:, :2] + wanted[:, 2:]) / 2
    return (locations.centres[:count] - middle).square().sum(1).argmin()[None]


def _on_cpu(layer: nn.Conv2d) -> nn.Conv2d:
    """Copy a layer for use on the CPU, wherever the network is at the moment."""
    if layer.weight.device.type == "cpu":
        return layer
    assert layer.bias is not None
    copy = nn.Conv2d(layer.in_channels, layer.out_channels, 3, padding=1)
    copy.load_state_dict({"weight": layer.weight.detach().cpu(), "bias": layer.bias.detach().cpu()})
    return copy


def _mask(piece: Candidates, index: int, network: LeafMaskNetwork, params: LeafMaskParams) -> NDArray[np.bool_]:
    groups = mask_groups(piece, np.array([index]), network.points.kept(), params.steps, params.points)
    return pasted(piece, groups, params.mask)[index].placed(piece.geometry.image_shape)


def _tensor(values: NDArray[np.floating]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, np.float32))
