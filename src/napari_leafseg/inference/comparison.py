"""Weights before and after a training, on the same images: what was gained, what was forgotten, image by image.

Knows methods through `Segmenter` only; which images there are is its caller's business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.analysis.scores import ImageScore, Scores, pooled, score_image
from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.core.sample import Sample
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.core.work import Check, never, silent
from napari_leafseg.data.writing import write_labels
from napari_leafseg.inference.comparison_events import Compared
from napari_leafseg.inference.comparison_file import (
    FIGURES,
    ORIGINAL,
    VALIDATION,
    ComparedImage,
    ComparedSet,
    Comparison,
    write_comparison,
)
from napari_leafseg.inference.verdict import verdict

FOLDER = "comparison"
"""Where label images are kept, in the run's folder."""

_WHAT = {
    VALIDATION: "Labelled images that were not learned from.",
    ORIGINAL: "Pictures drawn anew, like those that the first weights learned from.",
}

_LEFT_OUT = "Each image, segmented by weights that learned from all the others, trained for this check alone."


def compare(
    before: Segmenter,
    after: Segmenter,
    sets: Mapping[str, Sequence[Sample]],
    out: Path,
    check: Check = never,
    options: EncodeOptions | None = None,
    left_out: Sequence[tuple[Sample, Callable[[], Segmenter]]] = (),
) -> Iterator[Compared]:
    """Segment images with two segmenters and write what each reaches into a run's folder.

    Label images go to ``comparison/``, everything else to ``comparison.json`` (`comparison_file.Comparison`), which is
    written last, so that there is a whole one or none.

    Parameters
    ----------
    before, after
        With their weights, each with its own default parameters.
    sets
        Labelled images by the name of their set: `VALIDATION`, and `ORIGINAL` for what the first weights learned from;
        either may be missing or empty.
    out
        The run's folder.
    check
        Called often; what it raises ends the work.
    options
        Of `encode`.
    left_out
        Images that each have an ``after`` of their own, loaded when it is needed, which learned from all others; they
        stand in for `VALIDATION`.

    Yields
    ------
    One event per set that has images.

    Raises
    ------
    ImageError
        If a file cannot be written.
    """
    options = options or EncodeOptions()
    done: list[ComparedSet] = []
    pairs = {name: [(sample, lambda: after) for sample in samples] for name, samples in sets.items()}
    pairs |= {VALIDATION: list(left_out)} if left_out else {}
    for name, images in pairs.items():
        if not images:
            continue
        what = _LEFT_OUT if left_out and name == VALIDATION else _WHAT.get(name, name)
        compared = _compared(name, what, images, before, out, check, options)
        done.append(compared)
        yield Compared(set=name, before=compared.before, after=compared.after, images=compared.images)
    better, sentence = verdict(done)
    write_comparison(out, Comparison(sets=tuple(done), better=better, sentence=sentence))


def _compared(
    name: str,
    what: str,
    images: Sequence[tuple[Sample, Callable[[], Segmenter]]],
    before: Segmenter,
    out: Path,
    check: Check,
    options: EncodeOptions,
) -> ComparedSet:
    rows, scores = [], []
    for number, (sample, after) in enumerate(images):
        stem = f"{FOLDER}/{name}_{number:03d}"
        found = [_labels(segmenter, sample, options, check) for segmenter in (before, after())]
        both = [score_image(labels, sample.labels, sample.ignore) for labels in found]
        scores.append(both)
        rows.append(_row(sample, stem, out, found, both))
    old, new = (figures_of(pooled([both[side] for both in scores])) for side in (0, 1))
    rows.sort(key=lambda row: (row.after["SBD"], row.after["AP50"]))
    return ComparedSet(name=name, what=what, images=len(rows), before=old, after=new, rows=tuple(rows))


def _labels(segmenter: Segmenter, sample: Sample, options: EncodeOptions, check: Check) -> NDArray[np.int32]:
    check()
    return segmenter.decode(segmenter.encode_rgb(sample.image, options, check, silent)).labels


def _row(
    sample: Sample, stem: str, out: Path, found: Sequence[NDArray[np.int32]], scores: Sequence[ImageScore]
) -> ComparedImage:
    """Keep both label images, the truth, and the picture where it has no file of its own."""
    kept = {"before": found[0], "after": found[1], "truth": sample.labels}
    for what, labels in kept.items():
        write_labels(out / f"{stem}_{what}.tif", labels)
    before, after = (figures_of(pooled([score])) for score in scores)
    return ComparedImage(
        image=sample.name,
        path=str(sample.path) if sample.path else _drawn(sample, out, f"{stem}.png"),
        before=before,
        after=after,
        before_labels=f"{stem}_before.tif",
        after_labels=f"{stem}_after.tif",
        truth_labels=f"{stem}_truth.tif",
    )


def _drawn(sample: Sample, out: Path, name: str) -> str:
    from PIL import Image

    Image.fromarray((sample.image * 255).round().astype(np.uint8)).save(out / name)
    return name


def figures_of(scores: Scores) -> dict[str, float]:
    """Name the figures that a comparison shows."""
    named = scores.as_dict()
    return {name: round(float(named[name]), 4) for name in FIGURES}
