"""With too few images to keep one aside: each is left out of a training of its own in turn, to see how well it is met.

The weights that are kept learned from all images; those of these trainings, equally long, only tell what may be
expected of them on an image that they never saw. Knows the loop and run folders; no method.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Generator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from napari_leafseg.core.registry import load
from napari_leafseg.core.sample import Sample
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.training.about import About, events_of
from napari_leafseg.training.drawn import DrawnSamples
from napari_leafseg.training.events import Continued, Event, Paused, Preparing, Stepped
from napari_leafseg.training.job import Job
from napari_leafseg.training.options import TrainOptions
from napari_leafseg.training.runs import RunFolder

if TYPE_CHECKING:
    from napari_leafseg.core.device import DeviceName

FOLDER = "left_out"
"""Where these trainings lie, in the run's folder."""

LeftOut = tuple[Sample, Callable[[], Segmenter]]
"""An image, and how to load the weights that learned from all others."""


def is_wanted(train: Sequence[Sample], validation: Sequence[Sample], options: TrainOptions) -> bool:
    """Whether images are to be left out in turn: it was asked for, and there is no other way to check."""
    wanted = options.leave_one_out and options.compare and not validation
    return wanted and len(train) > 1 and not isinstance(train, DrawnSamples)


def divided(train: Sequence[Sample], validation: Sequence[Sample], options: TrainOptions) -> TrainOptions:
    """Give each of the trainings its part of the minutes, if they are counted."""
    if options.minutes is None or not is_wanted(train, validation, options):
        return options
    return options.replace(minutes=options.minutes / (len(train) + 1))


def leave_out_in_turn(job: Job, first: Path) -> Generator[Event, None, list[LeftOut]]:
    """Train without each image in turn, from the same first weights.

    A stop ends it, with the trainings that are whole; a run that is resumed does not repeat those.

    Parameters
    ----------
    job
        Whose training is done.
    first
        The weights that it began with.

    Yields
    ------
    What is left out, steps, and pauses.

    Returns
    -------
    For each image whose training is whole, the image and its weights.
    """
    found: list[LeftOut] = []
    if job.stopped or job.fabric.world_size > 1 or not is_wanted(job.train, job.validation, job.options):
        return found
    if job.run.had_finished:
        # Who trains on has other weights than those that these told of.
        shutil.rmtree(job.run.root / FOLDER, ignore_errors=True)
    for number, sample in enumerate(job.train):
        folder = job.run.root / FOLDER / f"{number:03d}"
        if not _is_whole(folder):
            yield Preparing(what=f"Training without {sample.name}, to check on it ({number + 1} of {len(job.train)})")
            if not (yield from _trained(job, first, number, folder)):
                job.stopped = True
                break
        found.append((sample, partial(load, job.segmenter.method, folder)))
    return found


def _is_whole(folder: Path) -> bool:
    return any(event.get("kind") == "finished" and not event.get("stopped") for event in events_of(folder))


def _trained(job: Job, first: Path, number: int, folder: Path) -> Generator[Event, None, bool]:
    """Train from the first weights on all images but one, as the run's own wishes say; whether it came to its end."""
    # The loop calls this module.
    from napari_leafseg.training.fit import fit

    shutil.rmtree(folder, ignore_errors=True)
    segmenter = load(job.segmenter.method, first)
    segmenter.classes = job.segmenter.classes
    options = job.options.replace(leave_one_out=False, compare=False, preview=False, validate_first=False)
    others = [sample for place, sample in enumerate(job.train) if place != number]
    device = cast("DeviceName", job.fabric.device.type)
    run = RunFolder(folder, writes=True)
    run.begin(options, About(name=folder.name, method=segmenter.method, weights=str(first)), resume=False)
    run.wishes = job.run.wishes
    try:
        for event in fit(
            segmenter, others, [], options, run, replay=job.replay, device=device, check=job.check
        ):  # fmt: skip
            run.note(event)
            if isinstance(event, Stepped | Paused | Continued):
                yield event
    finally:
        run.end()
    return event.kind == "finished" and not event.stopped
