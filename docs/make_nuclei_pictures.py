"""Draw what the weights for nuclei find in validation images, side by side, and where each of them is worst.

Run as ``python docs/make_nuclei_pictures.py`` with the data folder beside the checkout (or in ``LEAFSEG_DATA``): all
files that ship are drawn. Of each kind of picture some validation images are picked by a seed, not by looks: the first
two are shown side by side, and among all of them each file's worst.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from tiles import Box, Picture, files_for, found_in, painted, plain, save, wall

from napari_leafseg import load, methods
from napari_leafseg.analysis.kinds import Kind, kind_of
from napari_leafseg.analysis.scores import pooled, score_image
from napari_leafseg.core.sample import Sample
from napari_leafseg.data.layouts import load_sample, open_folder

DATA = Path(os.environ.get("LEAFSEG_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")) / "dsb2018"
SEED, PICKED, SHOWN = 0, 12, 2
"""Of each kind so many are picked, and so many of them shown for all files."""
CUT, SIDE = 224, 156
"""Side of what is cut out of an image, where it is most crowded, and of its tile."""


def main() -> None:
    """Write ``images/nuclei-methods.jpg`` and ``images/weights-<name>.jpg``."""
    picked = _picked()
    samples = [sample for kind in Kind for sample in picked[kind]]
    labels, scores = {}, {}
    for method, file in files_for("nuclei").items():
        segmenter = load(method, file)
        labels[method] = [found_in(segmenter, sample.image) for sample in samples]
        scores[method] = [
            pooled([score_image(found, sample.labels)]).mean_ap
            for found, sample in zip(labels[method], samples, strict=True)
        ]
        save(_worst(samples, labels[method], scores[method]), f"weights-{method}-nuclei")
    shown = [place for place, sample in enumerate(samples) if any(sample is one for one in _first(picked))]
    rows = [_tiles(samples[place], *(labels[method][place] for method in labels)) for place in shown]
    notes = [["", "", *(f"AP {scores[method][place]:.2f}" for method in scores)] for place in shown]
    save(wall(rows, ("image", "truth", *(methods()[name].title for name in labels)), notes), "nuclei-methods")


def _picked() -> dict[Kind, list[Sample]]:
    """Validation images of each kind, in an order drawn by a seed."""
    entries = [entry for entry in open_folder(DATA).entries if entry.split == "val"]
    picked: dict[Kind, list[Sample]] = {kind: [] for kind in Kind}
    for place in np.random.default_rng(SEED).permutation(len(entries)):
        sample = load_sample(entries[place], "range")
        chosen = picked[kind_of(sample.image)]
        if len(chosen) < PICKED:
            chosen.append(sample)
    return picked


def _first(picked: dict[Kind, list[Sample]]) -> list[Sample]:
    return [sample for kind in Kind for sample in picked[kind][:SHOWN]]


def _worst(samples: list[Sample], labels: list[np.ndarray], scores: list[float]) -> Picture:
    """The worst image of each kind in one row: image, truth, labels."""
    kinds = [kind_of(sample.image) for sample in samples]
    tiles, titles = [], []
    for kind in Kind:
        places = [place for place, one in enumerate(kinds) if one is kind]
        worst = min(places, key=lambda place: scores[place])
        tiles += _tiles(samples[worst], labels[worst])
        titles += [kind.value, "truth", f"found, AP {scores[worst]:.2f}"]
    return wall([tiles], titles)


def _tiles(sample: Sample, *labels: np.ndarray) -> list[Picture]:
    """The image, its truth, and what was found, all of the most crowded part."""
    box = _crowded(sample.labels)
    return [
        plain(sample.image, box, SIDE),
        *(painted(sample.image, each, box, SIDE) for each in (sample.labels, *labels)),
    ]


def _crowded(labels: np.ndarray) -> Box:
    """Where the window lies that shows the most objects."""
    side = min(CUT, *labels.shape)
    places = [
        (top, left, top + side, left + side)
        for top in _starts(labels.shape[0], side)
        for left in _starts(labels.shape[1], side)
    ]
    return max(places, key=lambda box: len(np.unique(labels[box[0] : box[2], box[1] : box[3]])))


def _starts(length: int, side: int) -> list[int]:
    return [*range(0, length - side, 64), length - side]


if __name__ == "__main__":
    main()
