"""The one training loop: a generator of events, on lightning-fabric, for every method.

Knows methods through `Segmenter.prepare` and `Segmenter.stages` only.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.utils.data import DataLoader

from napari_leafseg.core.device import DeviceName, choose, describe
from napari_leafseg.core.errors import TrainingError
from napari_leafseg.core.segmenter import Batch, Check, Sample, Segmenter, never
from napari_leafseg.training.crops import Crops, collate
from napari_leafseg.training.events import EpochDone, Event, Finished, Started, Stepped, Validated
from napari_leafseg.training.options import TrainOptions
from napari_leafseg.training.runs import RunFolder
from napari_leafseg.training.validation import validate

_LEAST_SAMPLES = 64
_VALIDATIONS = 20


@dataclass
class _Progress:
    """Where the run is; everything that a resumption must know besides tensors."""

    stage: int = 0
    epoch: int = 0
    elapsed: float = 0.0
    validated_at: float = 0.0
    best: float = -1.0
    sbd: float | None = None
    ap50: float | None = None
    epochs: int = 0


@dataclass
class _Job:
    """One run's fixed parts."""

    segmenter: Segmenter
    train: Sequence[Sample]
    validation: Sequence[Sample]
    options: TrainOptions
    run: RunFolder
    fabric: Fabric
    check: Check
    progress: _Progress = field(default_factory=_Progress)
    done: dict[str, Any] = field(default_factory=dict)


def fit(
    segmenter: Segmenter,
    train: Sequence[Sample],
    validation: Sequence[Sample],
    options: TrainOptions,
    out: Path,
    *,
    device: DeviceName = "auto",
    devices: int = 1,
    resume: bool = False,
    check: Check = never,
) -> Iterator[Event]:
    """Train a segmenter; drain it to train, watch it to follow.

    Parameters
    ----------
    segmenter
        Fresh or with weights; trained in place, left with the best weights.
    train, validation
        Labelled images; without validation the last weights are the best.
    options
        What to do.
    out
        The run's folder.
    device, devices
        Where, and on how many.
    resume
        Go on with the run in ``out``.
    check
        Called every step; what it raises ends the run, which can be resumed.

    Yields
    ------
    Events, the last one `Finished`.

    Raises
    ------
    TrainingError
        If there is nothing to train on, no end is given, or a loss is not finite.
    """
    if not train:
        raise TrainingError("There is no labelled image to train on: add label images, or choose another folder.")
    if options.epochs is None and options.minutes is None:
        raise TrainingError("Say how long to train: give epochs or minutes.")
    torch.manual_seed(options.seed)
    fabric = _fabric(device, devices, options)
    run = RunFolder(out, writes=fabric.is_global_zero)
    run.begin(options, resume=resume)
    job = _Job(segmenter, train, validation, options, run, fabric, check)
    for event in _events(job, describe(fabric.device), resume=resume):
        run.note(event)
        # Of several processes, one speaks.
        if fabric.is_global_zero:
            yield event


def _fabric(device: DeviceName, devices: int, options: TrainOptions) -> Fabric:
    chosen = choose(device)
    precision = "bf16-mixed" if _half(chosen, options) else "32-true"
    accelerator = {"cuda": "gpu"}.get(chosen.type, chosen.type)
    fabric = Fabric(
        accelerator=accelerator,
        devices=devices,
        precision=cast("Any", precision),
        strategy="ddp" if devices > 1 else "auto",
    )
    fabric.launch()
    return fabric


def _half(device: torch.device, options: TrainOptions) -> bool:
    if options.precision != "auto":
        return options.precision == "bf16"
    if device.type == "cpu":
        # Emulated bfloat16 is many times slower than float32; only the processor's own is fast.
        supported = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
        return bool(supported())
    return device.type == "cuda"


def _events(job: _Job, device: str, *, resume: bool) -> Iterator[Event]:
    state = job.run.load_state() if resume else None
    if state is None:
        job.segmenter.prepare(job.train)
    else:
        job.progress, job.done = _Progress(**state["progress"]), state["done"]
    stages = list(job.segmenter.stages())
    yield Started(
        method=job.segmenter.method,
        train=len(job.train),
        validation=len(job.validation),
        device=device,
        stages=tuple(stage.name for stage in stages),
        resumed_at_epoch=job.progress.epoch,
    )
    for number, stage in enumerate(stages):
        module = cast("nn.Module", stage)
        if number < job.progress.stage:
            module.load_state_dict(job.done[str(number)])
            continue
        yield from _train_stage(job, cast("Any", stage), state)
        state = None
        job.fabric.barrier()
        if job.run.weights.exists():
            job.segmenter.restore(job.run.weights)
        job.done[str(number)] = module.state_dict()
        job.progress.stage, job.progress.epoch, job.progress.validated_at = number + 1, 0, 0.0
    progress = job.progress
    yield Finished(
        weights=str(job.run.weights),
        epochs=progress.epochs,
        minutes=progress.elapsed / 60,
        sbd=progress.sbd,
        ap50=progress.ap50,
    )


def _train_stage(job: _Job, stage: Any, state: dict[str, Any] | None) -> Iterator[Event]:
    options, fabric, progress = job.options, job.fabric, job.progress
    stage.to(memory_format=torch.channels_last)
    trainable = [p for p in stage.parameters() if p.requires_grad]
    plain = torch.optim.AdamW(trainable, lr=options.learning_rate, weight_decay=options.weight_decay)
    if state is not None:
        stage.load_state_dict(state["stage"])
        plain.load_state_dict(state["optimiser"])
    module, optimiser = fabric.setup(stage, plain)
    module.mark_forward_method("losses")
    began = time.monotonic() - progress.elapsed
    budget = _StageTime(stage.share, options, before=progress.elapsed if state is None else state["before"])
    while not budget.over(progress):
        torch.manual_seed(options.seed * 7919 + progress.epochs)
        yield from _epoch(job, module, optimiser, budget, began, stage.name)
        progress.epoch += 1
        progress.epochs += 1
        progress.elapsed = _elapsed(job, began)
        over = budget.over(progress)
        if over or _validation_due(job, budget):
            progress.validated_at = budget.share_done(progress)
            yield _validated(job, stage)
        progress.elapsed = _elapsed(job, began)
        job.run.save_state(_state(job, stage, plain, budget))


def _elapsed(job: _Job, began: float) -> float:
    """Seconds since the run began, the same in all processes, so that they end together."""
    elapsed = time.monotonic() - began
    return elapsed if job.fabric.world_size == 1 else float(job.fabric.broadcast(elapsed))


@dataclass(frozen=True)
class _StageTime:
    """How much of a stage's budget is used."""

    share: float
    options: TrainOptions
    before: float

    def share_done(self, progress: _Progress, partial: float = 0.0) -> float:
        epochs = self.options.epochs
        by_epoch = (progress.epoch + partial) / epochs if epochs else 0.0
        minutes = self.options.minutes
        by_time = (progress.elapsed - self.before) / (60 * minutes * self.share) if minutes else 0.0
        return max(by_epoch, by_time)

    def over(self, progress: _Progress) -> bool:
        return self.share_done(progress) >= 1


def _epoch(job: _Job, module: Any, optimiser: Any, budget: _StageTime, began: float, name: str) -> Iterator[Event]:
    options, progress, fabric = job.options, job.progress, job.fabric
    module.train()
    batches = _batches(job)
    start, totals, seen = time.monotonic(), dict[str, float](), 0
    for step, batch in enumerate(batches):
        job.check()
        progress.elapsed = _elapsed(job, began)
        done = budget.share_done(progress, step / len(batches))
        if done >= 1 and step > 0:
            break
        rate = _set_rate(optimiser, options, done)
        losses = module.losses(_moved(batch, fabric.device))
        _check_finite(losses, progress.epoch, step)
        fabric.backward(torch.stack(list(losses.values())).sum())
        fabric.clip_gradients(module, optimiser, max_norm=options.clip, error_if_nonfinite=False)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        values = {key: float(value.detach()) for key, value in losses.items()}
        seen += 1
        totals = {key: totals.get(key, 0.0) + value for key, value in values.items()}
        yield Stepped(
            stage=name, epoch=progress.epoch, step=step, steps=len(batches), losses=values, progress=min(done, 1.0)
        )
    seconds = time.monotonic() - start
    yield EpochDone(
        stage=name,
        epoch=progress.epoch,
        losses={key: value / max(seen, 1) for key, value in totals.items()},
        learning_rate=rate,
        seconds=seconds,
        images_per_second=seen * options.batch * fabric.world_size / max(seconds, 1e-9),
        progress=min(1.0, budget.share_done(progress, 1.0)),
    )


def _batches(job: _Job) -> DataLoader[Any]:
    options, fabric = job.options, job.fabric
    count = options.samples_per_epoch or max(len(job.train), _LEAST_SAMPLES)
    generator = torch.Generator().manual_seed(options.seed + job.progress.epochs)
    passes = -(-count // len(job.train))
    order = torch.cat([torch.randperm(len(job.train), generator=generator) for _ in range(passes)])[:count]
    # A number that no other crop of the run has, and that leads back to its image.
    serial = torch.arange(count) + job.progress.epochs * count
    draws = (serial * len(job.train) + order)[fabric.global_rank :: fabric.world_size]
    return DataLoader(
        Crops(job.train, options),
        batch_size=min(options.batch, len(draws)),
        sampler=draws.tolist(),
        collate_fn=collate,
        num_workers=options.workers,
        drop_last=True,
    )


def _moved(batch: Batch, device: torch.device) -> Batch:
    return Batch(
        batch.image.to(device, memory_format=torch.channels_last, non_blocking=True),
        batch.labels.to(device, non_blocking=True),
        batch.ignore.to(device, non_blocking=True),
        batch.classes,
    )


def _set_rate(optimiser: Any, options: TrainOptions, done: float) -> float:
    """Linear warm-up, then half a cosine down to a hundredth."""
    if done < options.warm_up:
        factor = max(done / options.warm_up, 0.01)
    else:
        share = min((done - options.warm_up) / (1 - options.warm_up), 1.0)
        factor = 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * share))
    for group in optimiser.param_groups:
        group["lr"] = options.learning_rate * factor
    return options.learning_rate * factor


def _check_finite(losses: dict[str, Tensor], epoch: int, step: int) -> None:
    if all(bool(torch.isfinite(loss)) for loss in losses.values()):
        return
    named = ", ".join(f"{name} = {float(loss.detach()):g}" for name, loss in losses.items())
    raise TrainingError(
        f"The training stopped at epoch {epoch}, step {step}, because a loss is not finite ({named}): "
        "lower the learning rate, or look for damaged images; the best weights so far are kept."
    )


def _validation_due(job: _Job, budget: _StageTime) -> bool:
    every = job.options.validate_every
    if every is not None:
        return job.progress.epoch % every == 0
    return budget.share_done(job.progress) - job.progress.validated_at >= 1 / _VALIDATIONS


def _validated(job: _Job, stage: Any) -> Validated:
    start, progress = time.monotonic(), job.progress
    images = _spread(job.validation, job.options.validation_images)
    sbd, ap50 = 0.0, 0.0
    if job.fabric.is_global_zero and images:
        sbd, ap50 = validate(job.segmenter, images, job.fabric.device.type, job.check)
    score = sbd + ap50 if images else math.inf
    best = score >= progress.best
    if best:
        progress.best = score if images else -1.0
        progress.sbd, progress.ap50 = (sbd, ap50) if images else (None, None)
        if job.fabric.is_global_zero:
            job.segmenter.save(job.run.weights)
    job.fabric.barrier()
    stage.to(job.fabric.device)
    return Validated(
        stage=stage.name,
        epoch=progress.epoch,
        sbd=sbd,
        ap50=ap50,
        images=len(images),
        best=best,
        seconds=time.monotonic() - start,
    )


def _spread(samples: Sequence[Sample], most: int) -> list[Sample]:
    step = max(1.0, len(samples) / most)
    return [samples[int(i * step)] for i in range(min(most, len(samples)))]


def _state(job: _Job, stage: Any, optimiser: torch.optim.Optimizer, budget: _StageTime) -> dict[str, Any]:
    return {
        "progress": vars(job.progress).copy(),
        "stage": stage.state_dict(),
        "optimiser": optimiser.state_dict(),
        "before": budget.before,
        "done": job.done,
    }
