"""The crops of every epoch in batches, made between the steps or by processes that live as long as the run.

Knows samples and crops; nothing of steps, stages and networks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Sampler

from napari_leafseg.core.sample import Batch, Sample
from napari_leafseg.training.crops import Crops, collate
from napari_leafseg.training.drawn import DrawnSamples
from napari_leafseg.training.options import TrainOptions

_LEAST_SAMPLES = 64


class Batches:
    """All batches that one process of a run sees.

    Parameters
    ----------
    samples
        At least one.
    options
        Batch, crops per epoch, seed, workers, share of replay.
    rank, processes
        Which of how many processes of the run this is.
    replay
        What the first weights were trained on: its crops are spread evenly, so that every batch has its share.
    """

    def __init__(
        self,
        samples: Sequence[Sample],
        options: TrainOptions,
        rank: int = 0,
        processes: int = 1,
        replay: DrawnSamples | None = None,
    ) -> None:
        self._images, self._seed = len(samples), options.seed
        self._processes, self._permille = processes, round(1000 * options.replay) if replay else 0
        self._count = options.samples_per_epoch or max(len(samples), _LEAST_SAMPLES)
        self._part = slice(rank, None, processes)
        self._draws = _Draws(self._of_epoch(0))
        self._loader: DataLoader[Any] = DataLoader(
            Crops(samples, options, replay),
            batch_size=min(options.batch, len(self._draws)),
            sampler=self._draws,
            collate_fn=collate,
            num_workers=options.workers,
            drop_last=True,
            # Where processes are not forked, starting them takes seconds.
            persistent_workers=options.workers > 0,
            # Of its own, so that the networks' random numbers do not depend on how many processes there are.
            generator=torch.Generator(),
        )

    def __len__(self) -> int:
        """Batches of an epoch."""
        return len(self._loader)

    def epoch(self, number: int) -> Iterator[Batch]:
        """Make the batches of an epoch, counted over all stages: the same whatever was asked for before."""
        self._draws.numbers = self._of_epoch(number)
        return iter(self._loader)

    def _of_epoch(self, number: int) -> list[int]:
        generator = torch.Generator().manual_seed(self._seed + number)
        passes = -(-self._count // self._images)
        order = torch.cat([torch.randperm(self._images, generator=generator) for _ in range(passes)])[: self._count]
        # A number that no other crop of the run has, and that leads back to its image.
        serial = torch.arange(self._count) + number * self._count
        own = serial * self._images + order
        return self._replayed(number, own)[self._part].tolist()

    def _replayed(self, number: int, own: Tensor) -> Tensor:
        """Put replayed crops, which have numbers below zero, in the place of some."""
        # Counted in rounds of all processes, and in whole numbers, so that each process and pass gets its share.
        rounds = torch.arange(self._count) // self._processes + number * -(-self._count // self._processes)
        before, after = (at * self._permille // 1000 for at in (rounds, rounds + 1))
        serial = before * self._processes + torch.arange(self._count) % self._processes
        return torch.where(after > before, -1 - serial, own)


class _Draws(Sampler[int]):
    """The numbers of an epoch's crops; the loader asks anew in every epoch."""

    def __init__(self, numbers: list[int]) -> None:
        self.numbers = numbers

    def __len__(self) -> int:
        return len(self.numbers)

    def __iter__(self) -> Iterator[int]:
        return iter(self.numbers)
