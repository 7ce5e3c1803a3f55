"""Each loss against cases counted by hand, its gradient, and the training stage around them."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from napari_leafseg.core.sample import Batch
from napari_leafseg.models.rsis.losses import Pairs, class_loss, focus_loss, mask_losses, matched, stop_loss
from napari_leafseg.models.rsis.network import RsisNetwork
from napari_leafseg.models.rsis.params import COMPACT, PAPER, RsisConfig
from napari_leafseg.models.rsis.stage import RsisStage
from napari_leafseg.models.rsis.targets import Objects

LOG2 = math.log(2)


def _pairs(mask: torch.Tensor, valid: torch.Tensor | None = None, kind: int = 0) -> Pairs:
    """One pair: the second step of the only image."""
    everywhere = torch.ones_like(mask) if valid is None else valid
    return Pairs(torch.tensor([0]), torch.tensor([1]), mask[None], everywhere[None], torch.tensor([kind]))


def test_mask_losses_by_hand() -> None:
    """Logits 0 everywhere: sIoU 1 - 0.5 / (1.5 + 1 - 0.5); entropy 3 ln 2 over an area of 1."""
    logits = torch.zeros(1, 1, 3, requires_grad=True)
    overlap, entropy = mask_losses(logits, _pairs(torch.tensor([[True, False, False]])))
    assert overlap.item() == pytest.approx(1 - 0.5 / 2.0, abs=1e-5)
    assert entropy.item() == pytest.approx(3 * LOG2, rel=1e-5)
    (overlap + entropy).backward()
    assert logits.grad is not None
    assert float(logits.grad[0, 0, 0]) < 0 < float(logits.grad[0, 0, 1])


def test_ignored_pixels_are_in_no_mask_loss() -> None:
    """Their values change nothing, and they have no gradient."""
    valid = torch.tensor([[True, True, False]])
    results = []
    for hidden in (-5.0, 5.0):
        logits = torch.tensor([[[1.0, -1.0, hidden]]], requires_grad=True)
        losses = mask_losses(logits, _pairs(torch.tensor([[True, False, True]]), valid))
        sum(losses).backward()  # type: ignore[union-attr]
        assert logits.grad is not None and float(logits.grad[0, 0, 2]) == 0
        results.append([loss.item() for loss in losses])
    assert results[0] == pytest.approx(results[1])


def test_class_loss_by_hand() -> None:
    """Equal logits of three outputs: ln 3; the first output stands for none, so class 0 is the second."""
    logits = torch.zeros(1, 2, 3, requires_grad=True)
    loss = class_loss(logits, _pairs(torch.ones(1, 1, dtype=torch.bool), kind=0))
    assert loss.item() == pytest.approx(math.log(3))
    loss.backward()
    assert logits.grad is not None
    assert logits.grad[0, 1].tolist() == pytest.approx([1 / 3, -2 / 3, 1 / 3])
    assert float(logits.grad[0, 0].abs().sum()) == 0


def test_objects_without_a_class_are_in_no_class_loss() -> None:
    """Zero, and still something to call backward on."""
    logits = torch.zeros(1, 2, 3, requires_grad=True)
    loss = class_loss(logits, _pairs(torch.ones(1, 1, dtype=torch.bool), kind=-1))
    loss.backward()
    assert loss.item() == 0


@pytest.mark.parametrize(("beyond", "steps"), [(1, 3), (2, 4)])
def test_stop_loss_looks_at_one_step_beyond_the_objects(beyond: int, steps: int) -> None:
    """Two objects: two steps go on, the next stops, and what follows is not looked at."""
    logits = torch.zeros(1, 5, requires_grad=True)
    loss = stop_loss(logits, torch.tensor([2]), beyond)
    assert loss.item() == pytest.approx(LOG2)
    loss.backward()
    assert logits.grad is not None
    assert logits.grad[0].sign().tolist() == [-1, -1] + [1] * beyond + [0] * (5 - steps)


def test_the_stop_is_learned_only_where_the_steps_cover_the_objects() -> None:
    """Five steps for five objects could only teach to go on."""
    logits = torch.randn(2, 5, requires_grad=True)
    stop_loss(logits, torch.tensor([5, 1])).backward()
    assert logits.grad is not None
    assert float(logits.grad[0].abs().sum()) == 0
    assert float(logits.grad[1].abs().sum()) > 0


def test_focus_loss_by_hand() -> None:
    """Four equal places, all of the object in one: ln 4."""
    logits = torch.zeros(1, 2, 2, 2, requires_grad=True)
    wanted = torch.tensor([[[1.0, 0.0], [0.0, 0.0]]])
    loss = focus_loss(logits, wanted, _pairs(torch.ones(2, 2, dtype=torch.bool)))
    assert loss.item() == pytest.approx(math.log(4))
    loss.backward()
    assert logits.grad is not None and float(logits.grad[0, 1, 0, 0]) < 0


def test_pairs_come_from_the_masks() -> None:
    """The first step drew the second object."""
    masks = torch.tensor([[[True, False]], [[False, True]]])
    found = Objects(masks, torch.tensor([4, 5]), torch.ones(1, 2, dtype=torch.bool))
    pairs = matched(torch.tensor([[[[-9.0, 9.0]], [[9.0, -9.0]], [[0.0, 0.0]]]]), [found], 0.0)
    assert pairs.step.tolist() == [0, 1]
    assert pairs.classes.tolist() == [5, 4]


def _batch(size: int = 64) -> Batch:
    labels = torch.zeros(2, size, size, dtype=torch.int64)
    labels[0, 8:24, 8:24], labels[0, 30:44, 30:50], labels[1, 40:60, 4:20] = 1, 70_000_000_000, 5
    image = torch.rand(2, 3, size, size, generator=torch.Generator().manual_seed(0))
    return Batch(image, labels, torch.zeros_like(labels, dtype=torch.bool), [{1: 1, 70_000_000_000: 0}, {}])


SMALL_PAPER = PAPER.replace(encoder="compact", width=16, input_size=64, classes=2, steps=6)


@pytest.mark.parametrize(
    ("config", "names"),
    [
        (COMPACT, {"stop", "focus", "mask", "cross_entropy"}),
        (COMPACT.replace(classes=2), {"stop", "focus", "mask", "cross_entropy", "class"}),
        (SMALL_PAPER, {"stop", "mask", "class"}),
    ],
)
def test_every_loss_reaches_the_network(config: RsisConfig, names: set[str]) -> None:
    """Each by itself; the class loss exists only where there are classes."""
    torch.manual_seed(0)
    stage = RsisStage(RsisNetwork(config), None)
    stage.advance(1.0)
    losses = stage.losses(_batch())
    assert set(losses) == names
    for name, loss in losses.items():
        stage.zero_grad()
        loss.backward(retain_graph=True)
        assert any(p.grad is not None and float(p.grad.abs().sum()) > 0 for p in stage.parameters()), name


@pytest.mark.parametrize("config", [COMPACT, SMALL_PAPER.replace(classes=1)])
def test_every_weight_is_in_a_loss(config: RsisConfig) -> None:
    """Also with one class and where no image has an object, as training on several devices asks."""
    stage, batch = RsisStage(RsisNetwork(config), None), _batch()
    stage.advance(1.0)
    for labels in (batch.labels, torch.zeros_like(batch.labels)):
        stage.zero_grad()
        torch.stack(list(stage.losses(replace(batch, labels=labels)).values())).sum().backward()
        assert [name for name, p in stage.named_parameters() if p.grad is None] == []


def test_steps_grow_with_the_training() -> None:
    """From two to twenty over the share that the configuration says, as published in kind."""
    stage = RsisStage(RsisNetwork(SMALL_PAPER.replace(steps=20, curriculum=0.5)), None)
    steps = []
    for done in (0.0, 0.25, 0.49, 0.5, 1.0):
        stage.advance(done)
        steps.append(stage.steps)
    assert steps == [2, 11, 19, 20, 20]


def test_a_network_that_learned_all_its_steps_takes_them_at_once() -> None:
    """Else the first minutes of a fine-tuning would unlearn the later ones."""
    stage = RsisStage(RsisNetwork(SMALL_PAPER.replace(steps=20, curriculum=0.5)), None, grown=True)
    stage.advance(0.0)
    assert stage.steps == 20


def test_no_more_steps_are_taken_than_losses_look_at() -> None:
    """Two objects at most and one step beyond."""
    stage = RsisStage(RsisNetwork(SMALL_PAPER), None)
    stage.advance(1.0)
    taken = []
    stage.network.register_forward_hook(lambda _module, _inputs, output: taken.append(output.stop.shape[1]))
    stage.losses(_batch())
    assert taken == [3]


def test_several_windows_are_cut_from_each_crop() -> None:
    """Another place each time."""
    stage = RsisStage(RsisNetwork(COMPACT.replace(windows=3)), 32.0)
    image, found = stage._windows(_batch())
    assert image.shape == (6, 3, 128, 128)
    assert len(found) == 6
    assert not torch.equal(image[0], image[1])


def test_objects_under_the_ignore_mask_do_not_exist() -> None:
    """The stop then follows the others."""
    stage, batch = RsisStage(RsisNetwork(COMPACT.replace(windows=1)), None), _batch()
    batch.ignore[0, :28] = True
    assert [len(one.masks) for one in stage._windows(batch)[1]] == [1, 1]
