"""Drawing every cluster anew by ClusterNet (the paper's section 3.4): its maps, and the masks that come back.

Full maps as published, or one crop around each cluster. Knows fields and clusters; nothing of parameters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from napari_leafseg.core.geometry import Geometry
from napari_leafseg.core.instances import Instances, paint
from napari_leafseg.core.paste import paste
from napari_leafseg.models.deep_embedding.cluster_net import ClusterNet
from napari_leafseg.models.deep_embedding.field import Field
from napari_leafseg.models.deep_embedding.params import DeepEmbeddingConfig

AROUND = 1.5
"""Side of a crop in sides of the cluster's box."""
_TOGETHER = 64
_FULL_TOGETHER = 4


@dataclass(frozen=True)
class Segments:
    """Clusters as ClusterNet is asked about them.

    Attributes
    ----------
    means
        float32 (n, D).
    boxes
        float32 (n, 4): top, left, bottom, right of what it sees, edges in pixels of the field.
    ids
        Label of each; 0 for background.
    """

    means: Tensor
    boxes: NDArray[np.float32]
    ids: NDArray[np.intp]


def segments_of(
    field: Field, labels: NDArray[np.int32], config: DeepEmbeddingConfig, *, background: bool = False
) -> Segments:
    """Describe the objects of a label image (H, W), and its background if asked for."""
    found = ndimage.find_objects(labels)
    ids = np.array([i + 1 for i, box in enumerate(found) if box is not None], np.intp)
    boxes = np.array(
        [(b[0].start, b[1].start, b[0].stop, b[1].stop) for b in found if b is not None], np.float32
    ).reshape(-1, 4)
    means = _means(field, labels, background=background)
    if background and bool((labels == 0).any()):
        ids, boxes = np.append(0, ids), np.concatenate([np.zeros((1, 4), np.float32), boxes])
    if config.cluster_maps == "full":
        boxes = np.tile(np.array([0, 0, *field.shape], np.float32), (len(ids), 1))
    else:
        boxes = _wider(boxes)
    return Segments(means[ids], boxes, ids)


def _means(field: Field, labels: NDArray[np.int32], *, background: bool) -> Tensor:
    """Mean vector of every label: float32 (labels.max() + 1, D); that of 0 only if asked for."""
    flat = labels.ravel()
    chosen = np.arange(len(flat)) if background else np.flatnonzero(flat)
    index = torch.from_numpy(flat[chosen].astype(np.int64))
    count = int(flat.max(initial=0)) + 1
    total = torch.zeros(count, field.dimensions).index_add(0, index, field.at(chosen))
    return total / torch.bincount(index, minlength=count).clamp_min(1)[:, None]


def _wider(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    middle, half = (boxes[:, :2] + boxes[:, 2:]) / 2, (boxes[:, 2:] - boxes[:, :2]) / 2
    half = np.maximum(half * AROUND, half + 2)
    return np.concatenate([middle - half, middle + half], 1)


def pixels_of(boxes: NDArray[np.float32], side: tuple[int, int], shape: tuple[int, int]) -> NDArray[np.intp]:
    """Nearest pixels of a grid over each box: flat indices (n, rows, columns); the border is repeated outside."""
    axes = []
    for axis in (0, 1):
        at = (np.arange(side[axis]) + 0.5) / side[axis]
        low, high = boxes[:, axis, None], boxes[:, axis + 2, None]
        axes.append(np.clip(np.floor(low + at * (high - low)).astype(np.intp), 0, shape[axis] - 1))
    return axes[0][:, :, None] * shape[1] + axes[1][:, None]


def side_of(field: Field, config: DeepEmbeddingConfig) -> tuple[int, int]:
    """Rows and columns of ClusterNet's maps."""
    return field.shape if config.cluster_maps == "full" else (config.cluster_crop, config.cluster_crop)


def maps(
    field: Field, foreground: NDArray[np.floating] | None, segments: Segments, config: DeepEmbeddingConfig
) -> Tensor:
    """What ClusterNet sees.

    Returns
    -------
    float32 (n, 1 or 2, rows, columns): likelihood, and foreground where there is one. Full maps are
    1 - d / max(d) as published, d the distance to the cluster's mean; in crops d is measured by the margin of
    the loss, since a crop may lie inside its object.
    """
    index = pixels_of(segments.boxes, side_of(field, config), field.shape)
    vectors = field.at(index.ravel()).view(*index.shape, field.dimensions)
    distance = (vectors - segments.means[:, None, None]).square().sum(3).sqrt()
    if config.cluster_maps == "full":
        likelihood = 1 - distance / distance.amax((1, 2), keepdim=True).clamp_min(1e-6)
    else:
        likelihood = 1 - (distance / (2 * config.distance_margin)).clamp_max(2)
    channels = [likelihood]
    if config.foreground:
        seen = np.ones(index.shape, np.float32) if foreground is None else foreground.ravel()[index]
        channels.append(torch.from_numpy(seen.astype(np.float32)))
    return torch.stack(channels, 1)


def refine(
    field: Field,
    foreground: NDArray[np.floating] | None,
    segments: Segments,
    net: ClusterNet,
    config: DeepEmbeddingConfig,
) -> Instances:
    """Ask ClusterNet for the mask of every cluster and paint them, the surest on top.

    Returns
    -------
    Instances in the field's frame. Background, where it is among the segments, takes its pixels from all.
    """
    probabilities = _asked(field, foreground, segments, net, config)
    masks = probabilities > 0.5
    if config.cluster_maps == "full" and len(segments.ids) and segments.ids[0] == 0:
        probabilities, masks = probabilities[1:], masks[1:] & ~masks[0]
        segments = Segments(segments.means[1:], segments.boxes[1:], segments.ids[1:])
    sure = (probabilities * masks).sum((1, 2)) / np.maximum(masks.sum((1, 2)), 1)
    frame = Geometry(field.shape, field.shape, field.shape)
    pasted = paste(np.where(masks, probabilities, np.minimum(probabilities, 0.5)), segments.boxes, frame, 0.5)
    return paint(field.shape, pasted, sure)


def _asked(
    field: Field,
    foreground: NDArray[np.floating] | None,
    segments: Segments,
    net: ClusterNet,
    config: DeepEmbeddingConfig,
) -> NDArray[np.float32]:
    """Probabilities (n, rows, columns), a few clusters at a time."""
    at_once = _FULL_TOGETHER if config.cluster_maps == "full" else _TOGETHER
    answers = [np.zeros((0, *side_of(field, config)), np.float32)]
    device = net.head.weight.device
    with torch.inference_mode():
        for start in range(0, len(segments.ids), at_once):
            part = slice(start, start + at_once)
            few = Segments(segments.means[part], segments.boxes[part], segments.ids[part])
            answers.append(net(maps(field, foreground, few, config).to(device)).sigmoid().cpu().numpy())
    return np.concatenate(answers)
