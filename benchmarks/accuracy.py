"""Accuracy of shipped weights on a labelled folder: by image kind, by crowding, and by three rules of AP.

By default the validation images of DSB 2018 in the data folder (`LEAFSEG_DATA`, or ``../shared/data``); nothing may be
chosen on anything else. AP50, AP75 and mAP are TP / (TP + FP + FN) with counts pooled over the images; COCO AP and
VOC AP rank the objects by their scores and are other numbers. Rows in brackets are stated, not measured here. For
leaves: ``python benchmarks/rosettes.py``.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from measuring import machine, table

from napari_leafseg import load
from napari_leafseg.analysis.kinds import Crowding, Kind
from napari_leafseg.core.catalogue import shipped
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.core.weights import read_header
from napari_leafseg.data.layouts import load_sample, open_folder
from napari_leafseg.inference.measure import Measured, measure

_DATA = Path(os.environ.get("LEAFSEG_DATA", Path(__file__).resolve().parent.parent.parent / "shared" / "data"))
_SCORES = ("AP50", "AP75", "mAP", "SBD", "FBD", "|DiC|")
_RANKED = ("COCO AP", "COCO AP50", "COCO AP75", "VOC AP", "VOC AP50", "VOC AP75")
# What others reach, as stated: StarDist 0.9.2 trained from scratch on the same 397 images for 45 minutes on two cores,
# its thresholds chosen on val; the object-guided paper's network, fifteen times larger and with ImageNet weights.
_STATED: dict[str, dict[str, float]] = {
    "(StarDist 0.9.2, val)": {"AP50": 0.744, "mAP": 0.447, "VOC AP50": 0.807},
    "(StarDist 0.9.2, held-back test)": {"AP50": 0.770, "mAP": 0.470, "SBD": 0.778, "s per image": 0.12},
    "(object-guided as published, test)": {"VOC AP": 0.6125, "VOC AP50": 0.856, "VOC AP75": 0.652},
}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=_DATA / "dsb2018")
    parser.add_argument("--split", default="val", help="'' for all images")
    parser.add_argument("--subject", default="nuclei")
    parser.add_argument("--runs", type=Path, nargs="*", default=[], help="folders of trainings, measured too")
    said = parser.parse_args()
    found = {name: _measured(segmenter, said.folder, said.split) for name, segmenter in _segmenters(said)}
    title = f"{said.folder.name} {said.split}"
    stated = _STATED if (said.folder.name, said.split) == ("dsb2018", "val") else {}
    columns = ("images", "objects", *_SCORES, "s per image")
    rows = [*map(_row, found, found.values()), *_stated_rows(stated, columns)]
    table(f"{title} ({machine()})", ("weights", *columns), rows)
    rows = [(name, *(f"{one.ranked.get(figure, 0):.3f}" for figure in _RANKED)) for name, one in found.items()]
    rows += _stated_rows(stated, _RANKED)
    table(f"{title}, objects ranked by score", ("weights", *_RANKED), rows)
    for parts in (Kind, Crowding):
        groups = [part.value for part in parts if any(part.value in one.groups for one in found.values())]
        table(f"{title}: AP50 / mAP", ("weights", *groups), [_parts(*item, groups) for item in found.items()])


def _stated_rows(stated: dict[str, dict[str, float]], columns: Sequence[str]) -> list[tuple[object, ...]]:
    """Those of which a column is stated."""
    rows = [
        (name, *(f"{figures[each]:.3f}" if each in figures else "" for each in columns))
        for name, figures in stated.items()
    ]
    return [row for row in rows if any(row[1:])]


def _segmenters(said: argparse.Namespace) -> list[tuple[str, Segmenter]]:
    files = {name: path for name, path in shipped().items() if read_header(path).card.subject == said.subject}
    runs = {run.name: run / "best.safetensors" for run in said.runs}
    return [(name, load(read_header(path).method, path)) for name, path in (files | runs).items()]


def _measured(segmenter: Segmenter, folder: Path, split: str) -> Measured:
    entries = [e for e in open_folder(folder).entries if e.labels is not None and split in ("", e.split)]
    return measure(segmenter, (load_sample(entry, segmenter.contrast) for entry in entries))


def _row(name: str, one: Measured) -> tuple[object, ...]:
    scores = [f"{one.scores.as_dict()[score]:.3f}" for score in _SCORES]
    return (name, one.scores.images, one.scores.objects, *scores, f"{one.seconds:.2f}")


def _parts(name: str, one: Measured, groups: list[str]) -> tuple[str, ...]:
    scores = [one.groups.get(group) for group in groups]
    return (name, *("" if each is None else f"{each.ap50:.3f} / {each.mean_ap:.3f} ({each.images})" for each in scores))


if __name__ == "__main__":
    main()
