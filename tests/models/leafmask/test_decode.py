"""Decoding perfect candidates gives the exact labels, 20 objects and 300; each parameter does what it says."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from napari_leafseg.analysis.scores import evaluate_pairs
from napari_leafseg.core.geometry import Geometry
from napari_leafseg.core.instances import Instances
from napari_leafseg.core.memo import NoMemo
from napari_leafseg.core.prediction import Candidates
from napari_leafseg.data.nuclei import draw_nuclei
from napari_leafseg.inference.memo import BoundedMemo
from napari_leafseg.models.leafmask.decode import decode, select, steps_needed
from napari_leafseg.models.leafmask.params import LeafMaskParams
from napari_leafseg.models.leafmask.refine import PointHead


def perfect(labels: NDArray[np.int32], resolution: int, geometry: Geometry | None = None) -> Candidates:
    """Candidates that a network without error would give: each mask cell says what its nearest pixel is."""
    count = int(labels.max())
    boxes, masks = np.zeros((count, 4), np.float32), np.zeros((count, resolution, resolution), np.float16)
    for i in range(count):
        rows, columns = np.nonzero(labels == i + 1)
        boxes[i] = rows.min(), columns.min(), rows.max() + 1, columns.max() + 1
        down, across = (
            np.floor(low + (np.arange(resolution) + 0.5) / resolution * (high - low)).astype(int)
            for low, high in ((boxes[i, 0], boxes[i, 2]), (boxes[i, 1], boxes[i, 3]))
        )
        masks[i] = np.where(labels[np.ix_(down, across)] == i + 1, 8, -8)
    scores = np.linspace(0.95, 0.5, count, dtype=np.float32)
    points = np.zeros((16, 8, 8), np.float16)
    return Candidates(geometry or Geometry.scaled(labels.shape), scores, boxes, masks, features={"points": points})


def _decode(piece: Candidates, memo: BoundedMemo | None = None, **changes: object) -> Instances:
    params = LeafMaskParams.parse({"min_area": 1, "steps": 0, **changes})
    torch.manual_seed(0)
    return decode(piece, PointHead(8, 16).kept(), params, NoMemo() if memo is None else memo)


@pytest.mark.parametrize(("count", "resolution"), [(20, 448), (300, 128)])
def test_perfect_candidates_give_the_exact_labels(count: int, resolution: int) -> None:
    """Each pixel, in a crowd too."""
    labels = draw_nuclei(size=512, count=count, seed=1)[1]
    found = _decode(perfect(labels, resolution), nms_iou=0.8)
    scores = evaluate_pairs([(found.labels, labels)])
    assert found.count == labels.max()
    np.testing.assert_array_equal(found.labels > 0, labels > 0)
    assert scores.sbd == 1


def test_the_networks_own_resolution_loses_no_object() -> None:
    """28 x 28 cells are enough to tell nuclei at 0.95 IoU."""
    labels = draw_nuclei(size=512, count=300, seed=1)[1]
    scores = evaluate_pairs([(_decode(perfect(labels, 28), nms_iou=0.8).labels, labels)])
    assert scores.ap[0.9] > 0.97


def _squares() -> NDArray[np.int32]:
    labels = np.zeros((128, 128), np.int32)
    labels[10:30, 10:30] = 1
    labels[60:120, 60:120] = 2
    return labels


def test_without_candidates_there_are_no_objects() -> None:
    """None at all, and none above the score."""
    piece = perfect(_squares(), 56)
    none = Candidates(piece.geometry, piece.scores[:0], piece.boxes[:0], piece.masks[:0], features=piece.features)
    assert _decode(none, steps=4).count == 0
    assert _decode(none).labels.shape == (128, 128)
    assert _decode(piece, score=0.95).count == 1


@pytest.mark.parametrize(("score", "count"), [(0.5, 2), (0.6, 1), (0.95, 1)])
def test_the_score_decides_who_is_there(score: float, count: int) -> None:
    assert _decode(perfect(_squares(), 56), score=score).count == count


def _doubled() -> Candidates:
    """The two squares, and each again, 4 px lower: IoU 2/3 and 7/8."""
    piece = perfect(_squares(), 56)
    boxes = np.concatenate([piece.boxes, piece.boxes + np.float32([4, 0, 4, 0])])
    return Candidates(
        piece.geometry, np.float32([0.9, 0.8, 0.7, 0.6]), boxes, np.concatenate([piece.masks] * 2),
        features=piece.features,
    )  # fmt: skip


@pytest.mark.parametrize(("iou", "kept"), [(0.8, [0, 1, 2]), (0.6, [0, 1]), (0.1, [0, 1])])
def test_of_boxes_alike_the_better_is_kept(iou: float, kept: list[int]) -> None:
    assert select(_doubled(), 0.1, iou).tolist() == kept


def test_the_mask_threshold_moves_the_outline() -> None:
    piece = perfect(_squares(), 56)
    soft = np.linspace(-3, 3, 56, dtype=np.float16)[None, None].repeat(2, 0).repeat(56, 1)
    piece = Candidates(piece.geometry, piece.scores, piece.boxes, soft, features=piece.features)
    areas = [int((_decode(piece, mask=value).labels > 0).sum()) for value in (0.1, 0.5, 0.9)]
    assert areas[0] > areas[1] > areas[2] > 0
    assert areas[1] == 20 * 10 + 60 * 30


@pytest.mark.parametrize(("min_area", "count"), [(400, 2), (401, 1), (3600, 1), (3601, 0)])
def test_minimum_area_is_counted_in_image_pixels(min_area: int, count: int) -> None:
    """Also where the network saw the image at twice the size."""
    assert _decode(perfect(_squares(), 56), min_area=min_area).count == count
    doubled = perfect(_squares(), 56, Geometry.scaled((64, 64), 2.0))
    assert _decode(doubled, min_area=min_area // 4 + (min_area % 4 > 0)).count == count
    assert _decode(doubled).labels.shape == (64, 64)


def test_overlapping_masks_become_a_partition_the_best_on_top() -> None:
    piece = perfect(_squares(), 56)
    boxes = np.float32([[10, 10, 50, 50], [30, 30, 90, 90]])
    full = np.full((2, 56, 56), 8, np.float16)
    found = _decode(Candidates(piece.geometry, piece.scores, boxes, full, features=piece.features))
    assert found.labels[40, 40] == 1 and found.labels[60, 60] == 2
    assert found.scores.tolist() == piece.scores.tolist()


def test_refinement_ends_at_the_first_grid_finer_than_the_box() -> None:
    """In pixels of the image: 28 cells suffice for 20 px; 60 px need 56 and then 112."""
    squares = _squares()
    assert steps_needed(perfect(squares, 28)).tolist() == [0, 2]
    assert steps_needed(perfect(squares, 56)).tolist() == [0, 1]
    assert steps_needed(perfect(squares, 64)).tolist() == [0, 0]
    assert steps_needed(perfect(squares, 14, Geometry.scaled((64, 64), 2.0))).tolist() == [0, 2]


def test_refinement_asks_the_points_that_are_uncertain() -> None:
    """Two steps for the large square only; more points change more."""
    piece = perfect(_squares(), 28)
    soft = Candidates(
        piece.geometry, piece.scores, piece.boxes,
        np.full((2, 28, 28), 0.01, np.float16), features={"points": np.ones((16, 8, 8), np.float16)},
    )  # fmt: skip
    head = PointHead(8, 16)
    torch.nn.init.zeros_(head.last.weight)
    torch.nn.init.constant_(head.last.bias, -5)
    areas = {}
    for steps, points in ((0, 784), (1, 784), (2, 784), (2, 3136), (4, 784)):
        params = LeafMaskParams(min_area=1, steps=steps, points=points)
        found = decode(soft, head.kept(), params, NoMemo())
        areas[steps, points] = np.bincount(found.labels.ravel(), minlength=3)[1:].tolist()
    assert areas[0, 784] == [400, 3600]
    assert all(small == 400 for small, _ in areas.values())
    assert areas[0, 784][1] > areas[1, 784][1] > areas[2, 3136][1]
    assert areas[4, 784] == areas[2, 784]


def test_refined_masks_are_kept_while_only_the_mask_threshold_moves() -> None:
    piece, memo = perfect(_squares(), 28), BoundedMemo()
    _decode(piece, memo, steps=2)
    held = len(memo)
    _decode(piece, memo, steps=2, mask=0.7, min_area=30)
    assert len(memo) == held
    _decode(piece, memo, steps=1)
    assert len(memo) == held + 1
    _decode(piece, memo, steps=1, nms_iou=0.3)
    assert len(memo) == held + 3
