"""The segmentation branch: the published modules, and batches that change nothing."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import conv2d, instance_norm, interpolate

from napari_leafseg.data.nuclei import draw_nuclei
from napari_leafseg.models.object_guided.branch import Combination, InstanceNorm, Refined, SegmentationBranch, at_points
from napari_leafseg.models.object_guided.params import COMPACT, ObjectGuidedConfig
from napari_leafseg.models.object_guided.segmenter import ObjectGuidedSegmenter
from napari_leafseg.models.object_guided.targets import find_objects


@pytest.mark.parametrize("shape", [(3, 5, 2, 2), (2, 7, 9, 4)])
def test_instance_normalisation_is_torchs_without_parameters(shape: tuple[int, ...]) -> None:
    x = torch.randn(shape, generator=torch.Generator().manual_seed(0)) * 5 + 3
    np.testing.assert_allclose(InstanceNorm()(x).numpy(), instance_norm(x).numpy(), atol=1e-5)
    assert not list(InstanceNorm().parameters())


def _combination(*, convolve_first: bool) -> tuple[Combination, torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    module = Combination(6, 4, nn.BatchNorm2d, convolve_first=convolve_first).eval()
    return module, torch.rand(2, 6, 3, 4), torch.rand(2, 4, 7, 9)


def test_a_combination_is_upsample_convolve_concatenate_mix() -> None:
    """Published order; one 1 x 1 convolution of both together is what the sum of two is."""
    module, deep, skip = _combination(convolve_first=False)
    up = interpolate(deep, size=(7, 9), mode="bilinear", align_corners=False)
    both = torch.cat([skip, module.narrow(up)], 1)
    weight = torch.cat([module.mix_skip.weight, module.mix_deep.weight], 1)
    wanted = module.finish(conv2d(both, weight, module.mix_skip.bias))
    np.testing.assert_allclose(module(deep, skip).detach().numpy(), wanted.detach().numpy(), atol=1e-5)


def test_convolving_first_enlarges_afterwards() -> None:
    module, deep, skip = _combination(convolve_first=True)
    up = interpolate(module.narrow(deep), size=(7, 9), mode="bilinear", align_corners=False)
    wanted = module.finish(module.mix_skip(skip) + module.mix_deep(up))
    np.testing.assert_allclose(module(deep, skip).detach().numpy(), wanted.detach().numpy(), atol=1e-5)
    other, _, _ = _combination(convolve_first=False)
    assert float((other(deep, skip) - module(deep, skip)).detach().abs().max()) > 1e-3


def _small(config: ObjectGuidedConfig) -> SegmentationBranch:
    torch.manual_seed(0)
    return SegmentationBranch((3, 4, 5, 6, 7), config)


@pytest.mark.parametrize("levels", [1, 2, 5])
def test_the_branch_begins_at_the_deepest_level_that_a_box_reaches(levels: int) -> None:
    patches = [torch.rand(2, width, 32 >> i, 48 >> i) for i, width in enumerate((3, 4, 5, 6, 7)[:levels])]
    branch = _small(COMPACT)
    refined = branch(patches)
    assert refined.e1.shape == (2, 3, 32, 48) and branch.logits(refined).shape == (2, 32, 48)
    assert (refined.e2 is None) == (levels == 1)
    points = torch.rand(2, 10, 2) * 2 - 1
    assert [tuple(said.shape) for said in branch.point_logits(refined, points)] == [(2, 10)] * min(levels, 2)


def test_every_level_guides_the_mask() -> None:
    """Also the deepest, which holds what the object is."""
    patches = [torch.rand(1, width, 32 >> i, 32 >> i, requires_grad=True) for i, width in enumerate((3, 4, 5, 6, 7))]
    branch = _small(COMPACT)
    branch.logits(branch(patches)).square().sum().backward()
    assert all(patch.grad is not None and float(patch.grad.abs().sum()) > 0 for patch in patches)


def test_features_at_points_are_interpolated_between_the_samples() -> None:
    """-1 is the first sample and 1 the last; row before column."""
    x = torch.arange(6.0).reshape(1, 1, 2, 3)
    points = torch.tensor([[[-1.0, -1], [1, 1], [-1, 0.5], [0, -1]]])
    np.testing.assert_allclose(at_points(x, points)[0, :, 0].numpy(), [0, 5, 1.5, 1.5])


def test_one_head_sees_e1_and_the_other_both() -> None:
    branch = _small(COMPACT)
    refined = Refined(torch.rand(1, 3, 4, 4), torch.rand(1, 4, 2, 2))
    points = torch.rand(1, 5, 2)
    first, second = branch.point_logits(refined, points)
    other = branch.point_logits(Refined(refined.e1, refined.e2 * 2), points)
    assert torch.equal(first, other[0]) and not torch.equal(second, other[1])


@pytest.mark.parametrize(("preset", "side"), [("compact", 256), ("paper", 128)])
def test_boxes_together_are_drawn_as_one_by_one(request: pytest.FixtureRequest, preset: str, side: int) -> None:
    """Instance normalisation looks at one box only, so equal sizes can share a batch."""
    segmenter: ObjectGuidedSegmenter = request.getfixturevalue(preset)
    image, labels = draw_nuclei(size=side, count=24 if preset == "compact" else 6, seed=2)
    boxes = find_objects(labels.astype(np.int64), np.zeros(labels.shape, bool)).boxes
    boxes = np.concatenate([boxes, boxes + 1.25])  # of equal size, elsewhere
    with torch.inference_mode():
        tensor = torch.from_numpy(image).float().expand(1, 3, -1, -1) / 255
        levels = segmenter.network.eval()(tensor)[1]
        together = segmenter.masks(levels, boxes)
        alone = [segmenter.masks(levels, boxes[index : index + 1])[0] for index in range(len(boxes))]
    assert len({mask.shape for mask in together}) < len(boxes)
    for first, second in zip(together, alone, strict=True):
        np.testing.assert_allclose(first.astype(np.float32), second.astype(np.float32), atol=1e-3)
