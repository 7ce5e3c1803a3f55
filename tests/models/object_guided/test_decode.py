"""Decoding a perfect prediction gives the exact labels, 20 objects and 300, at any size of the masks."""

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
from napari_leafseg.models.object_guided.decode import decode
from napari_leafseg.models.object_guided.masks import TrueBoxes, mask_targets
from napari_leafseg.models.object_guided.params import COMPACT, PAPER, ObjectGuidedConfig, ObjectGuidedParams
from napari_leafseg.models.object_guided.rois import frames, groups, places
from napari_leafseg.models.object_guided.targets import find_objects


def candidates(
    masks: list[NDArray[np.floating]], boxes: NDArray[np.float32], scores: list[float], geometry: Geometry
) -> Candidates:
    """Put masks together as `encode` keeps them."""
    return Candidates(
        geometry,
        scores=np.array(scores, np.float32),
        boxes=boxes.astype(np.float32),
        masks=np.concatenate([np.zeros(0, np.float16), *(mask.astype(np.float16).ravel() for mask in masks)]),
        sizes=np.array([mask.shape for mask in masks], np.int64).reshape(-1, 2),
    )


def perfect(labels: NDArray[np.int32]) -> Candidates:
    """Masks of the objects' own size, as a network without error would draw them."""
    objects = find_objects(labels.astype(np.int64), np.zeros(labels.shape, bool))
    masks = []
    for number, box in enumerate(objects.boxes.astype(int), 1):
        masks.append((objects.pieces == number)[box[0] : box[2], box[1] : box[3]].astype(np.float32))
    scores = np.linspace(0.95, 0.5, len(masks)).tolist()
    return candidates(masks, objects.boxes, scores, Geometry.scaled(labels.shape))


def sampled(labels: NDArray[np.int32], config: ObjectGuidedConfig) -> Candidates:
    """Masks that say the truth at the samples of each box."""
    nowhere = np.zeros(labels.shape, bool)
    objects = find_objects(labels.astype(np.int64), nowhere)
    count = len(objects.boxes)
    boxes = TrueBoxes(
        torch.from_numpy(objects.boxes), torch.zeros(count, dtype=torch.long), torch.arange(1, count + 1),
        torch.from_numpy(objects.pieces)[None], torch.from_numpy(nowhere)[None],
    )  # fmt: skip
    masks = [np.zeros((0, 0), np.float32)] * count
    for group in groups(objects.boxes, config):
        chosen = boxes.select(torch.from_numpy(group.index))
        truth = mask_targets(chosen, *places(chosen.edges, 0, group.sizes[0], config)).value
        for index, mask in zip(group.index, truth.numpy().reshape(-1, *group.sizes[0]), strict=True):
            masks[index] = mask
    return candidates(masks, frames(objects.boxes, config), [0.9] * count, Geometry.scaled(labels.shape))


def _decode(piece: Candidates, **changes: object) -> Instances:
    return decode(piece, ObjectGuidedParams.parse({"min_area": 5, **changes}), NoMemo())


@pytest.fixture(scope="module", params=[20, 300])
def labels(request: pytest.FixtureRequest) -> NDArray[np.int32]:
    """Connected objects, numbered as they are."""
    drawn = draw_nuclei(size=512, count=request.param, seed=1)[1]
    return find_objects(drawn.astype(np.int64), np.zeros(drawn.shape, bool)).pieces.astype(np.int32)


def test_a_perfect_prediction_gives_the_exact_labels(labels: NDArray[np.int32]) -> None:
    """Scores fall with the number, so that even the ids are the same."""
    found = _decode(perfect(labels))
    np.testing.assert_array_equal(found.labels, labels)
    np.testing.assert_allclose(found.scores, np.linspace(0.95, 0.5, labels.max()), atol=1e-6)


@pytest.mark.parametrize("config", [COMPACT, PAPER])
def test_the_truth_at_the_samples_of_boxes_is_enough(labels: NDArray[np.int32], config: ObjectGuidedConfig) -> None:
    """Neither the grids nor the published samples lose an object or its outline."""
    scores = evaluate_pairs([(_decode(sampled(labels, config)).labels, labels)])
    assert scores.dic == 0 and scores.ap50 == 1 and scores.sbd > 0.98


def test_masks_of_the_network_are_scaled_to_the_image(labels: NDArray[np.int32]) -> None:
    """Twice the image, the same objects."""
    piece = perfect(labels)
    twice = candidates([], piece.boxes, piece.scores.tolist(), Geometry.scaled((1024, 1024), 0.5))
    twice = Candidates(twice.geometry, piece.scores, piece.boxes, piece.masks, sizes=piece.sizes)
    wanted = np.kron(labels, np.ones((2, 2), np.int32))
    scores = evaluate_pairs([(_decode(twice, min_area=20).labels, wanted)])
    assert scores.dic == 0 and scores.sbd > 0.98


def _two() -> Candidates:
    """A square, the same one again less sure, and a small one aside."""
    boxes = np.array([[4, 4, 14, 14], [4, 5, 14, 15], [20, 20, 24, 24]])
    masks: list[NDArray[np.floating]] = [np.full((5, 5), 0.8), np.full((10, 10), 0.8), np.full((2, 3), 0.6)]
    return candidates(masks, boxes, [0.9, 0.6, 0.4], Geometry.scaled((32, 32)))


@pytest.mark.parametrize(
    ("changes", "areas"),
    [
        ({}, [100, 16]),
        ({"confidence": 0.5}, [100]),
        ({"confidence": 0.95}, []),
        ({"mask_threshold": 0.7}, [100]),
        ({"mask_threshold": 0.9}, []),
        ({"min_area": 17}, [100]),
        ({"nms_iou": 0.95}, [100, 16]),
    ],
)
def test_each_parameter_does_what_it_says(changes: dict[str, float], areas: list[int]) -> None:
    found = _decode(_two(), **changes)
    assert found.table()["area"].tolist() == areas


def test_masks_that_overlap_little_share_the_ground() -> None:
    """The surer lies on top."""
    boxes = np.array([[0, 0, 10, 10], [0, 8, 10, 18]])
    piece = candidates([np.ones((4, 4))] * 2, boxes, [0.6, 0.5], Geometry.scaled((10, 20)))
    assert _decode(piece).table()["area"].tolist() == [100, 80]
    assert _decode(piece, nms_iou=0.1).table()["area"].tolist() == [100]


def test_no_candidates_no_objects() -> None:
    piece = candidates([], np.zeros((0, 4)), [], Geometry.scaled((16, 16)))
    assert _decode(piece).count == 0


def test_moving_the_minimum_area_cuts_no_mask_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """What depends on other parameters is kept."""
    memo, piece = BoundedMemo(), perfect(draw_nuclei(size=128, count=10, seed=0)[1])
    params = ObjectGuidedParams()
    first = decode(piece, params, memo)
    monkeypatch.setattr("napari_leafseg.models.object_guided.decode.cut", None)
    assert decode(piece, params.replace(min_area=0), memo).count >= first.count
    with pytest.raises(TypeError):
        decode(piece, params.replace(mask_threshold=0.4), memo)
