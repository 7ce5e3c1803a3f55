"""The published network size for size, the compact one, and every arrangement of the attention."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torchvision.ops import box_iou

from napari_leafseg.core import registry
from napari_leafseg.core.errors import ParameterError
from napari_leafseg.models.leafmask.attention import PooledNorm, build_attention
from napari_leafseg.models.leafmask.detector import Locations, at_locations, decode_boxes, encode_boxes, padded
from napari_leafseg.models.leafmask.network import LeafMaskNetwork
from napari_leafseg.models.leafmask.params import (
    COMPACT,
    MAX_DETECTIONS,
    MAX_NMS_IOU,
    MIN_SCORE,
    PAPER,
    LeafMaskConfig,
)

ATTENTIONS = [
    *((name, "spatial_channel") for name in ("none", "se", "cbam", "g_cam", "gl_cam", "gl_sam")),
    *(("gl_dam", name) for name in ("parallel", "parallel_shared", "channel_spatial", "spatial_channel")),
]


def _parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.fixture(scope="module")
def paper() -> LeafMaskNetwork:
    return LeafMaskNetwork(PAPER)


def test_the_paper_preset_is_the_published_network(paper: LeafMaskNetwork) -> None:
    """Part by part; the authors' code has 257 more in a layer that it never uses."""
    parts = {name: _parameters(part) for name, part in paper.named_children()}
    assert parts["backbone"] + parts["pyramid"] == 46_263_488
    assert parts["detector"] == 4_738_566 + 1_807_120
    assert parts["masks"] + parts["semantic"] == 4_536_998
    assert parts["points"] == 4_963 - 257
    assert sum(parts.values()) == 57_351_135 - 257


def test_the_paper_preset_freezes_stem_and_first_stage(paper: LeafMaskNetwork) -> None:
    """And all of the backbone's normalisation, as detectors do that see few images at a time."""
    frozen = {name.split(".")[1] for name, p in paper.named_parameters() if not p.requires_grad}
    assert frozen == {"conv1", "layer1"}
    assert not any(isinstance(module, nn.BatchNorm2d) for module in paper.backbone.modules())


def test_levels_of_the_paper_preset(paper: LeafMaskNetwork) -> None:
    """P3 to P7, bases at stride 4."""
    with torch.inference_mode():
        output = paper.eval()(torch.rand(1, 3, 128, 160))
    assert output.locations.strides == (8, 16, 32, 64, 128)
    assert output.locations.shapes == ((16, 20), (8, 10), (4, 5), (2, 3), (1, 2))
    assert output.bases.shape == (1, 4, 32, 40)
    assert all(torch.isfinite(v).all() for v in (output.logits, output.distances, output.centreness, output.bases))


def test_the_paper_preset_resizes_as_published() -> None:
    """Shorter side 640, longer at most 1440."""
    segmenter = registry.create("leafmask", "paper")
    assert segmenter.geometry_for((500, 530), 1.0).scaled_shape == (640, 678)
    assert segmenter.geometry_for((100, 500), 1.0).scaled_shape == (288, 1440)
    assert segmenter.geometry_for((500, 530), 1.0).padded_shape == (640, 704)


def test_the_compact_preset_looks_from_stride_4_on() -> None:
    output = LeafMaskNetwork(COMPACT).eval()(torch.rand(2, 3, 64, 96))
    assert output.locations.strides == (4, 8, 16, 32)
    assert output.logits.shape == (2, 16 * 24 + 8 * 12 + 4 * 6 + 2 * 3)
    assert output.distances.shape == (*output.logits.shape, 4)
    assert output.bases.shape == (2, 4, 32, 48)


@pytest.mark.parametrize(("attention", "arrangement"), ATTENTIONS)
def test_every_attention_of_table_2(attention: str, arrangement: str) -> None:
    """Each keeps the size, lets gradients through, trains on one image, and is told apart from all others."""
    results = {}
    x = torch.rand(1, 64, 12, 10)
    for other, other_arrangement in ATTENTIONS:
        torch.manual_seed(0)
        config = PAPER.replace(mask_channels=16, attention=other, arrangement=other_arrangement)
        module = build_attention(config).train()
        value = module(x)
        assert value.shape == x.shape
        results[other, other_arrangement] = value
        if parameters := list(module.parameters()):
            value.sum().backward()
            assert all(p.grad is not None and bool(torch.isfinite(p.grad).all()) for p in parameters)
    mine = results.pop((attention, arrangement))
    assert torch.equal(mine, x) == (attention == "none")
    assert not any(torch.allclose(mine, value) for value in results.values())


def test_a_shared_local_branch_is_counted_once() -> None:
    sizes = {
        arrangement: _parameters(build_attention(PAPER.replace(arrangement=arrangement)))
        for arrangement in ("parallel", "parallel_shared", "channel_spatial", "spatial_channel")
    }
    assert sizes["parallel"] == sizes["channel_spatial"] == sizes["spatial_channel"] == 55_520 + 68_800
    assert sizes["parallel_shared"] == 55_520 + 34_400


def test_the_order_of_attentions_is_the_one_named() -> None:
    names = [
        [type(part).__name__ for part in build_attention(COMPACT.replace(arrangement=name)).attentions]  # type: ignore[union-attr]
        for name in ("spatial_channel", "channel_spatial")
    ]
    assert names == [["SpatialAttention", "ChannelAttention"], ["ChannelAttention", "SpatialAttention"]]


def test_pooled_norm_trains_on_one_vector_and_is_plain_otherwise() -> None:
    """Plain batch normalisation raises there."""
    norm, plain = PooledNorm(3).train(), nn.BatchNorm2d(3).train()
    one = torch.rand(1, 3, 1, 1)
    with pytest.raises(ValueError, match="more than 1 value"):
        plain(one)
    assert torch.allclose(norm(one), one / (1 + norm.eps) ** 0.5)
    assert norm.num_batches_tracked == 0
    two = torch.rand(2, 3, 1, 1)
    assert torch.equal(norm(two), plain(two))


@pytest.mark.parametrize(
    "changes",
    [{"bases": 1}, {"bases": 8, "base_size": 56, "coefficient_size": 28}, {"coefficient_size": 14}],
    ids=str,
)
def test_bases_and_their_sizes_are_options(changes: dict[str, int]) -> None:
    """K, R_B and R_C of Table 1, down to the kept masks."""
    segmenter = registry.create("leafmask", "compact", changes)
    config = segmenter.config  # type: ignore[attr-defined]
    torch.nn.init.constant_(segmenter.network.detector.classes.cls_logits.bias, 3)  # type: ignore[attr-defined]
    piece = segmenter.encode(np.random.default_rng(0).random((64, 64, 3))).tiles[0].piece
    assert len(piece.scores) > 0
    assert piece.masks.shape[1:] == (config.base_size, config.base_size)
    assert piece.features["bases"].shape == (config.bases, 32, 32)


def test_candidates_keep_to_the_image_and_to_the_sliders() -> None:
    """Nothing in the padding, nothing below the score's beginning, nothing that the NMS slider cannot reach."""
    segmenter = registry.create("leafmask")
    torch.nn.init.constant_(segmenter.network.detector.classes.cls_logits.bias, 1)  # type: ignore[attr-defined]
    piece = segmenter.encode(np.random.default_rng(0).random((50, 70, 3))).tiles[0].piece
    boxes = torch.from_numpy(piece.boxes.copy())
    assert 0 < len(boxes) <= MAX_DETECTIONS
    assert boxes.min() >= 0 and boxes[:, [0, 2]].max() <= 50 and boxes[:, [1, 3]].max() <= 70
    assert (np.diff(piece.scores) <= 0).all() and piece.scores.min() > MIN_SCORE
    overlaps = box_iou(boxes, boxes).fill_diagonal_(0)
    assert overlaps.max() <= MAX_NMS_IOU


def test_a_configuration_that_does_not_fit_together_is_refused() -> None:
    with pytest.raises(ParameterError, match="head_groups"):
        registry.create("leafmask", "compact", {"head_groups": 7})
    with pytest.raises(ParameterError, match="coefficient_size"):
        LeafMaskConfig().replace(coefficient_size=56)


def _locations() -> Locations:
    return Locations(((4, 5), (2, 3)), (4, 8), torch.device("cpu"))


def test_locations_are_the_middles_of_cells() -> None:
    locations = _locations()
    assert locations.centres[:2].tolist() == [[2, 2], [6, 2]]
    assert locations.centres[20:].tolist() == [[4, 4], [12, 4], [20, 4], [4, 12], [12, 12], [20, 12]]
    assert locations.level.tolist() == [0] * 20 + [1] * 6
    assert locations.stride.unique(return_counts=True)[1].tolist() == [20, 6]


def test_a_convolution_at_chosen_locations_is_the_convolution_there() -> None:
    maps = [torch.rand(2, 8, 4, 5), torch.rand(2, 8, 2, 3)]
    layer = nn.Conv2d(8, 7, 3, padding=1)
    whole = torch.cat([layer(x).permute(0, 2, 3, 1).flatten(1, 2) for x in maps], 1)
    image, index = torch.tensor([0, 0, 1, 1, 1]), torch.tensor([0, 25, 3, 19, 20])
    chosen = at_locations(layer, padded(maps), _locations(), image, index)
    assert torch.allclose(chosen, whole[image, index], atol=1e-6)


def test_boxes_are_distances_in_strides() -> None:
    """To the left, top, right and bottom of the cell's middle."""
    locations, index = _locations(), torch.tensor([6, 24])
    boxes = torch.tensor([[2.0, 0.0, 10.0, 7.0], [12.0, 4.0, 28.0, 20.0]])
    distances = encode_boxes(boxes, locations, index)
    assert distances.tolist() == [[1, 1.5, 1, 0.25], [0, 1, 2, 1]]
    assert torch.equal(decode_boxes(distances, locations, index), boxes)
