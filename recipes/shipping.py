"""What every recipe does: train, choose the live parameters on val, measure, write the file that ships."""

from __future__ import annotations

import argparse
import itertools
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from napari_leafseg import create, load
from napari_leafseg.analysis.scores import Scores, evaluate_pairs
from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.core.params import Params
from napari_leafseg.core.prediction import Prediction
from napari_leafseg.core.sample import Sample
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.core.weights import Card
from napari_leafseg.core.work import never, silent
from napari_leafseg.training.data import load_data, typical_diameter
from napari_leafseg.training.events import Stepped
from napari_leafseg.training.fit import fit
from napari_leafseg.training.options import TrainOptions

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ROOT / "src" / "napari_leafseg" / "weights"


@dataclass(frozen=True)
class Recipe:
    """One shipped file.

    Attributes
    ----------
    method, subject
        Name of the file.
    folder
        Below the data folder; divided by its own split.
    options
        Training options.
    config
        Changes to the compact preset.
    grid
        Live parameters to try on val, each combination.
    card
        What is said of the file besides figures.
    """

    method: str
    subject: str
    folder: str
    options: TrainOptions
    grid: Mapping[str, Sequence[Any]]
    card: Card
    config: Mapping[str, Any] | None = None


def main(recipe: Recipe) -> None:
    """Follow a recipe from the command line."""
    parser = argparse.ArgumentParser(description=f"Make {recipe.method}-{recipe.subject}.safetensors.")
    parser.add_argument("--run", type=Path, default=ROOT / "runs" / f"{recipe.method}-{recipe.subject}")
    parser.add_argument("--minutes", type=float, default=recipe.options.minutes)
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda", "mps"])
    parser.add_argument("--trained", action="store_true", help="do not train; take the run's best weights")
    said = parser.parse_args()
    data = load_data(_data() / recipe.folder, None, create(recipe.method).contrast)
    if not said.trained:
        _train(recipe, data.train, data.validation, said.run, recipe.options.replace(minutes=said.minutes), said.device)
    _ship(recipe, data.train, data.validation, said.run)


def _data() -> Path:
    for place in (os.environ.get("LEAFSEG_DATA"), ROOT.parent / "shared" / "data"):
        if place and Path(place).is_dir():
            return Path(place)
    sys.exit("The data are not here: set LEAFSEG_DATA to their folder.")


def _train(
    recipe: Recipe, train: list[Sample], validation: list[Sample], run: Path, options: TrainOptions, device: Any
) -> None:
    segmenter = create(recipe.method, "compact", recipe.config)
    segmenter.card = recipe.card.replace(object_size=typical_diameter(train))
    resume = (run / "state.pt").exists()
    for event in fit(segmenter, train, validation, options, run, device=device, resume=resume):
        if not isinstance(event, Stepped):
            print(event.model_dump_json(), flush=True)


def _ship(recipe: Recipe, train: list[Sample], validation: list[Sample], run: Path) -> None:
    target = SHIPPED / f"{recipe.method}-{recipe.subject}.safetensors"
    trained = load(recipe.method, run)
    trained.card = recipe.card.replace(object_size=typical_diameter(train))
    trained.save(target, half=True)  # type: ignore[call-arg]
    # From here on the shipped file itself is measured, half precision and all.
    shipped = load(recipe.method, target)
    predictions = list(encoded(shipped, validation))
    params, scores = _best(shipped, predictions, validation, recipe.grid)
    figures = {"AP50": scores.ap50, "mAP": scores.mean_ap, "SBD": scores.sbd, "|DiC|": scores.abs_dic}
    shipped.defaults = params
    shipped.card = shipped.card.replace(figures={name: round(value, 3) for name, value in figures.items()})
    shipped.save(target, half=True)  # type: ignore[call-arg]
    print(f"{target}: {target.stat().st_size / 1e6:.1f} MB, {params!r}, {shipped.card.figures}")


def encoded(segmenter: Segmenter, samples: Sequence[Sample]) -> Iterator[Prediction]:
    """Run the network on every sample."""
    for sample in samples:
        yield segmenter.encode_rgb(sample.image, EncodeOptions(), never, silent)


def _best(
    segmenter: Segmenter,
    predictions: Sequence[Prediction],
    samples: Sequence[Sample],
    grid: Mapping[str, Sequence[Any]],
) -> tuple[Params, Scores]:
    """Try every combination of the grid; the best sum of AP50, mAP and SBD wins."""
    results = []
    for values in itertools.product(*grid.values()):
        params = segmenter.defaults.replace(**dict(zip(grid, values, strict=True)))
        pairs = [(segmenter.decode(p, params).labels, s.labels) for p, s in zip(predictions, samples, strict=True)]
        scores = evaluate_pairs(pairs, [sample.ignore for sample in samples])
        results.append((scores.ap50 + scores.mean_ap + scores.sbd, params, scores))
        print(f"{params!r}: AP50 {scores.ap50:.3f}, mAP {scores.mean_ap:.3f}, SBD {scores.sbd:.3f}", flush=True)
    return max(results, key=lambda result: float(np.float64(result[0])))[1:]
