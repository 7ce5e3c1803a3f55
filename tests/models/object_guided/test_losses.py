"""Each loss by hand, its gradient, and that each option changes what it should."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from napari_leafseg.core.sample import Batch
from napari_leafseg.data.nuclei import draw_nuclei
from napari_leafseg.models.object_guided.losses import ObjectGuidedStage, heat_loss, size_losses
from napari_leafseg.models.object_guided.masks import TrueBoxes, draw_boxes, mask_targets, point_targets
from napari_leafseg.models.object_guided.network import Detection, build
from napari_leafseg.models.object_guided.params import COMPACT, ObjectGuidedConfig
from napari_leafseg.models.object_guided.refinement import uncertain_points
from napari_leafseg.models.object_guided.segmenter import ObjectGuidedSegmenter
from napari_leafseg.models.object_guided.targets import CentreTargets, find_objects


def _wanted(heat: torch.Tensor, counts: torch.Tensor | None = None) -> CentreTargets:
    none = torch.zeros(0, dtype=torch.long)
    return CentreTargets(
        heat,
        torch.ones_like(heat) if counts is None else counts,
        none,
        none,
        none,
        torch.zeros(0, 2),
        torch.zeros(0, 2),
    )


def test_the_heatmap_loss_by_hand() -> None:
    """A centre said 0.8, a cell beside it (0.5) said 0.6, an empty one said 0.1; one centre."""
    logits = torch.logit(torch.tensor([[[0.8, 0.6, 0.1]]]))
    by_hand = -(0.2**2 * math.log(0.8) + 0.5**4 * 0.6**2 * math.log(0.4) + 0.1**2 * math.log(0.9))
    assert float(heat_loss(logits, _wanted(torch.tensor([[[1.0, 0.5, 0.0]]])))) == pytest.approx(by_hand, rel=1e-5)


def test_the_heatmap_loss_is_divided_by_the_centres_of_the_batch_and_is_never_infinite() -> None:
    logits = torch.full((2, 1, 2), -200.0)
    heat = torch.tensor([[[1.0, 0.0]], [[1.0, 0.0]]])
    twice, once = float(heat_loss(logits, _wanted(heat))), float(heat_loss(logits[:1], _wanted(heat[:1])))
    assert math.isfinite(once) and twice == pytest.approx(once)
    assert math.isfinite(float(heat_loss(-logits, _wanted(torch.zeros(2, 1, 2)))))


def test_cells_that_nobody_knows_have_no_heatmap_loss() -> None:
    counts = torch.tensor([[[1.0, 0.0]]])
    heat = torch.tensor([[[1.0, 0.0]]])
    losses = [float(heat_loss(torch.tensor([[[0.3, x]]]), _wanted(heat, counts))) for x in (-5.0, 5.0)]
    assert losses[0] == losses[1]


def test_sizes_and_offsets_are_l1_at_the_centres() -> None:
    """Means over objects and both axes; the linear code is in cells of the heatmap."""
    network = build(COMPACT.replace(size_code="linear"))
    said = Detection(torch.zeros(1, 3, 3), torch.zeros(1, 2, 3, 3), torch.zeros(1, 2, 3, 3))
    said.size[0, :, 1, 2] = torch.tensor([4.0, 7.0])
    said.offset[0, :, 1, 2] = torch.tensor([0.5, 0.5])
    one = torch.tensor([1])
    wanted = CentreTargets(
        torch.zeros(1, 3, 3), torch.ones(1, 3, 3), torch.tensor([0]), one, one + 1,
        torch.tensor([[0.25, 0.5]]), torch.tensor([[10.0, 10.0]]),
    )  # fmt: skip
    size, offset = size_losses(said, wanted, network)
    assert float(size) == pytest.approx((1 + 2) / 2, rel=1e-3)
    assert float(offset) == pytest.approx(0.25 / 2, rel=1e-3)


def _one_box(pieces: torch.Tensor, ignore: torch.Tensor) -> TrueBoxes:
    return TrueBoxes(torch.zeros(1, 4), torch.tensor([0]), torch.tensor([1]), pieces[None], ignore[None])


def test_mask_targets_are_interpolated_and_know_what_is_ignored() -> None:
    """Between object and background lies a half; a sample with a part in an ignored pixel does not count."""
    pieces = torch.tensor([[1, 1, 0, 2], [1, 1, 0, 2], [0, 0, 0, 0]])
    ignore = torch.zeros(3, 4, dtype=torch.bool)
    ignore[0, 3] = True
    rows, columns = torch.tensor([[0.0, 1.25, 2.0, 9.0]]), torch.tensor([[0.0, 1.5, 2.0, 2.5]])
    found = mask_targets(_one_box(pieces, ignore), rows, columns)
    value, counts = found.value.reshape(4, 4), found.counts.reshape(4, 4)
    np.testing.assert_allclose(value.numpy(), [[1, 0.5, 0, 0], [0.75, 0.375, 0, 0], [0] * 4, [0] * 4])
    np.testing.assert_allclose(counts.numpy(), [[1, 1, 1, 0], [1] * 4, [1] * 4, [1] * 4])


def test_point_targets_lie_between_the_samples() -> None:
    """-1 is the first sample's place and 1 the last one's."""
    pieces = torch.zeros(8, 8, dtype=torch.long)
    pieces[2:5, 3:6] = 1
    boxes = _one_box(pieces, torch.zeros(8, 8, dtype=torch.bool))
    rows, columns = torch.linspace(1, 5, 4)[None], torch.linspace(2, 6, 4)[None]
    points = torch.tensor([[[-1.0, -1], [0, 0], [-0.75, 0], [1, 1]]])
    found = point_targets(boxes, rows, columns, points)
    np.testing.assert_allclose(found.value.numpy(), [[0, 1, 0.5, 0]])
    assert found.counts.shape == (1, 4)


def test_points_are_drawn_where_the_mask_is_unsure() -> None:
    """0.75 of an eighth of the samples; with the outline in the middle they lie along it."""
    logits = torch.linspace(-9, 9, 32).expand(2, 16, 32)
    torch.manual_seed(0)
    points = uncertain_points(logits)
    assert points.shape == (2, int(0.75 * (16 * 32 // 8)), 2)
    assert float(points[..., 1].abs().mean()) < 0.2 and float(points[..., 0].abs().mean()) > 0.3
    assert uncertain_points(torch.zeros(3, 2, 2)).shape == (3, 0, 2)


def _objects() -> tuple[list, np.ndarray]:
    labels = np.stack([draw_nuclei(size=64, count=6, seed=seed)[1] for seed in (0, 1)]).astype(np.int64)
    ignore = np.zeros(labels.shape, bool)
    return [find_objects(*one) for one in zip(labels, ignore, strict=True)], ignore


def _draw(**changes: object) -> TrueBoxes:
    torch.manual_seed(0)
    return draw_boxes(*_objects(), COMPACT.replace(**changes), torch.device("cpu"))


def test_at_most_so_many_boxes_are_drawn_from_the_whole_batch() -> None:
    objects, _ = _objects()
    everything = _draw(jitter=0)
    assert len(everything.edges) == sum(len(one.boxes) for one in objects) > 5
    few = _draw(max_rois=5, jitter=0)
    assert len(few.edges) == 5
    for edges, image, piece in zip(few.edges, few.image, few.piece, strict=True):
        np.testing.assert_array_equal(edges.numpy(), objects[int(image)].boxes[int(piece) - 1])


def test_jitter_moves_boxes_a_little() -> None:
    exact, moved = _draw(jitter=0).edges, _draw(jitter=0.1).edges
    shift = ((moved[:, :2] + moved[:, 2:]) - (exact[:, :2] + exact[:, 2:])).abs() / 2 / (exact[:, 2:] - exact[:, :2])
    growth = torch.log((moved[:, 2:] - moved[:, :2]) / (exact[:, 2:] - exact[:, :2])).abs()
    assert 0.05 < float(shift.max()) <= 0.1 and 0.05 < float(growth.max()) <= 0.1 + 1e-5


def _batch(*, empty: bool = False, labels: np.ndarray | None = None, ignore: np.ndarray | None = None) -> Batch:
    image, drawn = draw_nuclei(size=96, count=8, seed=0)
    labels = drawn if labels is None else labels
    ignore = np.zeros(labels.shape, bool) if ignore is None else ignore
    tensor = torch.from_numpy(image).float().expand(2, 3, -1, -1) / 255
    ids = torch.from_numpy(labels).long().expand(2, -1, -1)
    return Batch(tensor, torch.zeros_like(ids) if empty else ids, torch.from_numpy(ignore).expand(2, -1, -1), [{}] * 2)


def _losses(batch: Batch, **changes: object) -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    stage = ObjectGuidedStage(build(COMPACT.replace(**changes))).train()
    torch.manual_seed(1)
    return stage.losses(batch)


@pytest.mark.parametrize("loss", ["heat", "size", "offset", "segmentation", "refinement"])
def test_every_loss_has_a_gradient_and_reaches_its_own_part(loss: str) -> None:
    torch.manual_seed(0)
    stage = ObjectGuidedStage(build(COMPACT))
    stage.losses(_batch())[loss].backward()
    parts = {
        "heat": "heat",
        "size": "size",
        "offset": "offset",
        "segmentation": "branch.head",
        "refinement": "branch.refine",
    }
    own = [p for name, p in stage.network.named_parameters() if name.startswith(parts[loss])]
    assert all(p.grad is not None and float(p.grad.abs().sum()) > 0 for p in own)
    stem = next(stage.network.encoder.parameters())
    assert stem.grad is not None and float(stem.grad.abs().sum()) > 0


@pytest.mark.parametrize(
    ("option", "loss"),
    [("size_weight", "size"), ("segmentation_weight", "segmentation"), ("refinement_weight", "refinement")],
)
def test_weights_weigh(option: str, loss: str) -> None:
    once, twice = (_losses(_batch(), **{option: weight}) for weight in (0.5, 1.0))
    assert float(twice[loss].detach()) == pytest.approx(2 * float(once[loss].detach()), rel=1e-5)
    assert all(float(once[name].detach()) == float(twice[name].detach()) for name in once if name != loss)


def test_no_object_costs_nothing_but_false_centres() -> None:
    """Finite, with a gradient for every parameter of the branch, as training on several devices asks."""
    torch.manual_seed(0)
    stage = ObjectGuidedStage(build(COMPACT))
    losses = stage.losses(_batch(empty=True))
    assert {name for name, loss in losses.items() if float(loss.detach())} == {"heat"}
    sum(losses.values()).backward()  # type: ignore[union-attr]
    assert all(p.grad is not None for p in stage.network.parameters())


@pytest.mark.parametrize("config", [COMPACT, COMPACT.replace(rois="native", expand=1.1, jitter=0)])
def test_what_is_ignored_teaches_nothing(config: ObjectGuidedConfig) -> None:
    """Neither by its own labels nor as the end of an object that goes on under it."""
    _, labels = draw_nuclei(size=96, count=8, seed=0)
    ignore = np.zeros(labels.shape, bool)
    ignore[30:60, 20:50] = True
    assert set(np.unique(labels[ignore])) & set(np.unique(labels[~ignore])) - {0}
    scrambled = np.where(ignore, np.random.default_rng(0).integers(0, 99, labels.shape), labels)
    changes = {"rois": config.rois, "expand": config.expand, "jitter": config.jitter}
    first, second = (_losses(_batch(labels=one, ignore=ignore), **changes) for one in (labels, scrambled))
    for name in first:
        assert float(first[name].detach()) == pytest.approx(float(second[name].detach()), rel=1e-6), name


def test_half_precision_features_give_finite_single_precision_losses() -> None:
    with torch.autocast("cpu", torch.bfloat16):
        losses = _losses(_batch())
    assert all(loss.dtype == torch.float32 and bool(torch.isfinite(loss)) for loss in losses.values())


def test_the_published_network_has_all_losses_and_gradients(paper: ObjectGuidedSegmenter) -> None:
    """Boxes of native size, two and more levels deep."""
    stage = ObjectGuidedStage(paper.network).eval()  # statistics stay as other tests know them
    losses = stage.losses(_batch())
    assert all(float(loss.detach()) > 0 and bool(torch.isfinite(loss)) for loss in losses.values())
    sum(losses.values()).backward()  # type: ignore[union-attr]
    reached = [name for name, p in stage.named_parameters() if p.grad is not None and float(p.grad.abs().sum()) > 0]
    stage.zero_grad()
    parts = (
        "encoder",
        "decoder",
        "heat",
        "size",
        "offset",
        "fine",
        "branch.combine.0",
        "branch.head",
        "branch.refine.1",
    )
    for part in parts:
        assert any(name.startswith(f"network.{part}") for name in reached), part
