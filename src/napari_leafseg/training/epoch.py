"""One pass over the training images: crops, losses, gradients, events.

Knows nothing of stages, validation or files.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any

import torch
from torch import Tensor

from napari_leafseg.core.errors import TrainingError
from napari_leafseg.core.sample import Batch
from napari_leafseg.training.attention import attend
from napari_leafseg.training.events import EpochDone, Event, Stepped
from napari_leafseg.training.job import Budget, Job, set_rate
from napari_leafseg.training.norms import hold_norms
from napari_leafseg.training.subject import knew


def run_epoch(job: Job, module: Any, optimiser: Any, budget: Budget, name: str) -> Generator[Event, None, bool]:
    """Train for one pass, or until the budget is used, and end with `EpochDone`; without it, and False, if stopped."""
    options, progress, fabric = job.options, job.progress, job.fabric
    module.train()
    if options.keep_norms and knew(progress):
        hold_norms(module)
    start, totals, seen = time.monotonic(), dict[str, float](), 0
    for step, batch in enumerate(job.batches.epoch(progress.epochs)):
        job.check()
        yield from attend(job)
        if job.stopped:
            return False
        progress.elapsed = job.clock.elapsed()
        done = budget.share_done(progress, step / len(job.batches))
        if done >= 1 and step > 0:
            break
        rate = set_rate(optimiser, options, done)
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
            stage=name,
            epoch=progress.epoch,
            step=step,
            steps=len(job.batches),
            losses=values,
            progress=min(done, 1.0),
            overall=budget.overall(done),
            seconds_left=budget.seconds_left(progress, done),
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
    return True


def _moved(batch: Batch, device: torch.device) -> Batch:
    return Batch(
        batch.image.to(device, memory_format=torch.channels_last, non_blocking=True),
        batch.labels.to(device, non_blocking=True),
        batch.ignore.to(device, non_blocking=True),
        batch.classes,
    )


def _check_finite(losses: dict[str, Tensor], epoch: int, step: int) -> None:
    if all(bool(torch.isfinite(loss)) for loss in losses.values()):
        return
    named = ", ".join(f"{name} = {float(loss.detach()):g}" for name, loss in losses.items())
    raise TrainingError(
        f"The training stopped at epoch {epoch}, step {step}, because a loss is not finite ({named}): "
        "lower the learning rate, or look for damaged images; the best weights so far are kept."
    )
