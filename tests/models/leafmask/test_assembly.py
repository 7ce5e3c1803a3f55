"""Mixing bases and refining points, against cases counted by hand."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from napari_leafseg.models.leafmask.assembly import assemble
from napari_leafseg.models.leafmask.refine import (
    PointHead,
    at_points,
    in_boxes,
    in_images,
    refined,
    training_points,
)


def _whole(size: float) -> Tensor:
    return torch.tensor([[0.0, 0.0, size, size]])


def test_equal_coefficients_give_the_mean_of_the_bases() -> None:
    """A softmax over K, as in the published code."""
    bases = torch.stack([torch.full((4, 4), value) for value in (1.0, 3.0, 8.0)])[None]
    mask = assemble(bases, 2, torch.tensor([0]), _whole(8), torch.zeros(1, 12), 4)
    assert torch.allclose(mask, torch.full((1, 4, 4), 4.0))


def test_coefficients_choose_a_base_place_by_place() -> None:
    """2 x 2 coefficients: the left half believes the first base, the right half the second."""
    bases = torch.stack([torch.full((8, 8), 5.0), torch.full((8, 8), -5.0)])[None]
    left_right = torch.tensor([[50.0, -50.0], [50.0, -50.0]])
    coefficients = torch.stack([left_right, -left_right]).reshape(1, -1)
    mask = assemble(bases, 1, torch.tensor([0]), _whole(8), coefficients, 4)
    assert torch.allclose(mask[0, :, [0, 1]], torch.tensor(5.0)) and torch.allclose(
        mask[0, :, [2, 3]], torch.tensor(-5.0)
    )


def test_bases_are_cut_out_by_the_box_in_its_image() -> None:
    """Bases at stride 4 that say their own column: the box from 8 to 24 px sees columns 2 to 6."""
    ramp = (torch.arange(16.0) + 0.5).expand(2, 1, 16, 16) * torch.tensor([1.0, -1.0])[:, None, None, None]
    box = torch.tensor([[8.0, 0.0, 24.0, 16.0]])
    mask = assemble(ramp, 4, torch.tensor([1]), box, torch.zeros(1, 1), 4)
    assert torch.allclose(mask[0, 2], -torch.tensor([2.5, 3.5, 4.5, 5.5]))


def test_points_in_maps_boxes_and_images() -> None:
    maps = torch.arange(4.0).expand(2, 1, 4, 4) * torch.tensor([1.0, 10.0])[:, None, None, None]
    middle = torch.tensor([[[0.375, 0.5]]])
    assert at_points(maps, middle.expand(2, -1, -1)).flatten().tolist() == [1, 10]
    assert in_boxes(torch.tensor([[2.0, 4.0, 10.0, 8.0]]), middle).flatten().tolist() == [5, 6]
    three = in_images(maps, torch.tensor([0, 1, 1]), middle.expand(3, -1, -1))
    assert three.flatten().tolist() == [1, 10, 10]


def _ramp(size: int = 16) -> Tensor:
    """Logits that are 0 along the middle column."""
    return (torch.arange(size) + 0.5 - size / 2).expand(1, size, size).contiguous()


@pytest.mark.parametrize(("oversample", "importance"), [(1.0, 0.5), (3.0, 0.75), (5.0, 1.0)])
def test_training_points_follow_beta_and_alpha(oversample: float, importance: float) -> None:
    """Table 3: of so many times as many points, this share is the most uncertain; the rest lies anywhere."""
    torch.manual_seed(0)
    points = training_points(_ramp(), 200, oversample, importance)
    assert points.shape == (1, 200, 2) and points.min() >= 0 and points.max() <= 1
    off = (points[0, :, 0] - 0.5).abs()
    chosen = off[: round(200 * importance)]
    # The nearest so many of uniform points lie within about this share of the half width.
    assert chosen.max().item() == pytest.approx(0.5 * importance / oversample, rel=0.15)
    assert importance == 1 or off[len(chosen) :].max() > 0.4


def _head(width: int = 4) -> PointHead:
    torch.manual_seed(1)
    head = PointHead(8, width)
    torch.nn.init.normal_(head.last.weight)
    return head


def test_the_first_layer_may_be_interpolated_instead_of_its_input() -> None:
    """Both are linear; so only its narrow result is kept."""
    head, maps, points = _head(), torch.rand(1, 8, 6, 6), torch.rand(1, 30, 2)
    after = at_points(head.first(maps), points)
    before = at_points(maps, points) @ head.first.weight[:, :, 0, 0].T + head.first.bias
    assert torch.allclose(after, before, atol=1e-6)


def test_the_predictor_hears_the_coarse_logit_after_every_layer() -> None:
    """17, 17 and 17 inputs at the published width of 16."""
    head = PointHead(256, 16)
    assert [tuple(weight.shape) for weight, _ in head.layers()] == [(16, 17), (16, 17), (1, 17)]
    features, coarse = torch.randn(1, 2, 16), torch.tensor([[0.3, -2.0]])
    x = features
    for weight, bias in head.layers():
        x = torch.cat([x.relu(), coarse[..., None]], -1) @ weight.T + bias
    assert torch.allclose(head(features, coarse), x[..., 0])


def _refined(logits: Tensor, steps: int, count: int, value: float = 9.0) -> Tensor:
    """Refine with a predictor that always says the same."""
    head = PointHead(8, 4)
    torch.nn.init.zeros_(head.last.weight)
    torch.nn.init.constant_(head.last.bias, value)
    boxes = _whole(1).expand(len(logits), -1)
    with torch.inference_mode():
        return refined(logits, boxes, torch.zeros(4, 5, 5), head.kept(), steps, count)


def test_each_step_doubles_the_mask_and_asks_the_most_uncertain_points() -> None:
    """16 to 64 in two steps; the last asks the two columns nearest to the middle, 128 points."""
    once = _refined(_ramp(), 1, 64)
    assert once.shape == (1, 32, 32)
    assert (once == 9).nonzero()[:, 2].unique().tolist() == [15, 16]
    plain = torch.nn.functional.interpolate(_ramp()[None], scale_factor=2, mode="bilinear")[0]
    assert torch.equal(once[once != 9], plain[once != 9])
    assert _refined(_ramp(), 2, 64).shape == (1, 64, 64)
    assert torch.equal(_refined(_ramp(), 0, 64), _ramp())


def test_more_points_than_there_are_ask_all() -> None:
    assert bool((_refined(_ramp(7), 1, 10_000) == 9).all())


def test_points_see_the_features_under_their_box() -> None:
    """Two boxes of one image, and a predictor that says the feature there."""
    features = torch.stack([torch.arange(8.0).expand(8, 8), torch.zeros(8, 8)])
    layers = ((torch.tensor([[1.0, 0.0, 0.0]]), torch.zeros(1)),)
    boxes = torch.tensor([[0.0, 0.0, 0.5, 1.0], [0.5, 0.0, 1.0, 1.0]])
    result = refined(torch.zeros(2, 2, 2), boxes, features, layers, 1, 16)
    assert result[0, 0].tolist() == [0, 1, 2, 3]
    assert result[1, 0].tolist() == [4, 5, 6, 7]
