"""Validation as a user would see it: encode, decode, compare with the truth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.analysis.scores import evaluate_pairs
from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.core.sample import Sample
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.core.work import Check, silent


@dataclass(frozen=True)
class Figures:
    """How well images were segmented.

    Attributes
    ----------
    sbd, ap50
        Mean over images, and pooled; both 0 to 1.
    objects
        How many true objects were looked for.
    first
        Labels found in the first image, int32 (height, width).
    """

    sbd: float
    ap50: float
    objects: int
    first: NDArray[np.int32]

    @property
    def score(self) -> float:
        """What weights are chosen by: the sum of both."""
        return self.sbd + self.ap50

    @property
    def doubt(self) -> float:
        """How far the sum may be off by chance, about one standard error: so few objects tell no more.

        That of AP50, a share of the objects, is at most half of one by the root of their number; SBD, in which an
        object counts for its overlap besides, goes up and down with it half as much.
        """
        return 0.75 / max(self.objects, 1) ** 0.5


def validate(segmenter: Segmenter, samples: Sequence[Sample], device: Any, check: Check) -> Figures:
    """Segment labelled images, at least one, with the weights' default parameters."""
    options = EncodeOptions(device=device)
    found: list[NDArray[np.int32]] = []

    def pairs() -> Iterator[tuple[NDArray[np.int32], NDArray[np.int32]]]:
        for sample in samples:
            prediction = segmenter.encode_rgb(sample.image, options, check, silent)
            labels = segmenter.decode(prediction).labels
            found.extend([] if found else [labels])
            yield labels, sample.labels

    scores = evaluate_pairs(pairs(), [sample.ignore for sample in samples])
    return Figures(scores.sbd, scores.ap50, scores.objects, found[0])
