"""Leaf weights on plants that no training has seen: drawn ones by preset and size, a photographed one day by day.

Drawn plants have seeds below 0, which no training and no command uses. The photographs are those of
`rosette_photos/danforth` in the data folder (`LEAFSEG_DATA`, or ``../shared/data``); their labels are machine-made
and miss a tiny leaf now and then, and one plant is no proof. Without them their table is left out, aloud.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from measuring import machine, table

from napari_leafseg import load
from napari_leafseg.core.catalogue import shipped
from napari_leafseg.core.image import as_rgb
from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.core.sample import Sample
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.core.weights import read_header
from napari_leafseg.data.drawing import draw
from napari_leafseg.data.layouts import load_sample, open_folder
from napari_leafseg.data.rosette import MIXED, PRESETS
from napari_leafseg.inference.measure import Measured, measure

_DATA = Path(os.environ.get("LEAFSEG_DATA", Path(__file__).resolve().parent.parent.parent / "shared" / "data"))
_PHOTOS = _DATA / "rosette_photos" / "danforth"
_SEEDLING = 80
"""Plants of which no side is longer, in pixels."""
_SCORES = ("SBD", "|DiC|", "FBD", "AP50", "mAP")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "runs", type=Path, nargs="*", help="folders of trainings or files of weights, besides what ships"
    )
    parser.add_argument("--count", type=int, default=200, help="mixed plants and seedlings; half of the others")
    parser.add_argument("--presets", nargs="*", default=[MIXED, "seedlings", *PRESETS], help="which drawn plants")
    parser.add_argument(
        "--scale", choices=("found", "as is"), default="found", help="is the size of objects looked for?"
    )
    said = parser.parse_args()
    segmenters = _segmenters(said.runs)
    for preset in said.presets:
        count = said.count if preset in (MIXED, "seedlings") else max(1, said.count // 2)
        rows = [
            _row(name, measure(one, _plants(preset, count, one), _options(said.scale, one))) for name, one in segmenters
        ]
        table(f"{count} drawn plants, {preset} ({machine()})", ("weights", *_SCORES, "s per image"), rows)
    _photographs(segmenters, said.scale)


def _options(scale: str, segmenter: Segmenter) -> EncodeOptions:
    return EncodeOptions(object_size=segmenter.card.object_size if scale == "as is" else None)


def _segmenters(runs: Sequence[Path]) -> list[tuple[str, Segmenter]]:
    files = {name: path for name, path in shipped().items() if read_header(path).card.subject == "rosette"}
    given = {run.name: run / "best.safetensors" if run.is_dir() else run for run in runs}
    return [(name, load(read_header(path).method, path)) for name, path in (files | given).items()]


def _plants(preset: str, count: int, segmenter: Segmenter) -> Iterator[Sample]:
    """Draw plants of a preset, or of all presets those that are still small."""
    found, seed = 0, 0
    while found < count:
        seed -= 1
        drawing = draw("arabidopsis-young" if preset == "seedlings" else preset, seed, 512)
        if preset == "seedlings" and not 0 < _side(drawing.labels) < _SEEDLING:
            continue
        found += 1
        yield Sample(f"{preset} {seed}", as_rgb(drawing.image, contrast=segmenter.contrast), drawing.labels)


def _side(labels: np.ndarray) -> int:
    spans = [np.flatnonzero((labels > 0).any(axis=axis)) for axis in (0, 1)]
    return max((int(span[-1] - span[0]) + 1 if len(span) else 0) for span in spans)


def _row(name: str, measured: Measured) -> list[str]:
    figures = measured.scores.as_dict()
    return [name, *(f"{figures[score]:.3f}" for score in _SCORES), f"{measured.seconds:.2f}"]


def _photographs(segmenters: Sequence[tuple[str, Segmenter]], scale: str) -> None:
    """Print SBD day by day."""
    if not _PHOTOS.is_dir():
        print(f"{_PHOTOS} is not here: no photographs are measured.")
        return
    entries = sorted((e for e in open_folder(_PHOTOS).entries if e.labels is not None), key=lambda entry: entry.name)
    rows = []
    for name, one in segmenters:
        options = _options(scale, one)
        days = [measure(one, [load_sample(entry, one.contrast)], options).scores for entry in entries]
        whole = measure(one, (load_sample(entry, one.contrast) for entry in entries), options)
        rows.append(
            [name, *(f"{day.sbd:.2f}" for day in days), *(f"{whole.scores.as_dict()[s]:.3f}" for s in _SCORES[:3])]
        )
    days_said = [entry.name.split("/")[-1][-5:] for entry in entries]
    table("A photographed plant, SBD day by day, and all days", ("weights", *days_said, "SBD", "|DiC|", "FBD"), rows)


if __name__ == "__main__":
    main()
