"""What each compact preset learns from 200 images of nuclei in a given time or number of passes, from random weights.

With `--start`, each is trained twice: also from the backbone of weights that ship, for as long. Its images must be
others for the comparison to say what a backbone is worth to somebody else's training: give leaves' weights.

The images are chosen by a fixed shuffle of the training names of DSB 2018; the figures are those of all its
validation images with default parameters. The best weights of a run are chosen on 48 of these.
"""

from __future__ import annotations

import os
import random
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from measuring import machine, table

from napari_leafseg import create, methods
from napari_leafseg.analysis.scores import evaluate_pairs
from napari_leafseg.core.catalogue import find_any
from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.core.work import never, silent
from napari_leafseg.data.layouts import load_sample, open_folder
from napari_leafseg.training.data import typical_diameter
from napari_leafseg.training.fit import fit
from napari_leafseg.training.options import TrainOptions

DATA = Path(os.environ.get("LEAFSEG_DATA", Path(__file__).parents[2] / "shared" / "data")) / "dsb2018"
IMAGES = 200


def main(
    names: Annotated[list[str] | None, typer.Argument(help="Methods; all if none is given.")] = None,
    minutes: Annotated[float, typer.Option(help="Training time of each.")] = 10,
    epochs: Annotated[int | None, typer.Option(help="Passes instead of minutes: the same on a busy machine.")] = None,
    start: Annotated[str, typer.Option(help="Weights whose backbone a second training starts from.")] = "",
) -> None:
    """Train one method after another and print the table."""
    starts = ("", start) if start else ("",)
    options = TrainOptions(epochs=epochs) if epochs else TrainOptions(minutes=minutes)
    how_long = f"{epochs} passes" if epochs else f"{minutes:g} minutes"
    rows = [_row(name, options, begin) for name in names or methods() for begin in starts]
    columns = ("method", "starts from", "passes", "AP50", "AP75", "mAP", "SBD", "|DiC|")
    table(f"after {how_long} ({machine()})", columns, rows)


def _row(name: str, options: TrainOptions, start: str) -> tuple[str, ...]:
    segmenter = create(name, "compact")
    if start:
        segmenter.start_from_backbone(find_any(start))
    entries = {entry.name: entry for entry in open_folder(DATA).entries}
    train = sorted(stem for stem, entry in entries.items() if entry.split == "train")
    random.Random(0).shuffle(train)
    samples = [load_sample(entries[stem], segmenter.contrast) for stem in train[:IMAGES]]
    held_out = [load_sample(entry, segmenter.contrast) for entry in entries.values() if entry.split == "val"]
    segmenter.card = segmenter.card.replace(object_size=typical_diameter(samples))
    with tempfile.TemporaryDirectory() as folder:
        events = list(fit(segmenter, samples, held_out, options, Path(folder) / "run"))
    scores = evaluate_pairs(
        (segmenter.decode(segmenter.encode_rgb(s.image, EncodeOptions(), never, silent)).labels, s.labels)
        for s in held_out
    )
    figures = (f"{value:.3f}" for value in (scores.ap50, scores.ap75, scores.mean_ap, scores.sbd))
    return (name, start or "nothing", str(events[-1].epochs), *figures, f"{scores.abs_dic:.1f}")


if __name__ == "__main__":
    typer.run(main)
