"""Each file that ships has a recipe, and a recipe followed to its end leaves a file that works."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from napari_leafseg import load
from napari_leafseg.core.catalogue import shipped
from napari_leafseg.core.weights import read_facts
from napari_leafseg.data.nuclei import draw_nuclei
from napari_leafseg.data.writing import write_labels
from napari_leafseg.training.mixing import MIXED

RECIPES = Path(__file__).parents[1] / "recipes"


@pytest.fixture
def make_all(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The module, imported as the command does: from its own folder."""
    monkeypatch.syspath_prepend(str(RECIPES))
    before = set(sys.modules)
    import make_all

    yield make_all
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(RECIPES)):
            del sys.modules[name]


def test_every_shipped_file_has_a_recipe_that_says_the_same_of_it(make_all: Any) -> None:
    made = {recipe.target.stem: recipe for recipe in make_all.recipes()}
    for name, path in shipped().items():
        card, said = read_facts(path).header.card, made[name].card
        for words in ("title", "subject", "data", "licence", "failures"):
            assert getattr(card, words) == getattr(said, words), f"{words}: follow the recipe of {name} with --card"


def test_all_five_methods_have_a_recipe_for_nuclei_and_for_leaves(make_all: Any) -> None:
    names = {recipe.target.stem for recipe in make_all.recipes()}
    methods = ("deep_embedding", "harmonic", "leafmask", "object_guided", "rsis")
    assert {f"{method}-{subject}" for method in methods for subject in ("nuclei", "rosette")} <= names


def test_what_others_start_from_is_made_before_them(make_all: Any) -> None:
    """One command on a fresh machine makes all of them from what it has made itself."""
    made: set[str] = set()
    for recipe in make_all.recipes():
        assert not recipe.start or recipe.start in made
        made.add(recipe.target.stem)


def test_what_finds_the_size_by_itself_keeps_small_leaves(make_all: Any) -> None:
    """A least area in pixels that suits large plants would leave nothing of a seedling."""
    for recipe in make_all.recipes():
        if recipe.subject == "rosette":
            assert recipe.kept["min_area"] <= 30


def on_one_core(runs: Path) -> argparse.Namespace:
    """What a recipe is told."""
    return argparse.Namespace(
        runs=runs,
        device="cpu",
        minutes=None,
        last=False,
        trained=False,
        shipped=False,
        measured=False,
        card=False,
        on="one core",
    )


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Six labelled fields, two of which validate."""
    root = tmp_path / "data" / "fields"
    for part in ("images", "labels"):
        (root / part).mkdir(parents=True)
    lines = ["stem,split"]
    for seed in range(6):
        image, labels = draw_nuclei(size=96, count=6, seed=seed)
        Image.fromarray(image).save(root / "images" / f"{seed}.png")
        write_labels(root / "labels" / f"{seed}.tif", labels)
        lines.append(f"{seed},{'val' if seed > 3 else 'train'}")
    (root / "split.csv").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setenv("LEAFSEG_DATA", str(tmp_path / "data"))
    return root


def test_a_recipe_trains_tunes_measures_and_is_not_followed_twice(
    make_all: Any, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shipping

    monkeypatch.setattr(shipping, "SHIPPED", tmp_path / "weights")
    whole = next(recipe for recipe in make_all.recipes() if recipe.method == "harmonic")
    options = whole.options.replace(minutes=None, epochs=1, crop=64, samples_per_epoch=8, batch=4)
    recipe = replace(whole, data="fields", options=options)
    said = on_one_core(tmp_path / "runs")
    assert not make_all.is_made(recipe, said.runs)
    shipping.make(recipe, said)
    assert make_all.is_made(recipe, said.runs)
    facts = read_facts(recipe.target)
    card = facts.header.card
    assert facts.nbytes < shipping.MOST_BYTES and facts.header.preset == "compact"
    assert card.measured_on.startswith("the 2 validation images") and card.object_size is not None
    assert card.groups["grey fluorescence"]["images"] == 2
    assert "on one core, 1 passes" in card.training
    assert load("harmonic", recipe.target).defaults.model_dump(mode="json") == facts.header.params
    said.shipped = True
    shipping.make(recipe, said)
    assert read_facts(recipe.target).header.tensor_hash == facts.header.tensor_hash
    assert read_facts(recipe.target).header.card.training == card.training
    said.shipped, said.measured = False, True
    shipping.rewrite(recipe.target, recipe.target, facts.header.replace(card=card.replace(figures={})))
    shipping.make(recipe, said)
    assert read_facts(recipe.target).header == facts.header
    said.card = True
    shipping.make(replace(recipe, card=recipe.card.replace(failures="all of them")), said)
    assert read_facts(recipe.target).header.card == card.replace(failures="all of them")


def test_a_recipe_in_legs_goes_on_from_what_it_made(
    make_all: Any, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All legs one after another, or the last alone from the file that ships; either way the card says it."""
    import shipping

    monkeypatch.setattr(shipping, "SHIPPED", tmp_path / "weights")
    whole = next(recipe for recipe in make_all.recipes() if recipe.method == "harmonic")
    options = whole.options.replace(minutes=None, epochs=1, crop=64, samples_per_epoch=8, batch=4)
    recipe = replace(whole, data="fields", options=options, enlargements=(1,), onward=({"learning_rate": 5e-4},))
    said = on_one_core(tmp_path / "runs")
    shipping.make(recipe, said)
    assert make_all.is_made(recipe, said.runs)
    first, second = (load("harmonic", recipe.run_in(said.runs, leg)) for leg in (0, 1))
    assert first.network.guides.equal(second.network.guides)  # type: ignore[attr-defined]
    assert read_facts(recipe.target).header.card.training.count("on one core, 1 passes") == 2
    (recipe.run_in(said.runs) / MIXED).touch()
    said.trained = True
    shipping.make(replace(recipe, onward=({"learning_rate": 5e-4, "mixing": 0.5},)), said)
    assert read_facts(recipe.target).header.card.training.endswith("1 passes, 0.5 of their way")
    alone = on_one_core(tmp_path / "other")
    alone.last = True
    shipping.make(recipe, alone)
    assert not recipe.run_in(alone.runs, 0).exists()
    assert read_facts(recipe.target).header.card.training.count("on one core, 1 passes") == 3


def test_a_recipe_for_drawn_plants_needs_no_data(
    make_all: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shipping

    monkeypatch.delenv("LEAFSEG_DATA", raising=False)
    monkeypatch.setattr(shipping, "SHIPPED", tmp_path / "weights")
    monkeypatch.setattr(shipping, "DRAWN_SIDE", 128)
    whole = next(recipe for recipe in make_all.recipes() if recipe.target.stem == "leafmask-rosette")
    small = {"epochs": 1, "crop": 64, "samples_per_epoch": 8, "batch": 4, "drawn_size": 128, "workers": 0}
    onward = [leg | {"minutes": None, "drawn_size": 128} for leg in whole.onward]
    options = whole.options.replace(minutes=None, validation_images=2, **small)
    recipe = replace(whole, options=options, onward=onward, drawn=3)
    shipping.make(recipe, on_one_core(tmp_path))
    header = read_facts(recipe.target).header
    card = header.card
    assert {name: header.params[name] for name in recipe.kept} == recipe.kept
    last = recipe.options_of(len(recipe.onward))
    assert card.object_sizes == (last.object_low, last.object_high) != (options.object_low, options.object_high)
    assert card.measured_on.startswith("3 drawn plants")
    assert card.subject == "rosette"
