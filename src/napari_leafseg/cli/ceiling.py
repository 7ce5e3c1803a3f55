"""What a run's method could reach at most, told a part of the truth (`Segmenter.decode_with_truth`).

Knows a run's record and a folder of labelled images; nothing of how the truth is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from napari_leafseg.core.errors import ImageError

if TYPE_CHECKING:
    from napari_leafseg.cli.scores import Pair
    from napari_leafseg.data.layouts import ImageFolder


def ceiling(run: Path, labels: Path) -> dict[str, float | int]:
    """Run the networks of a run again on labelled images, decode with the truth, and score that.

    Parameters
    ----------
    run
        What `segment` wrote: its ``record.json`` says method, weights, options and parameters.
    labels
        Folder of images with their true labels, in any layout.

    Raises
    ------
    ParameterError
        If the method has no such bound, or ``run`` has no record.
    ImageError
        If ``labels`` holds no image beside its labels.
    """
    from napari_leafseg.analysis.metrics import evaluate_pairs
    from napari_leafseg.data.layouts import open_folder

    folder = open_folder(labels)
    if not any(entry.teaches for entry in folder.entries):
        raise ImageError(f"{labels} holds no images with labels: the ceiling needs both, so give such a folder.")
    scores = evaluate_pairs(_pairs(run, folder)).as_dict()
    return {f"ceiling {name}": value for name, value in scores.items() if name not in {"images", "objects"}}


def _pairs(run: Path, folder: ImageFolder) -> Iterator[Pair]:
    from napari_leafseg.core.work import never, silent
    from napari_leafseg.data.layouts import load_sample
    from napari_leafseg.inference.records import load_recorded, read_record, recorded_options, recorded_params

    record = read_record(run / "record.json")
    segmenter = load_recorded(record)
    options, params = recorded_options(record), recorded_params(record, segmenter)
    for entry in folder.entries:
        if not entry.teaches:
            continue
        sample = load_sample(entry, segmenter.contrast)
        prediction = segmenter.encode_rgb(sample.image, options, never, silent)
        counted = 1 if sample.ignore is None else ~sample.ignore
        found = segmenter.decode_with_truth(prediction, sample.labels, params).labels
        yield found * counted, sample.labels * counted
