"""How much of what a fine-tuning's first weights knew others have forgotten, on drawings that neither learned from.

Knows the job and scores; nothing of how weights are made, nor of what is done about it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.analysis.scores import score_image
from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.core.registry import load
from napari_leafseg.core.sample import Sample
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.core.work import Check, silent
from napari_leafseg.training.attention import StopWished, attentive
from napari_leafseg.training.drawn import DrawnSamples, to_choose_on
from napari_leafseg.training.job import Job

DRAWN = 24
"""Pictures that are looked at."""
MOST = 0.1
"""One counts for no more than this: a seedling that is missed altogether is one miss, not ten times another's."""


def forgotten(job: Job, known: DrawnSamples) -> float:
    """Return how far the mean SBD of the job's weights as they are now lies below that of its first ones.

    Parameters
    ----------
    job
        Begun with weights.
    known
        Where drawings like those that were known come from; none of these itself is looked at.

    Raises
    ------
    StopWished
        In all processes, if the run is to end.
    """
    lost, stopped = 0.0, False
    if job.fabric.is_global_zero:
        try:
            lost = _lost(job, to_choose_on(known.presets, known.size, known.contrast, DRAWN))
        except StopWished:
            stopped = True
    if job.fabric.world_size > 1:
        lost, stopped = job.fabric.broadcast((lost, stopped))
    if stopped:
        raise StopWished
    return lost


def fall(before: NDArray[np.float64], after: NDArray[np.float64]) -> float:
    """Return the mean of what pictures lost, (n,) SBD before and after; none counts for more than `MOST`."""
    return float(np.clip(before - after, -MOST, MOST).mean())


def _lost(job: Job, drawings: Sequence[Sample]) -> float:
    assert job.segmenter.source is not None
    options, check = EncodeOptions(device=job.fabric.device.type), attentive(job)
    first = load(job.segmenter.method, job.segmenter.source)
    return fall(*(_sbd(segmenter, drawings, options, check) for segmenter in (first, job.segmenter)))


def _sbd(segmenter: Segmenter, drawings: Sequence[Sample], options: EncodeOptions, check: Check) -> NDArray[np.float64]:
    """SBD of each picture."""
    found = (segmenter.decode(segmenter.encode_rgb(one.image, options, check, silent)).labels for one in drawings)
    return np.array([score_image(labels, one.labels).sbd for one, labels in zip(drawings, found, strict=True)])
