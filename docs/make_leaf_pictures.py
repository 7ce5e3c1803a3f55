"""Draw what the weights for leaves find, on drawn plants and on photographs, and write the page's figures.

Run as ``python docs/make_leaf_pictures.py`` with the data folder beside the checkout (or in ``LEAFSEG_DATA``): all
files that ship are drawn. The plants are drawn from seeds that no training uses, without any choice; among them each
file's three worst are shown below its card.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from statistics import mean

import numpy as np
from marked import filled
from numpy.typing import NDArray
from PIL import Image
from tiles import Box, Picture, files_for, found_in, painted, plain, save, square_around, wall

from napari_leafseg import load, methods
from napari_leafseg.analysis.scores import ImageScore, score_image
from napari_leafseg.core.image import as_rgb
from napari_leafseg.core.sample import Sample
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.data.drawing import draw
from napari_leafseg.data.layouts import load_sample, open_folder
from napari_leafseg.data.rosette import MIXED

DOCS = Path(__file__).resolve().parent
PHOTOS = Path(os.environ.get("LEAFSEG_DATA", DOCS.parent.parent / "shared" / "data")) / "rosette_photos"
PAGE = DOCS / "leaf-weights.md"
PLANTS, SHOWN, SIZE = 30, 6, 512
"""Drawn plants that are measured, those of them that are shown, and their side in pixels."""
SIDE, LARGE, MARGIN = 144, 200, 12
OTHER_DAYS = (0, 4, 7, 10)


def main() -> None:
    """Write the pictures, and the page's table of days."""
    segmenters = {method: load(method, file) for method, file in files_for("rosette").items()}
    drawn(segmenters)
    days(segmenters)
    second(segmenters)
    close_up(segmenters)


def drawn(segmenters: dict[str, Segmenter]) -> None:
    """The first few drawn plants for all files, and each file's worst three."""
    drawings = [draw(MIXED, seed, SIZE) for seed in range(-1, -1 - PLANTS, -1)]
    samples = [Sample(str(place), as_rgb(one.image), one.labels) for place, one in enumerate(drawings)]
    boxes = [square_around(sample.labels, 40) for sample in samples]
    labels = {method: [found_in(one, sample.image) for sample in samples] for method, one in segmenters.items()}
    scores = {method: _scores(found, samples) for method, found in labels.items()}
    _side_by_side(samples[:SHOWN], boxes, labels, scores, "leaves-drawn")
    for method, found in labels.items():
        worst = sorted(range(PLANTS), key=lambda place: scores[method][place].sbd)[:3]
        tiles = [tile for place in worst for tile in _tiles(samples[place], boxes[place], found[place])]
        titles = [title for place in worst for title in ("drawn", "truth", f"found, {_said(scores[method][place])}")]
        save(wall([tiles], titles), f"weights-{method}-rosette")


def days(segmenters: dict[str, Segmenter]) -> None:
    """The labelled plant on its twelve days: pictures, and the table of the page."""
    entries = sorted((e for e in open_folder(PHOTOS / "danforth").entries if e.labels), key=lambda entry: entry.name)
    samples = [load_sample(entry) for entry in entries]
    boxes = [square_around(sample.labels, MARGIN) for sample in samples]
    labels = {method: [found_in(one, sample.image) for sample in samples] for method, one in segmenters.items()}
    scores = {method: _scores(found, samples) for method, found in labels.items()}
    half = len(samples) // 2
    for name, part in (("leaves-days-1", slice(half)), ("leaves-days-2", slice(half, None))):
        chosen = {method: found[part] for method, found in labels.items()}
        _side_by_side(samples[part], boxes[part], chosen, {m: each[part] for m, each in scores.items()}, name)
    dates = [entry.name.split("/")[-1][-5:] for entry in entries]
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), "days", _table(dates, scores)), encoding="utf-8")


def second(segmenters: dict[str, Segmenter]) -> None:
    """The plant without labels on some of its days."""
    files = sorted((PHOTOS / "danforth" / "unlabelled").iterdir())
    photos = [as_rgb(np.asarray(Image.open(files[day]).convert("RGB"))) for day in OTHER_DAYS]
    rows = []
    for photo in photos:
        # The data's authors blackened all but the plant's surroundings.
        box = square_around((photo.max(axis=2) > 0.1).astype(np.int32), 0)
        rows.append(_photo_row(photo, box, segmenters, SIDE))
    save(wall(rows, ("photograph", *_titles(segmenters))), "leaves-second")


def close_up(segmenters: dict[str, Segmenter]) -> None:
    """The close-up of another laboratory."""
    photo = as_rgb(np.asarray(Image.open(PHOTOS / "close_up.jpg").convert("RGB")))
    side = min(photo.shape[:2])
    row = _photo_row(photo, (0, 0, side, side), segmenters, LARGE)
    save(wall([row], ("photograph", *_titles(segmenters))), "leaves-close-up")


def _photo_row(photo: NDArray[np.float32], box: Box, segmenters: dict[str, Segmenter], side: int) -> list[Picture]:
    found = [found_in(segmenter, photo) for segmenter in segmenters.values()]
    return [plain(photo, box, side), *(painted(photo, labels, box, side) for labels in found)]


def _side_by_side(
    samples: Sequence[Sample],
    boxes: Sequence[Box],
    labels: dict[str, list[NDArray[np.int32]]],
    scores: dict[str, list[ImageScore]],
    name: str,
) -> None:
    rows, notes = [], []
    for place, sample in enumerate(samples):
        rows.append(_tiles(sample, boxes[place], *(found[place] for found in labels.values())))
        notes.append(["", f"{_count(sample.labels)} leaves", *(_said(each[place]) for each in scores.values())])
    save(wall(rows, ("image", "labels", *_titles(labels)), notes), name)


def _tiles(sample: Sample, box: Box, *labels: NDArray[np.int32]) -> list[Picture]:
    return [
        plain(sample.image, box, SIDE),
        *(painted(sample.image, each, box, SIDE) for each in (sample.labels, *labels)),
    ]


def _titles(of_methods: dict[str, object] | dict[str, Segmenter]) -> list[str]:
    return [methods()[name].title for name in of_methods]


def _scores(found: Sequence[NDArray[np.int32]], samples: Sequence[Sample]) -> list[ImageScore]:
    return [score_image(labels, sample.labels) for labels, sample in zip(found, samples, strict=True)]


def _said(score: ImageScore) -> str:
    return f"SBD {score.sbd:.2f}"


def _count(labels: NDArray[np.int32]) -> int:
    return len(np.unique(labels[labels > 0]))


def _table(dates: Sequence[str], scores: dict[str, list[ImageScore]]) -> str:
    """SBD day by day, and the means."""
    lines = [f"| | {' | '.join(dates)} | SBD | \\|DiC\\| | FBD |", "|---|" + "---|" * (len(dates) + 3)]
    for method, each in scores.items():
        means = (
            f"**{mean(one.sbd for one in each):.3f}** | {mean(abs(one.dic) for one in each):.2f}"
            f" | {mean(one.fbd for one in each):.3f}"
        )
        lines.append(f"| `{method}` | {' | '.join(f'{one.sbd:.2f}' for one in each)} | {means} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
