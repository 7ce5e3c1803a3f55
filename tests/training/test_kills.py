"""A training child is killed at random moments: what it leaves is whole, and resumed it ends as if undisturbed."""

from __future__ import annotations

import json
import random
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from fields import write_fields

from napari_leafseg.core import registry
from napari_leafseg.core.weights import read_header
from napari_leafseg.training.about import Condition, condition, events_of, is_running, read_about
from napari_leafseg.training.child import command, environment
from napari_leafseg.training.events import EpochDone
from napari_leafseg.training.options import TrainOptions
from napari_leafseg.training.request import Request, carry_out
from napari_leafseg.training.runs import RunFolder, saved_options

SMALL = {"batch": 4, "crop": 64, "samples_per_epoch": 8, "drawn_size": 96, "validate_every": 2, "replay": 0.25}
EPOCHS = 6


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_fields(tmp_path_factory.mktemp("data") / "fields", 5)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    segmenter = registry.create("harmonic")
    segmenter.card = segmenter.card.replace(subject="nuclei", data="drawings")
    path = tmp_path_factory.mktemp("weights") / "start.safetensors"
    segmenter.save(path)
    return path


@pytest.fixture(scope="module")
def undisturbed(data: Path, start: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, float]:
    """The weights of a run in this process that nobody killed, and the seconds that its epochs took."""
    out = tmp_path_factory.mktemp("runs") / "whole"
    # A window knows only the command line: the options are read as its child reads them.
    options = TrainOptions.parse({**SMALL, "epochs": EPOCHS})
    asked = Request(str(data), "harmonic", options, weights=str(start), device="cpu")
    run = RunFolder(out)
    run.begin(options, asked.about(out), resume=False)
    seconds = sum(event.seconds for event in carry_out(asked, run) if isinstance(event, EpochDone))
    return (out / "best.safetensors").read_bytes(), seconds


def child(
    data: Path, start: Path | str, out: Path, *, resume: bool, model: str = "harmonic", epochs: int = EPOCHS
) -> subprocess.Popen[str]:
    arguments = command(
        data=data, model=model, weights=start, out=out, epochs=epochs, options=SMALL, device="cpu",
        fine_tune=False, resume=resume,
    )  # fmt: skip
    return subprocess.Popen(
        arguments, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8"
    )


def train_until_killed(process: subprocess.Popen[str], kinds: Sequence[str], delay: float) -> bool:
    """Kill a child so long after its first event of some kinds; say whether it had ended by itself before."""
    assert process.stdout is not None
    for line in process.stdout:
        if any(f'"kind": "{kind}"' in line for kind in kinds):
            break
    time.sleep(delay)
    ended = process.poll() is not None
    process.kill()
    process.communicate()
    return ended and process.returncode == 0


def what_is_left_is_whole(out: Path) -> None:
    """Everything that was ever written can be read, and nobody thinks that it still runs."""
    if not (out / "run.json").exists():
        return
    # A process may be killed between its last word and its end.
    assert not is_running(out) and condition(out) in {Condition.BROKEN_OFF, Condition.FINISHED}
    read_about(out)
    events_of(out)
    if (out / "options.json").exists():
        saved_options(out)
    if (out / "best.safetensors").exists():
        registry.load("harmonic", out)


def killed_and_resumed(data: Path, start: Path, out: Path, seed: int, kills: int, span: float) -> None:
    chance = random.Random(seed)
    for _ in range(kills):
        process = child(data, start, out, resume=(out / "run.json").exists())
        early = chance.random() < 0.2
        kinds = ("preparing",) if early else ("step", "finished")
        if train_until_killed(process, kinds, chance.random() * span):
            return
        what_is_left_is_whole(out)
    last = child(data, start, out, resume=(out / "run.json").exists())
    last.communicate()
    assert last.returncode == 0


def test_a_run_that_was_killed_becomes_what_it_would_have_been(
    data: Path, start: Path, undisturbed: tuple[bytes, float], tmp_path: Path
) -> None:
    """Byte for byte; and a child's weights are those of a training in this process."""
    whole, seconds = undisturbed
    out = tmp_path / "run"
    killed_and_resumed(data, start, out, seed=1, kills=2, span=seconds)
    assert (out / "best.safetensors").read_bytes() == whole
    assert condition(out) is Condition.FINISHED
    assert events_of(out)[0]["kind"] == "preparing"
    assert {event["epoch"] for event in events_of(out) if event["kind"] == "epoch"} == set(range(EPOCHS))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10, 20))
def test_many_kills(data: Path, start: Path, undisturbed: tuple[bytes, float], tmp_path: Path, seed: int) -> None:
    whole, seconds = undisturbed
    killed_and_resumed(data, start, tmp_path / "run", seed=seed, kills=5, span=1.5 * seconds)
    assert (tmp_path / "run" / "best.safetensors").read_bytes() == whole
    assert read_header(tmp_path / "run" / "best.safetensors").card.source == "drawn:nuclei"


@pytest.mark.slow
@pytest.mark.parametrize("after", [("clusternet", "epoch"), ("clusternet", "validation")])
def test_a_method_of_two_networks_that_is_killed_early_in_the_second(
    data: Path, tmp_path: Path, after: tuple[str, str]
) -> None:
    """The best weights are the second network's by then; the first one's end must not be lost with them."""
    runs = [tmp_path / name for name in ("whole", "killed")]
    stage, kind = after
    for out in runs:
        process = child(data, "", out, resume=False, model="deep_embedding", epochs=2)
        if out.name == "killed":
            assert process.stdout is not None
            for line in process.stdout:
                event = json.loads(line)
                if event["kind"] == kind and event["stage"] == stage:
                    process.kill()
            process.communicate()
            assert process.returncode != 0
            process = child(data, "", out, resume=True, model="deep_embedding", epochs=2)
        process.communicate()
        assert process.returncode == 0
    whole, killed = ((out / "best.safetensors").read_bytes() for out in runs)
    assert whole == killed
