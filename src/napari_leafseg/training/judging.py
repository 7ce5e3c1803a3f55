"""How good a job's weights are as they are now, and keeping them. Knows the job; nothing of steps and stages."""

from __future__ import annotations

from collections.abc import Sequence

from napari_leafseg.core.sample import Sample
from napari_leafseg.core.work import Check
from napari_leafseg.training.attention import StopWished
from napari_leafseg.training.job import Job
from napari_leafseg.training.validation import Figures, validate


def judged_on(job: Job) -> list[Sample]:
    """Return the validation images that are looked at, spread over all of them; empty where there are none."""
    images, most = job.validation, job.options.validation_images
    step = max(1.0, len(images) / most)
    return [images[int(i * step)] for i in range(min(most, len(images)))]


def judge(job: Job, images: Sequence[Sample], check: Check) -> Figures | None:
    """Validate in one process and tell the others; ``None`` without images.

    Raises
    ------
    StopWished
        In all processes, if ``check`` raised it.
    """
    if not images:
        return None
    figures, stopped = None, False
    if job.fabric.is_global_zero:
        try:
            figures = validate(job.segmenter, images, job.fabric.device.type, check)
        except StopWished:
            stopped = True
    if job.fabric.world_size > 1:
        figures, stopped = job.fabric.broadcast((figures, stopped))
    if stopped:
        raise StopWished
    return figures


def keep(job: Job) -> None:
    """Write the weights as they are now."""
    if job.fabric.is_global_zero:
        job.segmenter.save(job.run.weights)
    job.fabric.barrier()
