"""The one training loop: a generator of events, on lightning-fabric, for every method.

Knows methods through `Segmenter.prepare` and `Segmenter.stages` only.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import torch
from lightning_fabric import Fabric
from torch import nn

from napari_leafseg.core.device import DeviceName, choose, describe
from napari_leafseg.core.errors import TrainingError
from napari_leafseg.core.sample import Sample
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.core.work import Check, never
from napari_leafseg.training.about import About
from napari_leafseg.training.crops import as_learned
from napari_leafseg.training.epoch import run_epoch
from napari_leafseg.training.events import Event, Finished, Started, Validated
from napari_leafseg.training.job import Budget, Job, Progress, elapsed
from napari_leafseg.training.options import TrainOptions
from napari_leafseg.training.runs import RunFolder
from napari_leafseg.training.validation import validate

_VALIDATIONS = 20


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
    run.begin(
        options, About(name=out.name, method=segmenter.method, weights=str(segmenter.source or "")), resume=resume
    )
    job = Job(segmenter, train, validation, options, run, fabric, check)
    try:
        for event in _events(job, describe(fabric.device), resume=resume):
            run.note(event)
            # Of several processes, one speaks.
            if fabric.is_global_zero:
                yield event
    finally:
        run.end()


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


def _events(job: Job, device: str, *, resume: bool) -> Iterator[Event]:
    state = job.run.load_state() if resume else None
    if state is None:
        job.segmenter.prepare(as_learned(job.train, job.options))
    else:
        job.progress, job.done = Progress(**state["progress"]), state["done"]
    stages = list(job.segmenter.stages())
    yield Started(
        method=job.segmenter.method,
        train=len(job.train),
        validation=len(job.validation),
        device=device,
        stages=tuple(stage.name for stage in stages),
        shares=tuple(stage.share for stage in stages),
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
        job.progress.begin_stage(number + 1)
    progress = job.progress
    yield Finished(
        weights=str(job.run.weights),
        epochs=progress.epochs,
        minutes=progress.elapsed / 60,
        sbd=progress.sbd,
        ap50=progress.ap50,
    )


def _train_stage(job: Job, stage: Any, state: dict[str, Any] | None) -> Iterator[Event]:
    options, fabric, progress = job.options, job.fabric, job.progress
    stage.to(memory_format=torch.channels_last)
    plain = torch.optim.AdamW(stage.groups(), lr=options.learning_rate, weight_decay=options.weight_decay)
    if state is not None:
        stage.load_state_dict(state["stage"])
        plain.load_state_dict(state["optimiser"])
    module, optimiser = fabric.setup(stage, plain)
    module.mark_forward_method("losses")
    began = time.monotonic() - progress.elapsed
    budget = Budget(stage.share, options, before=progress.elapsed if state is None else state["before"])
    while not budget.over(progress):
        torch.manual_seed(options.seed * 7919 + progress.epochs)
        stage.advance(budget.share_done(progress))
        yield from run_epoch(job, module, optimiser, budget, began, stage.name)
        progress.epoch += 1
        progress.epochs += 1
        progress.elapsed = elapsed(job, began)
        over = budget.over(progress)
        if over or _validation_due(job, budget):
            progress.validated_at = budget.share_done(progress)
            yield _validated(job, stage)
        progress.elapsed = elapsed(job, began)
        job.run.save_state(_state(job, stage, plain, budget))


def _validation_due(job: Job, budget: Budget) -> bool:
    every = job.options.validate_every
    if every is not None:
        return job.progress.epoch % every == 0
    return budget.share_done(job.progress) - job.progress.validated_at >= 1 / _VALIDATIONS


def _validated(job: Job, stage: Any) -> Validated:
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


def _state(job: Job, stage: Any, optimiser: torch.optim.Optimizer, budget: Budget) -> dict[str, Any]:
    return {
        "progress": vars(job.progress).copy(),
        "stage": stage.state_dict(),
        "optimiser": optimiser.state_dict(),
        "before": budget.before,
        "done": job.done,
    }
