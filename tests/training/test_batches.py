"""The batches of an epoch: the same whoever makes them, and whatever was made before."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from napari_leafseg.core.sample import Sample
from napari_leafseg.training.batches import Batches
from napari_leafseg.training.drawn import to_train_on
from napari_leafseg.training.options import TrainOptions

OPTIONS = TrainOptions(batch=2, crop=64, samples_per_epoch=6, drawn_size=64)


@pytest.fixture
def samples() -> list[Sample]:
    """Three images, each of one grey value of its own."""
    return [Sample(str(i), np.full((64, 64, 3), i / 4, np.float32), np.ones((64, 64), np.int32)) for i in range(3)]


def _images(batches: Batches, epoch: int) -> torch.Tensor:
    return torch.cat([batch.image for batch in batches.epoch(epoch)])


def test_an_epoch_does_not_depend_on_those_before(samples: list[Sample]) -> None:
    """A resumed run sees what the whole run would have seen."""
    batches = Batches(samples, OPTIONS)
    first, second = _images(batches, 0), _images(batches, 1)
    assert len(batches) == 3 and len(first) == 6
    assert torch.equal(_images(Batches(samples, OPTIONS), 1), second)
    assert not torch.equal(first, second)


def test_processes_beside_the_steps_change_nothing() -> None:
    """Neither what is drawn, nor the random numbers of the networks; and they live on from epoch to epoch."""
    drawn = to_train_on(("mixed",), 64, "range", 0)
    alone, helped = Batches(drawn, OPTIONS), Batches(drawn, OPTIONS.replace(workers=1))
    for epoch in range(2):
        torch.manual_seed(0)
        expected, after = _images(alone, epoch), torch.rand(1)
        torch.manual_seed(0)
        assert torch.equal(_images(helped, epoch), expected)
        assert torch.equal(torch.rand(1), after)


def test_an_epoch_that_was_left_early_is_followed_by_a_whole_one() -> None:
    """As at the end of a stage's time, with processes that are still at work on it."""
    batches = Batches(to_train_on(("mixed",), 64, "range", 0), OPTIONS.replace(workers=1))
    next(batches.epoch(0))
    assert torch.equal(_images(batches, 1), _images(Batches(to_train_on(("mixed",), 64, "range", 0), OPTIONS), 1))


def test_two_processes_of_a_run_share_its_crops(samples: list[Sample]) -> None:
    """Together they see what one would see, each half of it."""
    whole = Batches(samples, OPTIONS.replace(batch=1))
    parts = [Batches(samples, OPTIONS.replace(batch=1), rank, 2) for rank in range(2)]
    assert [len(part) for part in parts] == [3, 3]
    together = {image.numpy().tobytes() for part in parts for image in _images(part, 4)}
    assert together == {image.numpy().tobytes() for image in _images(whole, 4)}
