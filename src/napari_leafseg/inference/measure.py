"""How good a segmenter is on labelled images, in all the figures that a card and a benchmark give.

Knows a method through `Segmenter` only; reads no file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from napari_leafseg.analysis.kinds import Crowding, Kind, crowding_of, kind_of
from napari_leafseg.analysis.ranked import RankedPrecision
from napari_leafseg.analysis.scores import ImageScore, Scores, pooled, score_image
from napari_leafseg.core.instances import Instances
from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.core.sample import Sample
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.core.work import Check, never, silent

CARD_FIGURES = ("AP50", "mAP", "SBD", "|DiC|")
"""What a card says of all images."""
GROUP_FIGURES = ("images", "AP50", "mAP")
"""What it says of parts of them."""


@dataclass(frozen=True)
class Measured:
    """Figures of one segmenter on labelled images.

    Attributes
    ----------
    scores
        Of all images.
    groups
        Of each kind of picture (`analysis.kinds.Kind`) and each crowding (`analysis.kinds.Crowding`) among them.
    ranked
        COCO's and VOC's AP, which look at the objects' scores (`analysis.ranked`).
    seconds
        Per image, network and decoding.
    """

    scores: Scores
    groups: dict[str, Scores]
    ranked: dict[str, float]
    seconds: float

    def card_figures(self) -> dict[str, float]:
        """What a card says of all images."""
        return chosen(self.scores.as_dict(), CARD_FIGURES)

    def card_groups(self) -> dict[str, dict[str, float]]:
        """What a card says of parts of them."""
        return {name: chosen(scores.as_dict(), GROUP_FIGURES) for name, scores in self.groups.items()}


def chosen(figures: Mapping[str, float], names: Iterable[str]) -> dict[str, float]:
    """Return some of the figures, rounded as they are shown."""
    return {name: round(figures[name], 3) for name in names}


def measure(
    segmenter: Segmenter, samples: Iterable[Sample], options: EncodeOptions | None = None, *, check: Check = never
) -> Measured:
    """Segment labelled images with the weights' own parameters and score the result.

    Parameters
    ----------
    segmenter
        Any method with its weights.
    samples
        Read one at a time; at least one.
    options
        Of `encode`.
    check
        Called often; what it raises ends the work.

    Raises
    ------
    ImageError
        If there are no images.
    """
    options = options or EncodeOptions()
    ranked, seconds = RankedPrecision(), 0.0
    images: list[ImageScore] = []
    groups: dict[str, list[ImageScore]] = {}
    for sample in samples:
        began = perf_counter()
        found = segmenter.decode(segmenter.encode_rgb(sample.image, options, check, silent))
        seconds += perf_counter() - began
        score = score_image(found.labels, sample.labels, sample.ignore)
        images.append(score)
        for group in (kind_of(sample.image), crowding_of(sample.labels)):
            groups.setdefault(group.value, []).append(score)
        _rank(ranked, found, sample)
    parts = {name: pooled(groups[name]) for name in _in_order(groups)}
    return Measured(pooled(images), parts, ranked.as_dict(), seconds / len(images))


def _rank(ranked: RankedPrecision, found: Instances, sample: Sample) -> None:
    counted = 1 if sample.ignore is None else ~sample.ignore
    labels = found.labels * counted
    ids = np.unique(labels[labels > 0])
    ranked.add(labels, sample.labels * counted, found.scores[ids - 1])


def _in_order(groups: Iterable[str]) -> list[str]:
    return [name.value for name in (*Kind, *Crowding) if name.value in groups]
