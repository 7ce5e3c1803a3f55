"""Validation as a user would see it: encode, decode, compare with the truth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.analysis.scores import evaluate_pairs
from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.core.sample import Sample
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.core.work import Check, silent


def validate(segmenter: Segmenter, samples: Sequence[Sample], device: Any, check: Check) -> tuple[float, float]:
    """Segment labelled images with the weights' default parameters.

    Returns
    -------
    SBD (mean over images) and AP50 (pooled), both 0 to 1.
    """
    options = EncodeOptions(device=device)

    def pairs() -> Iterator[tuple[NDArray[np.int32], NDArray[np.int32]]]:
        for sample in samples:
            prediction = segmenter.encode_rgb(sample.image, options, check, silent)
            yield segmenter.decode(prediction).labels, sample.labels

    scores = evaluate_pairs(pairs(), [sample.ignore for sample in samples])
    return scores.sbd, scores.ap50
