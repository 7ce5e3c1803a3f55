"""What every recipe does: train, tune the live parameters on val, measure, write the file that ships."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from napari_leafseg import create, load
from napari_leafseg.core.sample import Sample
from napari_leafseg.core.weights import Card, Facts, figures_text, read_facts, read_header, rewrite
from napari_leafseg.inference.measure import Measured, measure
from napari_leafseg.inference.tuning import tune
from napari_leafseg.inference.tuning_events import Tried, TuningFinished
from napari_leafseg.training.data import load_data, typical_diameter
from napari_leafseg.training.events import Stepped
from napari_leafseg.training.fit import fit
from napari_leafseg.training.options import TrainOptions

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ROOT / "src" / "napari_leafseg" / "weights"
MOST_BYTES = 8_000_000


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
    card
        What is said of the file besides figures, network and training time.
    expected
        Figures on val that it should reach at least.
    config
        Changes to the compact preset.
    """

    method: str
    subject: str
    folder: str
    options: TrainOptions
    card: Card
    expected: Mapping[str, float] = field(default_factory=dict)
    config: Mapping[str, Any] | None = None

    @property
    def target(self) -> Path:
        """The file that ships."""
        return SHIPPED / f"{self.method}-{self.subject}.safetensors"

    def run_in(self, runs: Path) -> Path:
        """The folder of its training."""
        return runs / f"{self.method}-{self.subject}"


def main(recipe: Recipe) -> None:
    """Follow a recipe from the command line."""
    parser = argparse.ArgumentParser(description=f"Make {recipe.target.name}.")
    add_options(parser)
    said = parser.parse_args()
    make(recipe, said)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what every recipe can be told."""
    parser.add_argument("--runs", type=Path, default=ROOT / "runs", help="where the folders of the trainings are")
    parser.add_argument("--minutes", type=float, help="train for so long instead")
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda", "mps"])
    parser.add_argument("--on", default="", help="what it was trained on, for the card; else the run's device")
    parser.add_argument("--trained", action="store_true", help="train no more; take the run's best weights")


def make(recipe: Recipe, said: argparse.Namespace) -> None:
    """Train (a run that was stopped goes on), tune, measure, and write the file."""
    run = recipe.run_in(said.runs)
    data = load_data(_data() / recipe.folder, None, create(recipe.method).contrast)
    options = recipe.options.replace(minutes=said.minutes or recipe.options.minutes)
    if not said.trained:
        _train(recipe, data.train, data.validation, run, options, said.device)
    _ship(recipe, data.train, data.validation, run, said.on)


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


def _ship(recipe: Recipe, train: list[Sample], validation: list[Sample], run: Path, trained_on: str) -> None:
    best = load(recipe.method, run)
    best.save(recipe.target, half=True)  # type: ignore[call-arg]
    # From here on the file itself is tuned and measured, half precision and all.
    header = read_header(recipe.target)
    found = _tuned(recipe, validation)
    rewrite(recipe.target, recipe.target, header.replace(params=found.params))
    measured = measure(load(recipe.method, recipe.target), validation)
    card = recipe.card.replace(
        object_size=typical_diameter(train),
        figures=measured.card_figures(),
        groups=measured.card_groups(),
        measured_on=f"the {len(validation)} validation images of the same collection, "
        "on which the live parameters were chosen",
        training=_training(run, trained_on),
    )
    rewrite(recipe.target, recipe.target, header.replace(params=found.params, card=card))
    _say(recipe, read_facts(recipe.target), found, measured)


def _tuned(recipe: Recipe, validation: Sequence[Sample]) -> TuningFinished:
    sources = [lambda sample=sample: sample for sample in validation]  # type: ignore[misc]
    for event in tune(load(recipe.method, recipe.target), sources):
        if isinstance(event, Tried):
            print(event.model_dump_json(), flush=True)
        if isinstance(event, TuningFinished):
            return event
    raise AssertionError("a search ends with its result")


def _training(run: Path, where: str) -> str:
    """Say how long the run took, and on what."""
    events = [json.loads(line) for line in (run / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    started = next(event for event in events if event["kind"] == "started")
    ended = events[-1]
    if ended["kind"] != "finished":
        return f"stopped before its end, on {where or started['device']}"
    return f"{ended['minutes']:.0f} minutes on {where or started['device']}, {ended['epochs']} passes"


def _say(recipe: Recipe, facts: Facts, found: TuningFinished, measured: Measured) -> None:
    print(f"\n{recipe.target.name}: {facts.as_text()}; {figures_text(measured.card_figures())}")
    print(f"Tuned: {found.gain}. {found.caution} {found.params}")
    for name, figures in measured.card_groups().items():
        print(f"  {name}: {figures_text(figures)}")
    for name, least in recipe.expected.items():
        reached = measured.scores.as_dict()[name]
        print(f"  {name} {reached:.3f}, expected at least {least:g}{'' if reached >= least else ': NOT REACHED'}")
    if facts.nbytes > MOST_BYTES:
        print(f"  {facts.nbytes} bytes are more than {MOST_BYTES}: it must not ship")
