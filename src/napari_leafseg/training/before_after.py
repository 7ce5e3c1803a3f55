"""The end of a fine-tuning: what the new weights gained and what they forgot, against those it began with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.core.registry import load
from napari_leafseg.core.sample import Sample
from napari_leafseg.inference.comparison import compare
from napari_leafseg.inference.comparison_file import ORIGINAL, VALIDATION
from napari_leafseg.training.attention import StopWished, attentive
from napari_leafseg.training.drawn import to_validate_on
from napari_leafseg.training.events import Event, Preparing
from napari_leafseg.training.job import Job
from napari_leafseg.training.leave_one_out import leave_out_in_turn

_MOST, _DRAWN = 100, 12


def compared(job: Job) -> Iterator[Event]:
    """Compare the job's weights with its first ones, if it was asked for and there were any; in one process."""
    first = job.segmenter.source
    if not (job.options.compare and first and job.fabric.is_global_zero):
        return
    left_out = yield from leave_out_in_turn(job, first)
    yield Preparing(what="Comparing the new weights with the first ones")
    sets = {VALIDATION: list(job.validation)[:_MOST], ORIGINAL: _originals(job)}
    options = EncodeOptions(device=job.fabric.device.type)
    before = load(job.segmenter.method, first)
    # Who stopped the training wants to see this all the same; who stops now does not.
    check = job.check if job.stopped else attentive(job)
    try:
        yield from compare(before, job.segmenter, sets, job.run.root, check, options, left_out=left_out)
    except StopWished:
        job.stopped = True


def _originals(job: Job) -> Sequence[Sample]:
    """Draw what the first weights learned from, which neither they nor the replay ever saw."""
    if job.replay is None:
        return []
    return to_validate_on(job.replay.presets, job.replay.size, job.replay.contrast, _DRAWN)
