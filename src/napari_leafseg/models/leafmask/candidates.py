"""From the network's output to what is kept of an image: scored boxes, their masks, and features for later.

Everything above the sliders' ends is kept, so that `decode` never needs the network again.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torchvision.ops import clip_boxes_to_image, nms

from napari_leafseg.core.geometry import Geometry
from napari_leafseg.core.prediction import Candidates
from napari_leafseg.models.leafmask.assembly import assemble
from napari_leafseg.models.leafmask.detector import Locations, at_locations, decode_boxes, padded
from napari_leafseg.models.leafmask.network import LeafMaskNetwork, Output
from napari_leafseg.models.leafmask.params import MAX_DETECTIONS, MAX_NMS_IOU, MIN_SCORE

TOP_OF_LEVEL = 1000
"""At most this many locations of each level are looked at, the best ones."""
_TOGETHER = 100
_LARGEST = 6e4  # half precision ends at 65504


def keep(network: LeafMaskNetwork, output: Output, geometry: Geometry) -> Candidates:
    """Collect the candidates of the first image of an output.

    Parameters
    ----------
    network
        Whose output it is.
    output
        Of one image.
    geometry
        Of that image; nothing in its padding is kept.

    Returns
    -------
    Candidates with mask logits (n, R_B, R_B), best first, and the features ``bases`` (K, h, w), ``points`` (the
    point predictor's first layer) and ``tower0``, ``tower1``, ... (box tower, finest level first).
    """
    config = network.config
    height, width = geometry.scaled_shape
    scores, index = _best(output, (height, width))
    boxes = decode_boxes(output.distances[0, index], output.locations, index)
    boxes = clip_boxes_to_image(boxes, (height, width))
    present = ((boxes[:, 2:] - boxes[:, :2]) > 1).all(1)
    scores, index, boxes = scores[present], index[present], boxes[present]
    chosen = nms(boxes, scores, MAX_NMS_IOU)[:MAX_DETECTIONS]
    scores, index, boxes = scores[chosen], index[chosen], boxes[chosen]
    return Candidates(
        geometry,
        scores.cpu().numpy(),
        swapped(boxes.cpu().numpy()),
        _half(_masks(network, output, boxes, index, config.base_size)),
        features=_features(network, output),
    )


def _best(output: Output, shape: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Scores and indices of the locations worth a look, finest level first."""
    locations = output.locations
    # As in the published code: the geometric mean of both, so that 0.5 means 0.5 on average.
    scores = (output.logits[0].float().sigmoid() * output.centreness[0].float().sigmoid()).sqrt()
    inside = (locations.centres < scores.new_tensor([shape[1], shape[0]])).all(1)
    scores = torch.where(inside, scores, 0)
    index = [part[part_scores > MIN_SCORE] for part, part_scores in _top_of_levels(scores, locations)]
    best = torch.cat(index)
    return scores[best], best


def _top_of_levels(scores: Tensor, locations: Locations) -> list[tuple[Tensor, Tensor]]:
    parts, before = [], 0
    for height, width in locations.shapes:
        values, index = scores[before : before + height * width].topk(min(TOP_OF_LEVEL, height * width))
        parts.append((index + before, values))
        before += height * width
    return parts


def _masks(network: LeafMaskNetwork, output: Output, boxes: Tensor, index: Tensor, size: int) -> Tensor:
    """Assemble logits (n, R_B, R_B), some at a time."""
    table, first = padded(output.towers), torch.zeros_like(index)
    parts = [boxes.new_zeros(0, size, size)]
    for some in torch.arange(len(index), device=index.device).split(_TOGETHER):
        coefficients = at_locations(network.detector.coefficients, table, output.locations, first[some], index[some])
        parts.append(assemble(output.bases, network.base_stride, first[some], boxes[some], coefficients, size))
    return torch.cat(parts)


def _features(network: LeafMaskNetwork, output: Output) -> dict[str, NDArray[Any]]:
    maps = {"bases": output.bases, "points": network.points.first(output.fine)}
    maps |= {f"tower{level}": tower for level, tower in enumerate(output.towers)}
    return {name: _half(value[0]) for name, value in maps.items()}


def _half(values: Tensor) -> NDArray[np.float16]:
    return np.ascontiguousarray(values.clamp(-_LARGEST, _LARGEST).half().cpu().numpy())


def swapped(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn boxes x1, y1, x2, y2 into top, left, bottom, right, or back."""
    return np.ascontiguousarray(boxes[:, [1, 0, 3, 2]])
