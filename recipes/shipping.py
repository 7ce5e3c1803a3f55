"""What every recipe does: train, tune the live parameters on val, measure, write the file that ships."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from napari_leafseg import create, load
from napari_leafseg.core.catalogue import shipped
from napari_leafseg.core.sample import Sample
from napari_leafseg.core.weights import Card, Facts, Header, figures_text, read_facts, read_header, rewrite
from napari_leafseg.inference.measure import Measured, measure
from napari_leafseg.inference.tuning import tune
from napari_leafseg.inference.tuning_events import Goal, Tried, TuningFinished
from napari_leafseg.training.data import TrainingData, load_data
from napari_leafseg.training.drawn import presets_of
from napari_leafseg.training.events import Event, Stepped
from napari_leafseg.training.fit import fit
from napari_leafseg.training.mixing import MIXED
from napari_leafseg.training.options import TrainOptions

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ROOT / "src" / "napari_leafseg" / "weights"
MOST_BYTES = 8_000_000
DRAWN_SIDE = 512
"""Of the plants that files for rosettes are measured on, in pixels."""


@dataclass(frozen=True)
class Recipe:
    """One shipped file.

    Attributes
    ----------
    method, subject
        Name of the file.
    data
        A folder below the data folder, divided by its own split; or ``drawn:`` and presets.
    options
        Training options.
    card
        What is said of the file besides figures, network and training time.
    expected
        Figures on val that it should reach at least.
    goal
        What the live parameters are chosen for.
    drawn
        How many plants they are chosen and measured on, where plants are drawn.
    enlargements
        How far images may be enlarged for the network; what is best for the goal on val goes into the card.
    start
        Shipped file whose backbone the training starts from; none if empty.
    config
        Changes to the compact preset.
    kept
        Live parameters that are not tuned, and their values.
    onward
        Further legs, by what changes in the options: each goes on from the best weights of the leg before, with a
        learning rate that rises and falls once more, and crops that no leg before has seen.
    pack
        Whether large tensors are stored in one byte a number, so that all files together stay below 64 MB.
    """

    method: str
    subject: str
    data: str
    options: TrainOptions
    card: Card
    expected: Mapping[str, float] = field(default_factory=dict)
    enlargements: Sequence[float] = (1.0,)
    start: str = ""
    config: Mapping[str, Any] | None = None
    goal: Goal = Goal.MAP
    drawn: int = 100
    kept: Mapping[str, Any] = field(default_factory=dict)
    onward: Sequence[Mapping[str, Any]] = ()
    pack: bool = False

    @property
    def target(self) -> Path:
        """The file that ships."""
        return SHIPPED / f"{self.method}-{self.subject}.safetensors"

    def run_in(self, runs: Path, leg: int | None = None) -> Path:
        """The folder of a leg of its training, of the last if none is named."""
        leg = len(self.onward) if leg is None else leg
        return runs / (self.target.stem + (f"-{leg + 1}" if leg else ""))

    def options_of(self, leg: int, minutes: float | None = None) -> TrainOptions:
        """Options of a leg; ``minutes`` stand for what the recipe says."""
        changes = dict(self.onward[leg - 1]) if leg else {}
        if leg:
            # What a method fitted to the images before its first leg, its weights were made for.
            changes = {"seed": self.options.seed + leg, "keep_fitted": True, "validate_first": True, **changes}
        options = self.options.replace(**changes)
        return options.replace(minutes=minutes) if minutes else options


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
    parser.add_argument("--last", action="store_true", help="train the last leg only, from the file that ships")
    parser.add_argument("--trained", action="store_true", help="train no more; take the run's best weights")
    parser.add_argument("--shipped", action="store_true", help="take the file that ships; tune and measure it anew")
    parser.add_argument("--measured", action="store_true", help="take the file that ships; only measure it")
    parser.add_argument("--card", action="store_true", help="only write what the recipe says into the file's card")


def make(recipe: Recipe, said: argparse.Namespace) -> None:
    """Train (a run that was stopped goes on), tune, measure, and write the file."""
    if said.card:
        _say_anew(recipe)
        return
    as_shipped = said.shipped or said.measured
    training = read_header(recipe.target).card.training if as_shipped or said.last else ""
    if not (said.trained or as_shipped):
        _train(recipe, said)
    chosen_on = recipe.options_of(len(recipe.onward)).replace(seed=recipe.options.seed)
    if presets_of(recipe.data):
        chosen_on = chosen_on.replace(validation_images=recipe.drawn, drawn_size=DRAWN_SIDE)
    if not as_shipped:
        load(recipe.method, recipe.run_in(said.runs)).save(recipe.target, half=True, pack=recipe.pack)  # type: ignore[call-arg]
        training = _training(recipe, said, training)
    data = _loaded(recipe, chosen_on)
    if not said.measured:
        _tune(recipe, data)
    _measure(recipe, data, training)


def _say_anew(recipe: Recipe) -> None:
    """Write the recipe's own words into the card of its file; what was measured stays."""
    header = read_header(recipe.target)
    words = {name: getattr(recipe.card, name) for name in ("title", "subject", "data", "licence", "failures")}
    rewrite(recipe.target, recipe.target, header.replace(card=header.card.replace(**words)))


def _loaded(recipe: Recipe, options: TrainOptions) -> TrainingData:
    where: str | Path = recipe.data if presets_of(recipe.data) else _data() / recipe.data
    return load_data(where, None, create(recipe.method).contrast, options)


def _data() -> Path:
    for place in (os.environ.get("LEAFSEG_DATA"), ROOT.parent / "shared" / "data"):
        if place and Path(place).is_dir():
            return Path(place)
    sys.exit("The data are not here: set LEAFSEG_DATA to their folder.")


def _train(recipe: Recipe, said: argparse.Namespace) -> None:
    """Train the legs that are not done, each from the one before."""
    for leg in range(len(recipe.onward) if said.last else 0, len(recipe.onward) + 1):
        options, run = recipe.options_of(leg, said.minutes), recipe.run_in(said.runs, leg)
        data = _loaded(recipe, options)
        if leg:
            segmenter = load(recipe.method, recipe.target if said.last else recipe.run_in(said.runs, leg - 1))
        else:
            segmenter = _fresh(recipe)
        segmenter.card = _card(recipe, data)
        resume = (run / "state.pt").exists()
        _follow(fit(segmenter, data.train, data.validation, options, run, device=said.device, resume=resume))


def _follow(events: Iterable[Event]) -> None:
    """Follow a training, and print what happens."""
    for event in events:
        if not isinstance(event, Stepped):
            print(event.model_dump_json(), flush=True)


def _fresh(recipe: Recipe) -> Any:
    segmenter: Any = create(recipe.method, "compact", recipe.config)
    if recipe.start:
        segmenter.start_from_backbone(shipped()[recipe.start])
    return segmenter


def _card(recipe: Recipe, data: TrainingData) -> Card:
    return recipe.card.replace(object_size=data.origin.object_size, object_sizes=data.origin.object_sizes)


def _tune(recipe: Recipe, data: TrainingData) -> None:
    """Choose the live parameters for the file itself, half precision and all, and write them into it."""
    header = read_header(recipe.target)
    enlarge = _enlarged(recipe, header, data.validation)
    rewrite(recipe.target, recipe.target, header.replace(card=header.card.replace(enlarge=enlarge)))
    found = _tuned(recipe, data.validation)
    rewrite(
        recipe.target, recipe.target, header.replace(card=header.card.replace(enlarge=enlarge), params=found.params)
    )
    print(f"Tuned: {found.gain}. {found.caution} {found.params}", flush=True)


def _measure(recipe: Recipe, data: TrainingData, training: str) -> None:
    """Measure the file as it is, and write its card."""
    header = read_header(recipe.target)
    measured = measure(load(recipe.method, recipe.target), data.validation)
    count = len(data.validation)
    kind = f"{count} drawn plants" if presets_of(recipe.data) else f"the {count} validation images"
    card = _card(recipe, data).replace(
        enlarge=header.card.enlarge,
        figures=measured.card_figures(),
        groups={} if presets_of(recipe.data) else measured.card_groups(),
        measured_on=f"{kind} of the same collection, on which the live parameters were chosen",
        training=training,
    )
    rewrite(recipe.target, recipe.target, header.replace(card=card))
    _say(recipe, read_facts(recipe.target), measured)


def _enlarged(recipe: Recipe, header: Header, validation: Sequence[Sample]) -> float:
    """Choose how far images are enlarged, with the parameters as they are."""
    if len(recipe.enlargements) == 1:
        return recipe.enlargements[0]
    reached = {}
    for factor in recipe.enlargements:
        rewrite(recipe.target, recipe.target, header.replace(card=header.card.replace(enlarge=factor)))
        scores = measure(load(recipe.method, recipe.target), validation).scores.as_dict()
        reached[factor] = scores[recipe.goal.score]
        print(f"enlarged {factor:g} times: {recipe.goal.score} {reached[factor]:.3f}", flush=True)
    return max(reached, key=lambda factor: reached[factor])


def _tuned(recipe: Recipe, validation: Sequence[Sample]) -> TuningFinished:
    sources = [lambda sample=sample: sample for sample in validation]  # type: ignore[misc]
    segmenter = load(recipe.method, recipe.target)
    start = segmenter.defaults.replace(**recipe.kept)
    for event in tune(segmenter, sources, start=start, goal=recipe.goal, keep=recipe.kept):
        if isinstance(event, Tried):
            print(event.model_dump_json(), flush=True)
        if isinstance(event, TuningFinished):
            return event
    raise AssertionError("a search ends with its result")


def _training(recipe: Recipe, said: argparse.Namespace, before: str) -> str:
    """Say how long each leg took, and on what; ``before`` is what the file said whose training went on."""
    first = len(recipe.onward) if said.last else 0
    legs = [_leg(recipe, said, leg) for leg in range(first, len(recipe.onward) + 1)]
    return "; then ".join([*([before] if before else []), *legs])


def _leg(recipe: Recipe, said: argparse.Namespace, leg: int) -> str:
    run, where = recipe.run_in(said.runs, leg), said.on
    events = [json.loads(line) for line in (run / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    started = next(event for event in events if event["kind"] == "started")
    ended = events[-1]
    if ended["kind"] != "finished":
        return f"stopped before its end, on {where or started['device']}"
    part = f", {recipe.options_of(leg).mixing or 1:g} of their way" if (run / MIXED).exists() else ""
    return f"{ended['minutes']:.0f} minutes on {where or started['device']}, {ended['epochs']} passes{part}"


def _say(recipe: Recipe, facts: Facts, measured: Measured) -> None:
    print(f"\n{recipe.target.name}: {facts.as_text()}; {figures_text(measured.card_figures())}")
    for name, figures in measured.card_groups().items():
        print(f"  {name}: {figures_text(figures)}")
    for name, least in recipe.expected.items():
        reached = measured.scores.as_dict()[name]
        print(f"  {name} {reached:.3f}, expected at least {least:g}{'' if reached >= least else ': NOT REACHED'}")
    if facts.nbytes > MOST_BYTES:
        print(f"  {facts.nbytes} bytes are more than {MOST_BYTES}: it must not ship")
