"""What a training run consists of, where it is, and how much of its budget is used.

Knows neither steps nor files.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from lightning_fabric import Fabric

from napari_leafseg.core.sample import Sample
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.core.work import Check
from napari_leafseg.training.batches import Batches
from napari_leafseg.training.options import TrainOptions
from napari_leafseg.training.runs import RunFolder


@dataclass
class Progress:
    """Where the run is; everything that a resumption must know besides tensors.

    Attributes
    ----------
    stage, epoch
        Which stage, and epochs of it that are done.
    elapsed
        Seconds of training, pauses between resumptions not counted.
    validated_at
        Share of the stage that was done at its last validation.
    best
        Sum of the best SBD and AP50; ``sbd`` and ``ap50`` are its parts.
    epochs
        Epochs of all stages that are done.
    """

    stage: int = 0
    epoch: int = 0
    elapsed: float = 0.0
    validated_at: float = 0.0
    best: float = -1.0
    sbd: float | None = None
    ap50: float | None = None
    epochs: int = 0

    def begin_stage(self, number: int) -> None:
        """Go on to the next stage; the weights to keep are the best that it makes."""
        self.stage, self.epoch, self.validated_at, self.best = number, 0, 0.0, -1.0


@dataclass
class Job:
    """One run: its fixed parts, its progress, and the tensors of stages that are done."""

    segmenter: Segmenter
    train: Sequence[Sample]
    validation: Sequence[Sample]
    options: TrainOptions
    run: RunFolder
    fabric: Fabric
    check: Check
    progress: Progress = field(default_factory=Progress)
    done: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def batches(self) -> Batches:
        """What this process trains on; one for all epochs and stages."""
        return Batches(self.train, self.options, self.fabric.global_rank, self.fabric.world_size)


@dataclass(frozen=True)
class Budget:
    """How much a stage may use, in epochs or in its share of the minutes.

    Attributes
    ----------
    share
        Part of the run's time, 0 to 1.
    options
        Epochs and minutes.
    before
        Seconds of the run that were over when the stage began.
    """

    share: float
    options: TrainOptions
    before: float

    def share_done(self, progress: Progress, partial: float = 0.0) -> float:
        """Share of the stage that is done, 0 to 1 or a little more; ``partial`` is of the current epoch."""
        epochs = self.options.epochs
        by_epoch = (progress.epoch + partial) / epochs if epochs else 0.0
        minutes = self.options.minutes
        by_time = (progress.elapsed - self.before) / (60 * minutes * self.share) if minutes else 0.0
        return max(by_epoch, by_time)

    def over(self, progress: Progress) -> bool:
        """Whether the stage is done."""
        return self.share_done(progress) >= 1


def elapsed(job: Job, began: float) -> float:
    """Seconds since the run began, the same in all processes, so that they end together."""
    mine = time.monotonic() - began
    return mine if job.fabric.world_size == 1 else float(job.fabric.broadcast(mine))


def set_rate(optimiser: Any, options: TrainOptions, done: float) -> float:
    """Linear warm-up, then half a cosine down to a hundredth."""
    if done < options.warm_up:
        factor = max(done / options.warm_up, 0.01)
    else:
        share = min((done - options.warm_up) / (1 - options.warm_up), 1.0)
        factor = 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * share))
    for group in optimiser.param_groups:
        group["lr"] = options.learning_rate * factor * group["factor"]
    return options.learning_rate * factor
