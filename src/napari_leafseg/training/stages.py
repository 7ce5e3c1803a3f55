"""Training one network of a method: pass after pass, with validations between, until its budget is used.

Knows nothing of how a run begins and what becomes of its weights.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterator
from typing import Any

import torch

from napari_leafseg.data.writing import write_labels
from napari_leafseg.training.attention import StopWished, attentive
from napari_leafseg.training.epoch import run_epoch
from napari_leafseg.training.events import Event, Validated, Warned
from napari_leafseg.training.job import Budget, Job, Progress
from napari_leafseg.training.judging import judge, judged_on, keep
from napari_leafseg.training.subject import look_back
from napari_leafseg.training.validation import Figures

_VALIDATIONS = 20
_SETTLING = 2 / 3
"""From this share of a stage on it is not ended early: the learning rate falls so low that the weights settle, and are
often best at the very end."""


def train_stage(job: Job, stage: Any, budget: Budget, state: dict[str, Any] | None) -> Iterator[Event]:
    """Train a stage, from its beginning or from a state, until its budget is used or it was stopped."""
    options, fabric, progress = job.options, job.fabric, job.progress
    stage.to(memory_format=torch.channels_last)
    plain = torch.optim.AdamW(stage.groups(), lr=options.learning_rate, weight_decay=options.weight_decay)
    if state is not None:
        stage.load_state_dict(state["stage"])
        plain.load_state_dict(state["optimiser"])
    module, optimiser = fabric.setup(stage, plain)
    module.mark_forward_method("losses")
    if state is None and progress.stage > 0:
        # From now on the best weights are this stage's, so the end of the stage before could not be taken from them.
        job.run.save_state(_state(job, stage, plain, budget))
    if progress.epoch == 0 and options.validate_first:
        if not (yield from _validated(job, stage)):
            return
        if progress.stage == 0 and (sentence := look_back(job)):
            yield Warned(sentence=sentence)
    while not (progress.early or budget.over(progress)):
        torch.manual_seed(options.seed * 7919 + progress.epochs)
        stage.advance(budget.share_done(progress))
        if not (yield from run_epoch(job, module, optimiser, budget, stage.name)):
            return
        progress.epoch += 1
        progress.epochs += 1
        progress.elapsed = job.clock.elapsed()
        if budget.over(progress) or _validation_due(job, budget):
            progress.validated_at = budget.share_done(progress)
            if not (yield from _validated(job, stage, last=budget.over(progress))):
                return
        progress.elapsed = job.clock.elapsed()
        job.run.save_state(_state(job, stage, plain, budget))


def _validation_due(job: Job, budget: Budget) -> bool:
    every = job.options.validate_every
    if every is not None:
        return job.progress.epoch % every == 0
    return budget.share_done(job.progress) - job.progress.validated_at >= 1 / _VALIDATIONS


def _validated(job: Job, stage: Any, *, last: bool = False) -> Generator[Event, None, bool]:
    """Validate, keep the weights if they are the best, and say so; nothing of all this, and False, if stopped."""
    start, progress = time.monotonic(), job.progress
    images = judged_on(job)
    try:
        figures = judge(job, images, attentive(job))
    except StopWished:
        job.stopped = True
        return False
    finally:
        stage.to(job.fabric.device)
    sbd, ap50 = (figures.sbd, figures.ap50) if figures else (0.0, 0.0)
    score = figures.score if figures else math.inf
    best = score >= progress.best
    settled = last and not best and figures is not None and _is_as_good(figures, progress)
    if images:
        progress.worse = 0 if score > progress.best else progress.worse + 1
        progress.early = _is_hopeless(job)
    if best or settled:
        progress.best = score if images else -1.0
        progress.sbd, progress.ap50 = (sbd, ap50) if images else (None, None)
        keep(job)
    preview = _preview(job, figures) if figures else ""
    yield Validated(
        stage=stage.name,
        epoch=progress.epoch,
        sbd=sbd,
        ap50=ap50,
        images=len(images),
        best=best or settled,
        settled=settled,
        seconds=time.monotonic() - start,
        preview=preview,
        preview_image=str(images[0].path.absolute()) if preview and images[0].path else "",
    )
    return True


def _is_as_good(figures: Figures, progress: Progress) -> bool:
    """Whether a stage's last weights, which have settled, are not surely worse than its best, nor than the first.

    The best of many looks at a few objects is the luckiest look, often an early one, when weights still change much.
    """
    return figures.score >= max(progress.best - figures.doubt, progress.first or 0.0)


def _is_hopeless(job: Job) -> bool:
    """Whether validation has not improved for so long that the stage may end before its budget is used."""
    patience, progress = job.options.patience, job.progress
    return patience is not None and progress.worse >= patience and progress.validated_at < _SETTLING


def keep_something(job: Job) -> None:
    """Write the weights as they are now if none were kept: the run was stopped before its first validation."""
    if job.stopped and not job.run.weights.exists():
        keep(job)


def _preview(job: Job, figures: Figures) -> str:
    """Write the labels of one image for people to look at, if they are wanted."""
    if not job.options.preview:
        return ""
    name = f"preview/{job.progress.epochs:04d}.tif"
    if job.fabric.is_global_zero:
        write_labels(job.run.root / name, figures.first)
    return name


def _state(job: Job, stage: Any, optimiser: torch.optim.Optimizer, budget: Budget) -> dict[str, Any]:
    return {
        "progress": vars(job.progress).copy(),
        "stage": stage.state_dict(),
        "optimiser": optimiser.state_dict(),
        "before": budget.before,
        "done": job.done,
    }
