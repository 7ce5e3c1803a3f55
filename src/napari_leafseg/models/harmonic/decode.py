"""From an embedding map to objects: cluster, assign, split, drop what is small.

Pure: the same map and parameters always give the same answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from skimage.measure import label as components
from torch import Tensor

from napari_leafseg.core.instances import Instances
from napari_leafseg.core.memo import Memo
from napari_leafseg.core.prediction import EmbeddingMap
from napari_leafseg.models.harmonic.mean_shift import Modes, find_modes, nearest
from napari_leafseg.models.harmonic.params import Background, HarmonicParams

SAMPLES = 8000
"""About as many pixels vote for modes."""
_COARSE = 4
_FLAT = 0.5


@dataclass(frozen=True)
class _Assignment:
    """Cluster of every pixel (0 is background) and its closeness to that cluster's mode, 0 to 1."""

    clusters: NDArray[np.int32]
    closeness: NDArray[np.float32]


def decode(piece: EmbeddingMap, params: HarmonicParams, memo: Memo) -> Instances:
    """Find the objects of an embedding map.

    Parameters
    ----------
    piece
        From the network.
    params
        Live parameters.
    memo
        Keeps modes and assignments, which do not depend on the least score and area.
    """
    by_cluster = params.background is Background.CLUSTER or piece.foreground is None
    threshold = None if by_cluster else params.foreground
    support = _min_support(piece, params.min_area)
    key = (params.bandwidth, threshold, support)
    found = memo.get(("assignment", *key), lambda: _assignment(piece, params.bandwidth, threshold, support))
    split = memo.get(("components", *key, params.split), lambda: _components(found.clusters, split=params.split))
    return _instances(piece, found, split, params)


def _min_support(piece: EmbeddingMap, min_area: int) -> float:
    """Pixels of the network's frame that a mode must be near to; small objects ask for few.

    In octaves, so that moving the minimum area seldom asks for new modes.
    """
    pixels = np.clip(min_area * piece.geometry.area_scale / 2, 12, 100)
    return float(2 ** np.round(np.log2(pixels)))


def _assignment(piece: EmbeddingMap, bandwidth: float, threshold: float | None, support: float) -> _Assignment:
    shape = piece.embedding.shape[1:]
    embedding = torch.from_numpy(np.array(piece.embedding, np.float16))
    if threshold is not None:
        mask = np.asarray(piece.foreground, np.float32) > threshold
        return _grouped(embedding, mask, bandwidth, support, background=None)
    everywhere = np.ones(shape, bool)
    rough = _modes(embedding, everywhere, bandwidth, support)
    if not len(rough.centres):
        return _Assignment(np.zeros(shape, np.int32), np.zeros(shape, np.float32))
    ground = rough.centres[:1]
    vectors = _vectors(embedding, np.flatnonzero(everywhere))
    far = (vectors - ground).square().sum(1) > bandwidth**2
    # A second look without the background: in a uniform sample it leaves few votes for small objects.
    return _grouped(embedding, far.numpy().reshape(shape), bandwidth, support, background=ground)


def _grouped(
    embedding: Tensor, mask: NDArray[np.bool_], bandwidth: float, support: float, background: Tensor | None
) -> _Assignment:
    """Cluster the pixels of a mask; those nearest to ``background`` become 0."""
    clusters, closeness = np.zeros(mask.shape, np.int32), np.zeros(mask.shape, np.float32)
    modes = _modes(embedding, mask, bandwidth, support)
    if not len(modes.centres):
        return _Assignment(clusters, closeness)
    centres, first = modes.centres, 1
    if background is not None:
        others = (centres - background).square().sum(1) > bandwidth**2
        centres, first = torch.cat([background, centres[others]]), 0
    return _assigned(embedding, mask, centres, first, bandwidth)


def _modes(embedding: Tensor, mask: NDArray[np.bool_], bandwidth: float, support: float) -> Modes:
    chosen, area = _sampled(mask)
    points = _vectors(embedding, chosen)
    slope = _slope(embedding, chosen)
    order = torch.argsort(slope, stable=True)
    flat = order[slope[order] < _FLAT * bandwidth]
    candidates = points[flat if len(flat) else order]
    return find_modes(points, candidates, bandwidth, max(2, round(min(6.0, support / area))))


def _sampled(mask: NDArray[np.bool_]) -> tuple[NDArray[np.intp], float]:
    """Pick a jittered grid of about `SAMPLES` pixels of a mask: flat indices, and mask pixels per sample."""
    total = int(mask.sum())
    step = max(1, int(np.sqrt(total / SAMPLES)))
    height, width = mask.shape
    rows, columns = np.mgrid[0:height:step, 0:width:step]
    jitter = np.random.default_rng(0).integers(0, step, (2, *rows.shape))
    rows, columns = np.minimum(rows + jitter[0], height - 1), np.minimum(columns + jitter[1], width - 1)
    inside = mask[rows, columns]
    return (rows[inside] * width + columns[inside]).astype(np.intp), float(step * step)


def _vectors(embedding: Tensor, index: NDArray[np.intp]) -> Tensor:
    """Embeddings of some pixels: float32 (n, dimensions)."""
    return embedding.flatten(1)[:, torch.from_numpy(index)].T.float().contiguous()


def _slope(embedding: Tensor, index: NDArray[np.intp]) -> Tensor:
    """How much the embedding changes around some pixels: the larger L2 step of both axes."""
    height, width = embedding.shape[1:]
    rows, columns = np.divmod(index, width)
    steps = []
    for down, across in ((1, 0), (0, 1)):
        ends = (
            np.clip(rows + sign * down, 0, height - 1) * width + np.clip(columns + sign * across, 0, width - 1)
            for sign in (1, -1)
        )
        ahead, behind = (_vectors(embedding, end) for end in ends)
        steps.append((ahead - behind).square().sum(1))
    return torch.stack(steps).amax(0).sqrt()


def _assigned(embedding: Tensor, mask: NDArray[np.bool_], centres: Tensor, first: int, bandwidth: float) -> _Assignment:
    """Give every pixel of the mask to the nearest centre.

    Cells of a coarse grid whose corners agree take their corner's answer; only the others
    are computed at full resolution.
    """
    clusters, squared = np.zeros(mask.shape, np.int32), np.zeros(mask.shape, np.float32)

    def compute(index: NDArray[np.intp]) -> None:
        if len(index):
            nearest_index, distance = nearest(_vectors(embedding, index), centres)
            clusters.flat[index] = nearest_index.numpy() + first
            squared.flat[index] = distance.numpy()

    corners = np.zeros(mask.shape, bool)
    corners[::_COARSE, ::_COARSE] = True
    compute(np.flatnonzero(corners & mask))
    agree = _cells_that_agree(clusters, mask)
    rows, columns = agree.shape
    inner = np.zeros(mask.shape, bool)
    cells = (slice(0, rows * _COARSE), slice(0, columns * _COARSE))
    inner[cells] = _enlarged(agree)
    for values in (clusters, squared):
        np.copyto(values[cells], _enlarged(values[cells][::_COARSE, ::_COARSE]), where=inner[cells])
    compute(np.flatnonzero(mask & ~inner & ~corners))
    closeness = np.clip(1 - np.sqrt(squared) / (2 * bandwidth), 0, 1, dtype=np.float32)
    return _Assignment(clusters, closeness)


def _enlarged(coarse: NDArray[Any]) -> NDArray[Any]:
    return coarse.repeat(_COARSE, axis=0).repeat(_COARSE, axis=1)


def _cells_that_agree(clusters: NDArray[np.int32], mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Cells wholly inside the mask whose four corners have one cluster: bool (rows, columns)."""
    coarse = clusters[::_COARSE, ::_COARSE]
    inside = mask[::_COARSE, ::_COARSE]
    same = inside[:-1, :-1].copy()
    for down, across in ((1, 0), (0, 1), (1, 1)):
        rows, columns = slice(down, coarse.shape[0] - 1 + down), slice(across, coarse.shape[1] - 1 + across)
        same &= inside[rows, columns] & (coarse[rows, columns] == coarse[:-1, :-1])
    rows, columns = same.shape
    whole = mask[: rows * _COARSE, : columns * _COARSE].reshape(rows, _COARSE, columns, _COARSE)
    return same & whole.all(axis=(1, 3))


def _components(clusters: NDArray[np.int32], *, split: bool) -> NDArray[np.int32]:
    if not split:
        return clusters
    return components(clusters, background=0, connectivity=1).astype(np.int32)


def _instances(piece: EmbeddingMap, found: _Assignment, labels: NDArray[np.int32], params: HarmonicParams) -> Instances:
    """Score the objects, bring them to the image's size, and drop the doubtful and the small ones."""
    count = int(labels.max(initial=0))
    flat = labels.ravel()
    confidence = found.closeness
    if piece.foreground is not None:
        confidence = confidence * piece.foreground
    total = np.bincount(flat, confidence.ravel(), minlength=count + 1)[1:]
    scores = (total / np.maximum(np.bincount(flat, minlength=count + 1)[1:], 1)).astype(np.float32)
    image_labels = np.ascontiguousarray(piece.geometry.to_image(labels))
    area = np.bincount(image_labels.ravel(), minlength=count + 1)[1:]
    return Instances(image_labels, scores).select((area >= max(params.min_area, 1)) & (scores >= params.score))
