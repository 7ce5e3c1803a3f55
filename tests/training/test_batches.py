"""The batches of an epoch: the same whoever makes them, and whatever was made before."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from napari_leafseg.core.sample import Batch, Sample
from napari_leafseg.training.batches import Batches
from napari_leafseg.training.drawn import to_replay, to_train_on
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


SHARE = OPTIONS.replace(replay=0.25, batch=4, samples_per_epoch=16, rotate=0)


def _replayed(samples: list[Sample], options: TrainOptions = SHARE, rank: int = 0, processes: int = 1) -> Batches:
    return Batches(samples, options, rank, processes, replay=to_replay(("mixed",), 64, "range", options.seed))


def _drawn(batch: Batch) -> list[int]:
    """Tell the drawn crops of a batch by their colours; the samples are grey."""
    return [place for place, image in enumerate(batch.image) if float((image[0] - image[1]).abs().mean()) > 0.01]


PLAIN = {"hue": 0, "saturation": 0, "brightness": 0, "contrast": 0, "noise": 0}


def test_every_batch_has_its_share_of_what_the_weights_knew(samples: list[Sample]) -> None:
    batches = _replayed(samples, SHARE.replace(**PLAIN))
    assert [len(_drawn(batch)) for epoch in range(2) for batch in batches.epoch(epoch)] == [1] * 8


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
def test_the_share_is_kept_over_epochs_and_processes(samples: list[Sample], share: float) -> None:
    options = SHARE.replace(replay=share, samples_per_epoch=20, batch=2)
    seen: list[int] = []
    for rank in range(2):
        batches = _replayed(samples, options, rank, 2)
        drawn = [number for epoch in range(2) for number in batches._of_epoch(epoch) if number < 0]
        assert len(drawn) == round(20 * share)
        seen += drawn
    assert sorted(seen, reverse=True) == list(range(-1, -1 - len(seen), -1)), "each once"


def test_replay_is_the_same_after_a_resumption_and_with_any_number_of_processes(samples: list[Sample]) -> None:
    """And never shows the same plant twice beyond the crops of one."""
    first = _images(_replayed(samples), 1)
    assert torch.equal(_images(_replayed(samples, SHARE.replace(workers=1)), 1), first)
    assert not torch.equal(_images(_replayed(samples), 0), first)


def test_without_replay_the_crops_are_those_of_a_plain_training(samples: list[Sample]) -> None:
    plain = _images(Batches(samples, SHARE.replace(replay=0)), 0)
    assert torch.equal(_images(_replayed(samples, SHARE.replace(replay=0)), 0), plain)
    mixed = _images(_replayed(samples), 0)
    same = [torch.equal(a, b) for a, b in zip(plain, mixed, strict=True)]
    assert same.count(False) == 4, "the others stay what they were"


def test_plants_of_a_replay_are_none_that_a_training_of_the_same_seed_draws() -> None:
    replayed, trained = (make(("mixed",), 64, "range", 0) for make in (to_replay, to_train_on))
    assert replayed.first - trained.first > 2**38


def test_what_is_ignored_in_a_persons_images_stays_ignored_beside_a_replay() -> None:
    """And a drawn crop is ignored nowhere inside its picture."""
    image = np.full((64, 64, 3), 0.5, np.float32)
    unknown = [Sample("unknown", image, np.ones((64, 64), np.int32), np.ones((64, 64), bool))]
    for batch in _replayed(unknown, SHARE.replace(**PLAIN, scale_low=1, scale_high=1, shear=0)).epoch(0):
        drawn = set(_drawn(batch))
        assert len(drawn) == 1
        for place, ignore in enumerate(batch.ignore):
            assert bool(ignore.all()) is (place not in drawn)
            assert place in drawn or not bool(batch.labels[place].any())
