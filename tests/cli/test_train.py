"""`train` runs the one loop on any folder, speaks JSON purely, resumes, and refuses in a sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fields import write_fields
from typer.testing import CliRunner

from napari_leafseg.cli import app
from napari_leafseg.cli.train import _tell
from napari_leafseg.core.catalogue import available
from napari_leafseg.core.registry import load
from napari_leafseg.training.events import Validated

SMALL = ("--set-option", "crop=64", "--set-option", "samples_per_epoch=8", "--set-option", "batch=4")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five labelled fields; two will validate."""
    return write_fields(tmp_path_factory.mktemp("data") / "fields", 5)


def arguments(data: Path, out: Path) -> list[str]:
    """Train for a moment."""
    return ["train", "--data", str(data), "--model", "harmonic", "--out", str(out), "--device", "cpu", *SMALL]


@pytest.fixture(scope="module")
def finished(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """One run, to be looked at and started from: its folder, and what was printed."""
    out = tmp_path_factory.mktemp("runs") / "run"
    result = CliRunner().invoke(app, [*arguments(data, out), "--epochs", "1"])
    assert result.exit_code == 0, result.stderr
    return out, result.stdout


@pytest.fixture
def train(command: Any, data: Path, tmp_path: Path) -> Any:
    def run(*more: object) -> Any:
        return command(*arguments(data, tmp_path / "run"), *more)

    return run


def test_a_run_leaves_weights_that_load_with_a_card(finished: tuple[Path, str]) -> None:
    """Training, then using: nothing in between."""
    out, printed = finished
    assert str(out / "best.safetensors") in printed.replace("\n", "")
    card = load("harmonic", out).card
    assert card.subject == "fields" and card.object_size is not None
    assert "3 images" in card.data


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        ({"best": True}, "SBD 0.600, AP50 0.500, the best so far"),
        ({"best": True, "settled": True}, "SBD 0.600, AP50 0.500, kept: settled"),
        ({"best": False}, "SBD 0.600, AP50 0.500\n"),
    ],
)
def test_a_person_is_told_which_weights_are_kept(
    capsys: pytest.CaptureFixture[str], kept: dict[str, bool], said: str
) -> None:
    _tell(Validated(stage="embedding", epoch=1, sbd=0.6, ap50=0.5, images=2, seconds=1.0, **kept))
    assert said in capsys.readouterr().err


def test_json_is_all_that_standard_output_gets(train: Any) -> None:
    """A window reads these lines."""
    lines = train("--epochs", 1, "--json").stdout.splitlines()
    events = [json.loads(line) for line in lines if not line.startswith("Finished")]
    kinds = [event["kind"] for event in events if event["kind"] not in {"preparing", "warned"}]
    assert kinds == ["started", "step", "step", "epoch", "validation", "finished"]
    assert len(events) == len(lines) and events[0]["kind"] == "preparing"


def test_resume_goes_on_with_the_options_it_began_with(train: Any, tmp_path: Path) -> None:
    """Only what is said anew changes."""
    assert train("--epochs", 1, "--set-option", "learning_rate=0.002").exit_code == 0
    result = train("--epochs", 2, "--resume", "--json")
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert next(event for event in events if event["kind"] == "started")["resumed_at_epoch"] == 1
    options = json.loads((tmp_path / "run" / "options.json").read_text(encoding="utf-8"))
    assert (options["epochs"], options["learning_rate"]) == (2, 0.002)


def test_weights_are_trained_further(train: Any, finished: tuple[Path, str], tmp_path: Path) -> None:
    """A run folder is a start."""
    result = train("--weights", finished[0], "--epochs", 1)
    assert result.exit_code == 0, result.stderr
    assert "started from" in load("harmonic", tmp_path / "run").card.data


def test_a_backbone_is_a_start_for_another_method(
    finished: tuple[Path, str], command: Any, data: Path, tmp_path: Path
) -> None:
    """Said of the card; a name that is none is refused with those that are."""
    common = ("train", "--data", data, "--model", "object_guided", "--out", tmp_path / "more", "--device", "cpu")
    result = command(*common, "--weights", f"backbone:{finished[0]}", "--epochs", 1, *SMALL)
    assert result.exit_code == 0, result.stderr
    assert "started from the backbone of best.safetensors" in load("object_guided", tmp_path / "more").card.data
    result = command(*common, "--weights", "backbone:nowhere", "--epochs", 1, *SMALL)
    assert result.exit_code == 2
    assert f"'nowhere': give {', '.join(available())}, a run folder" in result.stderr


def test_the_backbone_that_ships_is_a_start_for_every_method(train: Any, tmp_path: Path) -> None:
    """By its bare name; the network's configuration is still free."""
    result = train("--weights", "backbone", "--epochs", 1, "--set-option", "dimensions=6")
    assert result.exit_code == 0, result.stderr
    trained = load("harmonic", tmp_path / "run")
    assert trained.config.dimensions == 6  # type: ignore[attr-defined]
    assert "started from the backbone of leafmask-rosette.safetensors" in trained.card.data


def test_the_networks_configuration_can_be_said(train: Any, tmp_path: Path) -> None:
    """An ablation of the paper in one option."""
    assert train("--epochs", 1, "--set-option", "guide_input=coordinates").exit_code == 0
    assert load("harmonic", tmp_path / "run").config.guide_input == "coordinates"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ((), "give epochs or minutes"),
        (("--epochs", 1, "--minutes", 1), "not both"),
        (("--epochs", 1, "--set-option", "colour=blue"), "colour"),
        (("--epochs", 1, "--set-option", "batch=none"), "batch"),
        (("--epochs", 1, "--preset", "huge"), "huge"),
        (("--epochs", 1, "--resume"), "no run"),
        (("--epochs", 1, "--weights", "nowhere"), "nowhere"),
    ],
)
def test_wrong_usage_is_answered_in_a_sentence(train: Any, more: tuple[object, ...], sentence: str) -> None:
    """Exit status 2, no traceback."""
    result = train(*more)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr


def test_plants_can_be_drawn_instead_of_read(train: Any, tmp_path: Path) -> None:
    """A first model without a single photograph; presets that are not named are left out."""
    small = ("--set-option", "drawn_size=64", "--set-option", "validation_images=2", "--set-option", "fit=false")
    result = train("--data", "drawn:arabidopsis-young,tobacco", "--epochs", 1, *small)
    assert result.exit_code == 0, result.stderr
    assert "Endless drawings to train on, 2 to validate on" in result.stderr
    card = load("harmonic", tmp_path / "run").card
    assert "arabidopsis-young, tobacco" in card.data and card.subject == "rosette"
    assert card.object_size is not None
    refused = train("--data", "drawn:roses", "--epochs", 1)
    assert refused.exit_code == 2 and "no preset 'roses'" in refused.stderr
