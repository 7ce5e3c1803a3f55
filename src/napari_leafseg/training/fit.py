"""The one training loop: a generator of events, on lightning-fabric, for every method.

Knows methods through `Segmenter.prepare` and `Segmenter.stages` only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import torch
from lightning_fabric import Fabric
from torch import nn

from napari_leafseg.core.device import DeviceName, choose, describe, is_out_of_memory
from napari_leafseg.core.errors import MemoryUsedUpError, TrainingError
from napari_leafseg.core.sample import Sample, Stage
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.core.work import Check, never
from napari_leafseg.training.about import About
from napari_leafseg.training.before_after import compared
from napari_leafseg.training.crops import as_learned
from napari_leafseg.training.drawn import DrawnSamples
from napari_leafseg.training.events import Event, Finished, Started
from napari_leafseg.training.job import Budget, Job, Progress
from napari_leafseg.training.leave_one_out import divided
from napari_leafseg.training.mixing import mixed
from napari_leafseg.training.options import TrainOptions
from napari_leafseg.training.runs import RunFolder
from napari_leafseg.training.stages import keep_something, train_stage
from napari_leafseg.training.subject import drop_foreign


def fit(
    segmenter: Segmenter,
    train: Sequence[Sample],
    validation: Sequence[Sample],
    options: TrainOptions,
    out: Path | RunFolder,
    *,
    replay: DrawnSamples | None = None,
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
        The run's folder; one that was begun already is its owner's, who notes events and ends it.
    replay
        What the first weights were trained on, for the crops that `TrainOptions.replay` asks for.
    device, devices
        Where, and on how many.
    resume
        Go on with the run in ``out``.
    check
        Called every step; what it raises ends the run, which can be resumed.

    Yields
    ------
    Events, the last one `Finished`. Begun with weights, it is compared with them at the end if `TrainOptions.compare`.

    Raises
    ------
    TrainingError
        If there is nothing to train on, no end is given, a loss is not finite, or memory does not suffice.
    """
    if not train:
        raise TrainingError("There is no labelled image to train on: add label images, or choose another folder.")
    if options.epochs is None and options.minutes is None:
        raise TrainingError("Say how long to train: give epochs or minutes.")
    torch.manual_seed(options.seed)
    fabric = _fabric(device, devices, options)
    run = out if isinstance(out, RunFolder) else _begun(out, segmenter, options, resume=resume)
    options = divided(train, validation, options) if segmenter.source else options
    job = Job(segmenter, train, validation, options, run, fabric, check, replay)
    try:
        for event in _events(job, describe(fabric.device), resume=resume):
            if run is not out:
                run.note(event)
            # Of several processes, one speaks.
            if fabric.is_global_zero:
                yield event
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise _used_up(describe(fabric.device), options) from error
    finally:
        if run is not out:
            run.end()


def _used_up(device: str, options: TrainOptions) -> MemoryUsedUpError:
    smaller = options.batch // 2 or None
    remedy = f"a batch of {smaller}" if smaller else "smaller crops"
    return MemoryUsedUpError(
        f"The memory of {device} does not suffice to train on {options.batch} crops of {options.crop} pixels at once: "
        f"close other programs, or resume with {remedy}.",
        smaller,
    )


def _begun(out: Path, segmenter: Segmenter, options: TrainOptions, *, resume: bool) -> RunFolder:
    run = RunFolder(out)
    about = About(name=out.name, method=segmenter.method, weights=str(segmenter.source or ""))
    run.begin(options, about, resume=resume)
    return run


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
    if state is not None:
        job.progress, job.done = Progress(**state["progress"]), state["done"]
        drop_foreign(job)
        if job.fabric.broadcast(job.run.had_finished):
            job.progress.be_patient()
    elif not job.options.keep_fitted:
        job.segmenter.prepare(as_learned(job.train, job.options))
    if job.options.freeze_backbone:
        job.segmenter.freeze_backbone()
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
    early = False
    for number, stage in enumerate(stages):
        module = cast("nn.Module", stage)
        if number < job.progress.stage:
            module.load_state_dict(job.done[str(number)])
            continue
        yield from train_stage(job, cast("Any", stage), _budget(job, stages, number, state), state)
        state = None
        keep_something(job)
        job.fabric.barrier()
        if job.run.weights.exists():
            job.segmenter.restore(job.run.weights)
        early |= job.progress.early
        if job.stopped:
            break
        job.done[str(number)] = module.state_dict()
        job.progress.begin_stage(number + 1)
    yield from mixed(job)
    yield from compared(job)
    job.fabric.barrier()
    yield _finished(job, early=early)


def _budget(job: Job, stages: Sequence[Stage], number: int, state: dict[str, Any] | None) -> Budget:
    return Budget(
        stages[number].share,
        job.options,
        before=job.progress.elapsed if state is None else state["before"],
        shares_before=sum(stage.share for stage in stages[:number]),
        stages_before=number,
        stages=len(stages),
    )


def _finished(job: Job, *, early: bool) -> Finished:
    progress = job.progress
    return Finished(
        weights=str(job.run.weights),
        epochs=progress.epochs,
        minutes=progress.elapsed / 60,
        sbd=progress.sbd,
        ap50=progress.ap50,
        stopped=job.stopped,
        early=early,
    )
