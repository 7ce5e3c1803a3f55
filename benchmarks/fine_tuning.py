"""What fine-tuning on a few corrected images gains on images of their kind, and what it forgets.

``plants``: weights for rosettes learn a style of plants that is strange to them (`strange_plants`) from eight images.
``nuclei``: the same weights, which know the wrong subject, learn nuclei from the first 16 grey fluorescence images, in
sorted order, of the training images of DSB 2018. Each training is the command that a person would give, as a process of
its own; the images it is measured on it never reads. What was known before is measured on drawn plants of the mixed
preset, with seeds below 0, which no training draws.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import typer
from measuring import machine, table
from PIL import Image
from strange_plants import STRANGE

from napari_leafseg import load, methods
from napari_leafseg.analysis.kinds import Kind, kind_of
from napari_leafseg.analysis.scores import Scores
from napari_leafseg.core.catalogue import find
from napari_leafseg.core.errors import WeightsError
from napari_leafseg.core.image import as_rgb
from napari_leafseg.core.sample import Sample
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.core.weights import BEST
from napari_leafseg.data.drawing import MIXED
from napari_leafseg.data.layouts import VALIDATION, Entry, divide, load_sample, move, open_folder
from napari_leafseg.data.rosette import Rosette, draw_plant
from napari_leafseg.data.writing import write_labels
from napari_leafseg.inference.measure import measure
from napari_leafseg.training.child import command, environment
from napari_leafseg.training.doubts import ENOUGH_FOR_TWO

SHARED = Path(os.environ.get("LEAFSEG_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
SIDE = 384
UNSEEN, ORIGINAL = -1_000, -1
"""Seeds go down from these; what is learned from has seeds from 0 on."""


class Task(StrEnum):
    """What is learned."""

    PLANTS = "plants"
    NUCLEI = "nuclei"


@dataclass(frozen=True)
class Set:
    """Images to measure on, read or drawn one at a time, as a method wants them."""

    name: str
    samples: Callable[[Segmenter], Iterator[Sample]]


def main(
    names: Annotated[list[str] | None, typer.Argument(help="Methods; all that have weights if none is given.")] = None,
    task: Annotated[Task, typer.Option(help="What is learned.")] = Task.PLANTS,
    minutes: Annotated[float | None, typer.Option(help="Training time of each; 10 for plants, 15 for nuclei.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes instead of minutes: the same on a busy machine.")] = None,
    data: Annotated[Path, typer.Option(help="DSB 2018, for nuclei.")] = SHARED / "dsb2018",
    images: Annotated[int | None, typer.Option(help="How many to learn from; 8 plants, 16 nuclei.")] = None,
    unseen: Annotated[int, typer.Option(help="Unseen images to measure on; of DSB 2018 all of val if not fewer.")] = 30,
    originals: Annotated[int, typer.Option(help="Drawn plants of the mixed preset to measure on.")] = 100,
    weights: Annotated[str, typer.Option(help="Name that all methods begin with, or a folder of files METHOD*.")] = (
        "rosette"
    ),
    set_option: Annotated[list[str] | None, typer.Option(help="NAME=VALUE, as `train` takes it.")] = None,
    out: Annotated[Path | None, typer.Option(help="Keep the runs, and figures.jsonl, in this folder.")] = None,
) -> None:
    """Fine-tune one method after another and print what each gained and forgot."""
    is_plants = task is Task.PLANTS
    long = {"epochs": epochs} if epochs else {"minutes": minutes or (10 if is_plants else 15)}
    how_long = " ".join(f"{value:g} {unit}" for unit, value in long.items())
    with tempfile.TemporaryDirectory() as temporary:
        folder, kept = Path(temporary), out or Path(temporary)
        taught = folder / "taught"
        if is_plants:
            _write_plants(taught, images or 8)
            sets = [Set("strange", partial(_drawn, STRANGE, UNSEEN, unseen))]
        else:
            _write_nuclei(taught, data, images or 16)
            sets = _nuclei(data, unseen)
        _spare(taught)
        sets.append(Set("original", partial(_drawn, MIXED, ORIGINAL, originals)))
        rows: list[list[str]] = []
        for name in names or methods():
            start = _start(name, weights)
            if start is None:
                print(f"{name} has no weights {weights!r}: left out.")
                continue
            run = kept / "-".join([name, task, how_long.replace(" ", "-"), *(set_option or [])])
            options = dict(pair.split("=", 1) for pair in set_option or [])
            rows += _trained(name, start, taught, run, long, sets, options)
    columns = ("method", "images", "SBD before", "after", "gain", "AP50 before", "after", "gain", "epochs", "reached")
    table(f"{task} after {how_long} on {images or (8 if is_plants else 16)} images ({machine()})", columns, rows)


def _start(method: str, weights: str) -> Path | None:
    folder = Path(weights)
    if folder.is_dir():
        found = sorted(path for path in folder.glob(f"{method}*") if path.is_dir() or path.suffix == ".safetensors")
        return found[-1] / BEST if found and found[-1].is_dir() else found[-1] if found else None
    try:
        return find(method, weights)
    except WeightsError:
        return None


def _trained(
    name: str,
    start: Path,
    taught: Path,
    run: Path,
    long: dict[str, Any],
    sets: Sequence[Set],
    options: dict[str, str],
) -> list[list[str]]:
    """Measure, train, measure again; one row per set of images."""
    before = {each.name: _measured(name, start, each) for each in sets}
    epochs = _train(name, start, taught, run, long, options)
    after = {each.name: _measured(name, run / BEST, each) for each in sets}
    _note(run, name, long, options, before, after)
    return [_row(name, each.name, before[each.name], after[each.name], epochs) for each in sets]


def _measured(name: str, weights: Path, images: Set) -> Scores:
    segmenter, began = load(name, weights), perf_counter()
    scores = measure(segmenter, images.samples(segmenter)).scores
    print(f"{name}, {images.name}: SBD {scores.sbd:.3f}, AP50 {scores.ap50:.3f} ({perf_counter() - began:.0f} s)")
    return scores


def _train(name: str, start: Path, taught: Path, run: Path, long: dict[str, Any], options: dict[str, str]) -> int:
    """Give the command that a person would give; its own comparison is left out, for there is a larger one here."""
    asked = command(data=taught, model=name, out=run, weights=start, options={"compare": "false", **options}, **long)
    epochs = 0
    with subprocess.Popen(asked, stdout=subprocess.PIPE, text=True, env=environment()) as child:
        assert child.stdout is not None
        for event in map(json.loads, child.stdout):
            epochs += event["kind"] == "epoch"
            if event["kind"] in ("warned", "validation", "failed", "finished"):
                print(f"  {', '.join(f'{key} {value}' for key, value in event.items() if value != '')}", flush=True)
    if child.returncode:
        raise SystemExit(f"The training of {name} failed: {' '.join(asked)}")
    return epochs


def _row(name: str, images: str, before: Scores, after: Scores, epochs: int) -> list[str]:
    figures = [f"{value:.3f}" for value in (before.sbd, after.sbd)] + [f"{after.sbd - before.sbd:+.3f}"]
    figures += [f"{value:.3f}" for value in (before.ap50, after.ap50)] + [f"{after.ap50 - before.ap50:+.3f}"]
    return [name, images, *figures, str(epochs), "yes" if _reached(name, images, before, after) else "no"]


def _reached(name: str, images: str, before: Scores, after: Scores) -> bool:
    """Whether what was aimed at is reached: of the strange, of the original, of nuclei."""
    if images == "original":
        return after.sbd >= before.sbd - 0.02
    if images == "strange":
        return before.sbd < 0.75 and (after.sbd >= before.sbd + 0.10 or after.sbd >= 0.85)
    return after.ap50 >= (0.35 if name == "rsis" else 0.60)


def _note(run: Path, name: str, long: dict[str, Any], options: dict[str, str], before: Any, after: Any) -> None:
    values = {
        "method": name,
        **long,
        "options": options,
        "before": {key: scores.as_dict() for key, scores in before.items()},
        "after": {key: scores.as_dict() for key, scores in after.items()},
    }
    with (run.parent / "figures.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(values) + "\n")


# --- images ---------------------------------------------------------------------------


def _write_plants(folder: Path, count: int) -> None:
    for seed in range(count):
        drawing = draw_plant(STRANGE, seed, SIDE)
        _write(folder, f"plant{seed}", drawing.image, drawing.labels)


def _write(folder: Path, stem: str, image: Any, labels: Any) -> None:
    """Write an image and its labels side by side, as a person would have them."""
    for part in ("images", "labels"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).save(folder / "images" / f"{stem}.png")
    write_labels(folder / "labels" / f"{stem}.tif", labels)


def _spare(folder: Path) -> None:
    """Move two images to those that are checked on where one alone is, as a person is told to."""
    sides = divide(open_folder(folder))
    if len(sides.validation) == 1 and len(sides.train) >= ENOUGH_FOR_TWO:
        for entry in sides.train[:2]:
            move(folder, entry.image.relative_to(folder).as_posix(), VALIDATION)


def _drawn(style: str | Rosette, first: int, count: int, segmenter: Segmenter) -> Iterator[Sample]:
    for seed in range(first, first - count, -1):
        drawing = draw_plant(style, seed, SIDE)
        yield Sample(str(seed), as_rgb(drawing.image, contrast=segmenter.contrast), drawing.labels)


def _entries(data: Path, split: str) -> list[Entry]:
    return sorted((e for e in open_folder(data).entries if e.split == split), key=lambda entry: entry.name)


def _write_nuclei(folder: Path, data: Path, count: int) -> None:
    """Write the first grey fluorescence images, in sorted order, of those to train on."""
    written = 0
    for entry in _entries(data, "train"):
        sample = load_sample(entry)
        if kind_of(sample.image) is Kind.FLUORESCENCE:
            _write(folder, entry.name, (sample.image * 255).round().astype("uint8"), sample.labels)
            written += 1
        if written == count:
            return


def _nuclei(data: Path, most: int) -> list[Set]:
    """Validate on images spread over all of val, and on the grey fluorescence images among them."""
    entries = _entries(data, "val")
    chosen = entries[:: max(1, len(entries) // most)][:most] if most < len(entries) else entries

    def of(kind: Kind | None, segmenter: Segmenter) -> Iterator[Sample]:
        for entry in chosen:
            if kind is None or kind_of(load_sample(entry).image) is kind:
                yield load_sample(entry, segmenter.contrast)

    return [Set("val", partial(of, None)), Set("val, grey fluorescence", partial(of, Kind.FLUORESCENCE))]


if __name__ == "__main__":
    typer.run(main)
