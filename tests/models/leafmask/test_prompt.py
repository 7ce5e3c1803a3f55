"""Boxes and points are answered from what was kept, also for objects that the detector missed."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from napari_leafseg.core import registry
from napari_leafseg.core.geometry import Geometry
from napari_leafseg.core.prediction import Candidates, Prediction, Tile
from napari_leafseg.models.leafmask.segmenter import LeafMaskSegmenter


def _labels() -> NDArray[np.int32]:
    labels = np.zeros((128, 128), np.int32)
    rows, columns = np.indices(labels.shape)
    labels[(rows - 40) ** 2 + (columns - 40) ** 2 < 15**2] = 1
    labels[(rows - 90) ** 2 + (columns - 80) ** 2 < 30**2] = 2
    labels[100:104, 10:14] = 3
    return labels


@pytest.fixture(scope="module")
def segmenter() -> LeafMaskSegmenter:
    """One whose every location believes the first base, which is the truth; the others say no."""
    made = registry.create("leafmask")
    assert isinstance(made, LeafMaskSegmenter)
    detector, size = made.network.detector, made.config.coefficient_size**2
    torch.nn.init.zeros_(detector.coefficients.weight)
    assert detector.coefficients.bias is not None
    with torch.no_grad():
        detector.coefficients.bias[:size] = 20
    return made


def _prediction(shape: tuple[int, int] = (128, 128)) -> Prediction:
    """Nothing detected but the first object, twice: better, and again with another mask and a worse score."""
    labels = _labels()
    bases = np.full((4, 64, 64), -8, np.float16)
    bases[0] = np.where(labels[::2, ::2] > 0, 8, -8)
    features = {"bases": bases, "points": np.zeros((16, 32, 32), np.float16)}
    features |= {f"tower{level}": np.zeros((64, 32 >> level, 32 >> level), np.float16) for level in range(4)}
    ring = np.full((28, 28), 8, np.float16)
    corner = np.full((28, 28), -8, np.float16)
    corner[:14, :14] = 8
    piece = Candidates(
        Geometry.scaled(shape, 128 / shape[0]),
        np.float32([0.9, 0.4]),
        np.float32([[25, 25, 55, 55], [25, 25, 65, 65]]),
        np.stack([corner, ring]),
        features=features,
    )
    return Prediction(shape, (Tile(0, 0, piece),))


def _iou(one: NDArray[np.bool_], two: NDArray[np.bool_]) -> float:
    return float((one & two).sum() / (one | two).sum())


@pytest.mark.parametrize(("value", "box"), [(1, (25, 25, 56, 56)), (2, (60, 50, 121, 111)), (3, (100, 10, 104, 14))])
def test_a_box_gives_the_object_in_it(
    segmenter: LeafMaskSegmenter, value: int, box: tuple[float, float, float, float]
) -> None:
    """Large and small, detected or not; the corners may come in any order."""
    params = segmenter.defaults.replace(steps=0)
    mask = segmenter.prompt(_prediction(), box, params)
    assert _iou(mask, _labels() == value) > 0.9
    assert not mask[: int(box[0])].any() and not mask[:, int(box[3]) :].any()
    turned = (box[2], box[3], box[0], box[1])
    np.testing.assert_array_equal(segmenter.prompt(_prediction(), turned, params), mask)


def test_a_box_is_in_pixels_of_the_image(segmenter: LeafMaskSegmenter) -> None:
    """The network saw the image at twice the size."""
    mask = segmenter.prompt(_prediction((64, 64)), (30, 25, 60.5, 55.5), segmenter.defaults.replace(steps=0))
    assert mask.shape == (64, 64)
    assert _iou(mask, (_labels() == 2)[::2, ::2]) > 0.85


def test_a_box_beside_everything_or_outside_is_empty(segmenter: LeafMaskSegmenter) -> None:
    for box in ((2.0, 100.0, 20.0, 120.0), (-50.0, -50.0, -10.0, -10.0), (5.0, 5.0, 5.0, 5.0)):
        assert not segmenter.prompt(_prediction(), box).any()


def test_the_location_whose_own_box_is_most_alike_answers(segmenter: LeafMaskSegmenter) -> None:
    """Only one tower cell knows the object; its coefficients decide."""
    made = registry.create("leafmask")
    assert isinstance(made, LeafMaskSegmenter)
    detector, size = made.network.detector, made.config.coefficient_size**2
    prediction = _prediction()
    piece = prediction.tiles[0].piece
    assert isinstance(piece, Candidates)
    tower = np.zeros((64, 32, 32), np.float16)
    tower[0, 9, 10] = 1  # at x = 42, y = 38, beside the middle of the first object
    with torch.no_grad():
        for layer in (detector.coefficients, detector.boxes.bbox_reg):
            layer.weight.zero_()
            layer.bias.zero_()
        detector.boxes.bbox_reg.weight[:, 0, 1, 1] = torch.tensor([17, 13, 14, 18]) / 4
        detector.coefficients.bias[size:] = 10
        detector.coefficients.weight[:size, 0, 1, 1] = 50
    changed = Candidates(
        piece.geometry, piece.scores, piece.boxes, piece.masks, features={**piece.features, "tower0": tower}
    )
    mask = made.prompt(Prediction((128, 128), (Tile(0, 0, changed),)), (25, 25, 56, 56))
    assert _iou(mask, _labels() == 1) > 0.9


def test_a_point_gives_the_best_candidate_that_covers_it(segmenter: LeafMaskSegmenter) -> None:
    """The best has a mask in its upper left quarter only."""
    prediction = _prediction()
    params = segmenter.defaults.replace(steps=0)
    best = segmenter.prompt(prediction, (30, 30), params)
    assert best.sum() == 15 * 15 and best[25:40, 25:40].all()
    other = segmenter.prompt(prediction, (50, 50), params)
    assert other.sum() == 40 * 40
    assert not segmenter.prompt(prediction, (100, 100), params).any()


def test_prompts_change_nothing(segmenter: LeafMaskSegmenter) -> None:
    """Same question, same answer; the network's parts stay where they are."""
    prediction = _prediction()
    before = {name: value.clone() for name, value in segmenter.network.state_dict().items() if value.ndim}
    one, two = (segmenter.prompt(prediction, (25, 25, 56, 56)) for _ in range(2))
    np.testing.assert_array_equal(one, two)
    after = segmenter.network.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())
