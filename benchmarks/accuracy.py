"""Scores of shipped weights on a labelled folder, in one table.

By default the validation images of DSB 2018 in the data folder (`LEAFSEG_DATA`, or
``../shared/data``); nothing may be chosen on anything else.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from time import perf_counter

from measuring import machine, table

from napari_leafseg import EncodeOptions, load
from napari_leafseg.analysis.scores import evaluate_pairs
from napari_leafseg.core.sample import Sample
from napari_leafseg.core.weights import read_header, shipped
from napari_leafseg.core.work import never, silent
from napari_leafseg.data.layouts import open_folder, samples_of

_DATA = Path(os.environ.get("LEAFSEG_DATA", Path(__file__).resolve().parent.parent.parent / "shared" / "data"))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=_DATA / "dsb2018")
    parser.add_argument("--split", default="val", help="'' for all images")
    parser.add_argument("--subject", default="nuclei")
    said = parser.parse_args()
    rows = []
    for name, path in shipped().items():
        header = read_header(path)
        if header.card.subject != said.subject:
            continue
        segmenter = load(header.method, path)
        samples = samples_of(open_folder(said.folder), segmenter.contrast, said.split or None)
        rows.append((name, *_scored(segmenter, samples)))
    columns = ("weights", "images", "objects", "AP50", "AP75", "mAP", "SBD", "FBD", "|DiC|", "s per image")
    table(f"{said.folder.name} {said.split} ({machine()})", columns, rows)


def _scored(segmenter: object, samples: list[Sample]) -> tuple[object, ...]:
    start = perf_counter()
    pairs = [
        (segmenter.decode(segmenter.encode_rgb(s.image, EncodeOptions(), never, silent)).labels, s.labels)  # type: ignore[attr-defined]
        for s in samples
    ]
    time = (perf_counter() - start) / max(len(samples), 1)
    scores = evaluate_pairs(pairs, [sample.ignore for sample in samples])
    figures = (scores.ap50, scores.ap75, scores.mean_ap, scores.sbd, scores.fbd)
    return (
        scores.images, scores.objects, *(f"{value:.3f}" for value in figures), f"{scores.abs_dic:.2f}", f"{time:.2f}",
    )  # fmt: skip


if __name__ == "__main__":
    main()
