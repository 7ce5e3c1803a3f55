"""The six losses of Eq. 1: by hand where they are ours, zero where the network is right, silent under the mask."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from napari_leafseg.core.sample import Batch
from napari_leafseg.data.nuclei import draw_nuclei
from napari_leafseg.models.leafmask.detector import Locations, encode_boxes
from napari_leafseg.models.leafmask.losses import LeafMaskStage, _positives, detection_losses
from napari_leafseg.models.leafmask.network import LeafMaskNetwork, Output
from napari_leafseg.models.leafmask.params import COMPACT, PAPER, LeafMaskConfig
from napari_leafseg.models.leafmask.targets import find_objects, match

NAMES = {"classification", "centreness", "location", "mask", "semantic", "points"}
SMALL = COMPACT.replace(channels=16, head_groups=4, mask_channels=8, base_size=14, train_points=40)


def _batch(labels: Tensor, ignore: Tensor | None = None) -> Batch:
    image = torch.rand(len(labels), 3, *labels.shape[1:], generator=torch.Generator().manual_seed(0))
    ignore = torch.zeros_like(labels, dtype=torch.bool) if ignore is None else ignore
    return Batch(image, labels, ignore, [{}] * len(labels))


@pytest.fixture(scope="module")
def labels() -> Tensor:
    drawn = [draw_nuclei(size=96, count=8, seed=seed)[1] for seed in (1, 2)]
    return torch.stack([torch.from_numpy(one).long() for one in drawn])


def _stage(config: LeafMaskConfig = SMALL) -> LeafMaskStage:
    torch.manual_seed(0)
    return LeafMaskStage(LeafMaskNetwork(config)).train()


def _losses(stage: LeafMaskStage, batch: Batch) -> dict[str, Tensor]:
    torch.manual_seed(0)
    return stage.losses(batch)


def test_there_are_the_six_of_the_paper(labels: Tensor) -> None:
    assert set(_losses(_stage(), _batch(labels))) == NAMES


def _reached(stage: LeafMaskStage) -> Iterator[str]:
    for name, parameter in stage.network.named_parameters():
        if parameter.grad is not None and bool(parameter.grad.abs().sum() > 0):
            yield ".".join(name.split(".")[:2])


@pytest.mark.parametrize(
    ("name", "reaches", "leaves"),
    [
        ("classification", "detector.classes", {"detector.boxes", "masks.bases", "points.last"}),
        ("location", "detector.boxes", {"detector.classes", "masks.bases", "points.last"}),
        ("centreness", "detector.boxes", {"detector.classes", "masks.bases", "points.last"}),
        ("mask", "detector.coefficients", {"detector.classes", "semantic.2", "points.last"}),
        ("mask", "masks.bases", {"detector.classes", "semantic.2", "points.last"}),
        ("semantic", "semantic.2", {"detector.classes", "masks.bases", "points.last"}),
        ("points", "points.last", {"detector.classes", "semantic.2"}),
        ("points", "points.first", {"detector.classes", "semantic.2"}),
    ],
)
def test_each_loss_teaches_its_own_part(labels: Tensor, name: str, reaches: str, leaves: set[str]) -> None:
    """And the backbone."""
    stage = _stage()
    _losses(stage, _batch(labels))[name].backward()
    reached = set(_reached(stage))
    assert {reaches, "backbone.stem"} <= reached
    assert not leaves & reached


@pytest.mark.parametrize("preset", [COMPACT, PAPER.replace(backbone="resnet18")], ids=["compact", "paper"])
@pytest.mark.parametrize("half", [False, True])
def test_one_image_without_objects_is_no_special_case(preset: LeafMaskConfig, half: bool) -> None:
    """A batch of one, nothing on it: finite losses, every trained parameter has a gradient (zero or not)."""
    stage = _stage(preset)
    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        losses = stage.losses(_batch(torch.zeros(1, 64, 64, dtype=torch.int64)))
    assert all(loss.dtype == torch.float32 and bool(torch.isfinite(loss)) for loss in losses.values())
    torch.stack(list(losses.values())).sum().backward()
    assert all(losses[name] == 0 for name in ("location", "centreness", "mask", "points"))
    for name, parameter in stage.named_parameters():
        if parameter.requires_grad:
            assert parameter.grad is not None and bool(torch.isfinite(parameter.grad).all()), name


def test_what_lies_under_the_mask_changes_nothing(labels: Tensor) -> None:
    """Ids scrambled, objects added and taken away there: every loss is the same."""
    ignore = torch.zeros_like(labels, dtype=torch.bool)
    ignore[:, 20:70, 30:60] = True
    generator = torch.Generator().manual_seed(0)
    for scrambled in (torch.randint(0, 50, labels.shape, generator=generator), torch.zeros_like(labels)):
        stage = _stage()
        one = _losses(stage, _batch(labels, ignore))
        two = _losses(stage, _batch(torch.where(ignore, scrambled, labels), ignore))
        assert {n: v.item() for n, v in one.items()} == pytest.approx({n: v.item() for n, v in two.items()}, rel=1e-6)


def test_an_image_all_ignored_teaches_nothing(labels: Tensor) -> None:
    losses = _losses(_stage(), _batch(labels, torch.ones_like(labels, dtype=torch.bool)))
    assert all(loss == 0 for loss in losses.values())


def test_positives_are_thinned_to_what_memory_holds(labels: Tensor) -> None:
    """The expectation stays; few locations give another draw."""
    stage, batch = _stage(), _batch(labels)
    few = LeafMaskStage(LeafMaskNetwork(SMALL.replace(masks_per_batch=3))).train()
    few.load_state_dict(stage.state_dict())
    one, two = _losses(stage, batch), _losses(few, batch)
    assert one["classification"] == two["classification"]
    assert one["mask"] != two["mask"] and two["mask"] > 0


# --- detection, by hand ---------------------------------------------------------------


def _right(labels: Tensor, ignore: Tensor) -> tuple[Output, dict[str, Tensor]]:
    """What a network without error would say, and its losses."""
    size = labels.shape[1]
    locations = Locations(((size // 4, size // 4), (size // 8, size // 8)), (4, 8), labels.device)
    objects = find_objects(labels, ignore)
    matches = match(objects, locations, ignore)
    count = len(locations.centres)
    empty = torch.zeros(len(labels), count)
    output = Output(locations, empty - 20, torch.ones(len(labels), count, 4), empty.clone(), [], empty, empty)
    positives = _positives(objects, matches, output)
    output.logits[positives.image, positives.index] = 20
    output.distances[positives.image, positives.index] = encode_boxes(positives.boxes, locations, positives.index)
    output.centreness[positives.image, positives.index] = torch.logit(positives.weight, 1e-6)
    return output, _detection(output, labels, ignore)


def _detection(output: Output, labels: Tensor, ignore: Tensor) -> dict[str, Tensor]:
    objects = find_objects(labels, ignore)
    matches = match(objects, output.locations, ignore)
    return detection_losses(output, matches, _positives(objects, matches, output))


def _square(rows: slice, columns: slice) -> Tensor:
    labels = torch.zeros(1, 32, 32, dtype=torch.int64)
    labels[0, rows, columns] = 1
    return labels


def test_a_perfect_answer_costs_nothing() -> None:
    """But the entropy of the soft centre-ness."""
    labels = _square(slice(8, 16), slice(8, 16))
    _, losses = _right(labels, torch.zeros_like(labels, dtype=torch.bool))
    assert losses["classification"] < 1e-6 and losses["location"] < 1e-6
    weight = torch.tensor(1 / 3)  # all four locations are (2, 2) from one corner: sqrt(2/6 * 2/6)
    entropy = -(weight * weight.log() + (1 - weight) * (1 - weight).log())
    assert losses["centreness"].item() == pytest.approx(entropy.item(), rel=1e-4)


def test_location_is_giou_weighted_by_centreness() -> None:
    """One box 8 x 8; one location says it is twice as wide: IoU 1/2, nothing between, so a loss of 1/2 there."""
    labels = _square(slice(8, 16), slice(8, 16))
    ignore = torch.zeros_like(labels, dtype=torch.bool)
    output, _ = _right(labels, ignore)
    output.distances[0, 2 + 2 * 8, 2] += 2  # strides of 4 px, to the right
    assert _detection(output, labels, ignore)["location"].item() == pytest.approx(0.5 / 4, rel=1e-4)


def test_classification_is_focal_and_shared_by_the_positives() -> None:
    """A wrong background location of logit 0: 0.75 * 0.25 * ln 2, over four positives."""
    labels = _square(slice(8, 16), slice(8, 16))
    ignore = torch.zeros_like(labels, dtype=torch.bool)
    output, _ = _right(labels, ignore)
    output.logits[0, 0] = 0
    expected = 0.75 * 0.5**2 * torch.log(torch.tensor(2.0)).item() / 4
    assert _detection(output, labels, ignore)["classification"].item() == pytest.approx(expected, rel=1e-4)


def test_a_box_may_reach_under_the_ignored_region_but_not_elsewhere() -> None:
    """What is hidden may be part of the object: longer there is free, shorter is not, and other sides are as ever."""
    labels = _square(slice(8, 16), slice(8, 24))
    ignore = torch.zeros_like(labels, dtype=torch.bool)
    ignore[0, 10:14, 16:] = True
    labels[0, :10, 16:] = labels[0, 14:, 16:] = 0
    output, losses = _right(labels, ignore)
    assert losses["location"] < 1e-6
    costs, central = [], [losses["centreness"].item()]
    for side, by in ((2, 2.0), (2, -1.0), (0, 2.0)):
        changed = Output(**{**vars(output), "distances": output.distances.clone()})
        changed.distances[..., side] += by
        result = _detection(changed, labels, ignore)
        costs.append(result["location"].item())
        central.append(result["centreness"].item())
    assert costs[0] < 1e-6
    assert costs[1] > 0.1 and costs[2] > 0.1
    # What is central follows the box where it may go, and only there.
    assert central[1] != pytest.approx(central[0]) and central[2:] == pytest.approx([central[0]] * 2)
