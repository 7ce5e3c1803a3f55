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
from napari_leafseg.training.drawn import DrawnSamples
from napari_leafseg.training.options import TrainOptions
from napari_leafseg.training.runs import RunFolder

_LEAST_DONE = 0.005


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
    worse
        Validations of the stage since its best.
    early
        Whether the stage ended before its budget was used, because validation no longer improved.
    first
        Sum of SBD and AP50 of the weights that it began with, once they were validated.
    """

    stage: int = 0
    epoch: int = 0
    elapsed: float = 0.0
    validated_at: float = 0.0
    best: float = -1.0
    sbd: float | None = None
    ap50: float | None = None
    epochs: int = 0
    worse: int = 0
    early: bool = False
    first: float | None = None

    def begin_stage(self, number: int) -> None:
        """Go on to the next stage; the weights to keep are the best that it makes."""
        self.stage, self.epoch, self.validated_at, self.best = number, 0, 0.0, -1.0
        self.be_patient()

    def be_patient(self) -> None:
        """Let the stage go on although it did not improve."""
        self.worse, self.early = 0, False


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
    replay: DrawnSamples | None = None
    progress: Progress = field(default_factory=Progress)
    done: dict[str, Any] = field(default_factory=dict)
    stopped: bool = False

    @cached_property
    def clock(self) -> Clock:
        """Runs from the first look on."""
        return Clock(self.fabric, self.progress.elapsed)

    @cached_property
    def batches(self) -> Batches:
        """What this process trains on; one for all epochs and stages."""
        fabric = self.fabric
        return Batches(self.train, self.options, fabric.global_rank, fabric.world_size, replay=self.replay)


class Clock:
    """Seconds of training: the same in all processes, so that they end together; pauses do not count."""

    def __init__(self, fabric: Fabric, before: float) -> None:
        self._fabric, self._began = fabric, time.monotonic() - before

    def elapsed(self) -> float:
        """Seconds since the run began."""
        mine = time.monotonic() - self._began
        return mine if self._fabric.world_size == 1 else float(self._fabric.broadcast(mine))

    def leave_out(self, seconds: float) -> None:
        """Take back what was no training."""
        self._began += seconds


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
    shares_before, stages_before, stages
        Parts of the run's time and number of the stages that are done, and how many there are.
    """

    share: float
    options: TrainOptions
    before: float
    shares_before: float = 0.0
    stages_before: int = 0
    stages: int = 1

    def share_done(self, progress: Progress, partial: float = 0.0) -> float:
        """Share of the stage that is done, 0 to 1 or a little more; ``partial`` is of the current epoch."""
        epochs = self.options.epochs
        by_epoch = (progress.epoch + partial) / epochs if epochs else 0.0
        minutes = self.options.minutes
        by_time = (progress.elapsed - self.before) / (60 * minutes * self.share) if minutes else 0.0
        return max(by_epoch, by_time)

    def overall(self, done: float) -> float:
        """Share of the run that is done, 0 to 1, when so much of this stage is."""
        part = min(done, 1.0)
        if self.options.epochs:
            return (self.stages_before + part) / self.stages
        return min(1.0, self.shares_before + self.share * part)

    def seconds_left(self, progress: Progress, done: float) -> float | None:
        """Seconds until the last step; ``None`` while too little is done to say."""
        if self.options.minutes and not self.options.epochs:
            return max(0.0, 60 * self.options.minutes - progress.elapsed)
        overall = self.overall(done)
        return progress.elapsed * (1 - overall) / overall if overall > _LEAST_DONE else None

    def over(self, progress: Progress) -> bool:
        """Whether the stage is done."""
        return self.share_done(progress) >= 1


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
