"""The way back, for a part, from learned weights to those that a fine-tuning began with, which forgets less.

Weights that lie on the straight line between both do nearly as well as the new ones on what was learned, and better on
what was known before (weight-space ensembles for fine-tuning; Wortsman et al. 2022, *Robust fine-tuning of zero-shot
models*, equation 1). Knows tensors by name, and the job; nothing of steps and stages.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.core.atomic import replacing
from napari_leafseg.core.weights import SUFFIX, read_header, read_tensors, write
from napari_leafseg.training.attention import StopWished, attentive
from napari_leafseg.training.events import Event, Preparing
from napari_leafseg.training.job import Job, Progress
from napari_leafseg.training.judging import judge, judged_on
from napari_leafseg.training.subject import knew

Tensors = Mapping[str, NDArray[Any]]

KEPT = 0.5
"""Part of what the sum of SBD and AP50 on the validation images gained that mixed weights must keep to be taken."""
MIXED = "mixed.txt"
"""In the run's folder, the hash of mixed weights: those are not mixed again where a run is resumed."""


def mixed(job: Job) -> Iterator[Event]:
    """Mix the first weights into the best of a fine-tuning, where they knew the images and these do not suffer.

    Yields
    ------
    What is done, if anything is to be tried.
    """
    progress, candidate = job.progress, job.run.root / f"mixed{SUFFIX}"
    if progress.sbd is None or progress.ap50 is None or not _is_to_be_mixed(job):
        return
    yield Preparing(what="Mixing the first weights into the new ones, to forget less")
    if not _written(job, candidate):
        return
    try:
        both = _judged(job, candidate)
        if both and is_enough(*both, progress):
            progress.sbd, progress.ap50 = both
            _take(job, candidate)
    except StopWished:
        job.stopped = True
    finally:
        if job.fabric.is_global_zero:
            candidate.unlink(missing_ok=True)
    job.segmenter.restore(job.run.weights)


def is_enough(sbd: float, ap50: float, progress: Progress) -> bool:
    """Whether mixed weights with these figures keep enough of what the run gained over its first weights."""
    first, learned = progress.first or 0.0, (progress.sbd or 0.0) + (progress.ap50 or 0.0)
    return sbd + ap50 >= first + KEPT * (learned - first)


def _judged(job: Job, weights: Path) -> tuple[float, float] | None:
    """SBD and AP50 of weights on the images kept aside."""
    job.segmenter.restore(weights)
    figures = judge(job, judged_on(job), job.check if job.stopped else attentive(job))
    return None if figures is None else (figures.sbd, figures.ap50)


def between(first: Tensors, learned: Tensors, share: float) -> dict[str, NDArray[Any]] | None:
    """Return tensors on the line from ``first`` to ``learned``; ``None`` where the networks are not the same.

    Parameters
    ----------
    first, learned
        Tensors by name, of any dtypes.
    share
        How far along the line, 0 to 1. Whole numbers, such as counters, are those learned.
    """
    if {name: value.shape for name, value in first.items()} != {name: value.shape for name, value in learned.items()}:
        return None
    return {name: _at(first[name], value, share) for name, value in learned.items()}


def _at(first: NDArray[Any], learned: NDArray[Any], share: float) -> NDArray[Any]:
    if not np.issubdtype(learned.dtype, np.floating):
        return learned
    begin = first.astype(learned.dtype)
    return (begin + (learned - begin) * learned.dtype.type(share)).astype(learned.dtype)


def _is_to_be_mixed(job: Job) -> bool:
    """Whether there is anything to mix; what is mixed already is not mixed again."""
    # What was fitted anew to the images lies on no line with what was fitted to others; and a few images cannot tell
    # what it costs on others like them to go back to weights that knew nothing.
    if job.options.mixing == 1 or not job.options.keep_fitted or job.segmenter.source is None or not knew(job.progress):
        return False
    note, best = job.run.root / MIXED, job.run.weights
    return best.exists() and not (note.exists() and note.read_text(encoding="utf-8") == read_header(best).tensor_hash)


def _written(job: Job, candidate: Path) -> bool:
    """Write mixed weights, and say whether the networks allow it; in one process for all."""
    found = None
    if job.fabric.is_global_zero:
        assert job.segmenter.source is not None
        share = job.options.mixing or job.segmenter.mixing
        found = between(read_tensors(job.segmenter.source), read_tensors(job.run.weights), share)
        if found is not None:
            write(candidate, read_header(job.run.weights), found)
    return bool(job.fabric.broadcast(found is not None)) if job.fabric.world_size > 1 else found is not None


def _take(job: Job, candidate: Path) -> None:
    """Let mixed weights be the best; noted beforehand, so that a crash between leaves nothing mixed twice."""
    if job.fabric.is_global_zero:
        with replacing(job.run.root / MIXED) as file:
            file.write(read_header(candidate).tensor_hash.encode())
        os.replace(candidate, job.run.weights)
    job.fabric.barrier()
