"""A run is read from its folder alone: finished, running, killed, half written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from trained_runs import METHOD, copied

from napari_leafseg.data.reading import read_labels
from napari_leafseg.training.about import EVENTS, LOCK, About
from napari_leafseg.training.events import Failed, Preparing
from napari_leafseg.training.options import TrainOptions
from napari_leafseg.training.runs import NOW, RunFolder
from napari_leafseg.widgets.past_runs import (
    decide,
    free_name,
    hand_on,
    past_runs,
    run_folders,
    runs_folder,
    undecided,
)  # fmt: skip
from napari_leafseg.widgets.preview_pictures import draw_preview
from napari_leafseg.widgets.run_looking import LOG, RunLooker
from napari_leafseg.widgets.training_display import doing


@pytest.fixture
def run(trained_folder, tmp_path) -> Path:
    return copied(runs_folder(trained_folder) / "first", tmp_path / "runs" / "first")


def _nothing() -> None:
    return


def test_a_finished_run_is_told_whole(run):
    look = RunLooker(run).look()
    assert look.about.method == METHOD and look.weights and not look.running and not look.broken_off
    assert look.story.epochs == 2 and set(look.story.scores) == {"SBD", "AP50"} and len(look.story.scores["SBD"]) == 3
    assert all(len(points) == 2 for points in look.story.losses.values()) and len(look.story.losses) >= 2
    assert look.comparison.of("validation").rows and look.comparison.sentence
    assert doing(look).startswith("Training done after 2 epochs")


def test_previews_can_be_drawn(run):
    look = RunLooker(run).look()
    preview = look.story.previews[-1]
    labels = run / preview.labels
    picture = draw_preview((labels, Path(preview.image)), _nothing)
    height, width = read_labels(labels).shape
    assert (picture.width(), picture.height()) == (width, height)
    assert draw_preview((labels, None), _nothing) is not None
    assert draw_preview((labels, Path("gone.png")), _nothing) is not None
    assert draw_preview((run / "preview" / "9999.tif", None), _nothing) is None


def test_what_did_not_change_is_not_read_again(run):
    looker = RunLooker(run)
    before = looker.look()
    assert looker.look().story is before.story and looker.look().comparison is before.comparison
    with (run / EVENTS).open("a") as file:
        file.write(Failed(sentence="The memory does not suffice.").model_dump_json() + "\n")
    assert looker.look().story.failed is not None


def test_a_last_line_half_written_waits(run):
    with (run / EVENTS).open("a") as file:
        file.write(Failed(sentence="Cut off.").model_dump_json()[:20])
    assert RunLooker(run).look().story.finished is not None


def test_a_run_without_an_end_is_broken_off(run):
    lines = (run / EVENTS).read_text().splitlines()
    (run / EVENTS).write_text("\n".join(line for line in lines if '"finished"' not in line) + "\n")
    (run / LOG).write_text("something\nKilled\n\n")
    look = RunLooker(run).look()
    assert look.broken_off and look.last_words == "Killed" and "broken off" in doing(look)


def test_a_run_whose_process_lives_is_running(tmp_path):
    code = (
        "import sys; from pathlib import Path; from napari_leafseg.core.lock import *; "
        "from napari_leafseg.training.runs import RunFolder; from napari_leafseg.training.about import About; "
        "from napari_leafseg.training.options import TrainOptions; run = RunFolder(Path(sys.argv[1])); "
        "run.begin(TrainOptions(epochs=1), About(name='x', method='harmonic'), resume=False); "
        "sys.stdout.write('begun\\n'); sys.stdout.flush(); sys.stdin.read()"
    )
    run = tmp_path / "run"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(run)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout.readline().strip() == "begun"
        (run / NOW).write_text(json.dumps({"epoch": 0, "step": 2, "steps": 8, "progress": 0.25, "seconds_left": 40.0}))
        look = RunLooker(run).look()
        assert look.running and not look.broken_off and look.about.pid == child.pid
        assert doing(look) == "Epoch 1, step 3 of 8, about 40 s left"
        child.kill()
    assert (run / LOCK).exists()
    assert RunLooker(run).look().broken_off


def test_before_the_process_wrote_anything_there_is_nothing(tmp_path):
    look = RunLooker(tmp_path / "run").look(alive=True)
    assert look.about is None and look.running and not look.broken_off and doing(look) == "Starting…"
    run = RunFolder(tmp_path / "run")
    run.begin(TrainOptions(epochs=1), About(name="x", method=METHOD), resume=False)
    run.note(Preparing(what="Reading the images"))
    assert doing(RunLooker(run.root).look()) == "Reading the images…"
    run.end()


def test_runs_of_a_folder_are_found_newest_first(trained_folder, tmp_path):
    root = copied(trained_folder, tmp_path / "cells")
    copied(runs_folder(root) / "first", runs_folder(root) / "second")
    os.utime(runs_folder(root) / "second" / "run.json")
    assert [run.name for run in run_folders(root)] == ["second", "first"]
    rows = {row.name: row for row in past_runs(root, _nothing)}
    assert rows["first"].outcome.startswith("SBD") and rows["first"].weights
    assert rows["first"].facts["epochs"] == "2" and rows["first"].scores["SBD"]
    assert undecided(root, _nothing).name == "second"
    decide(runs_folder(root) / "second")
    assert undecided(root, _nothing) is None


def test_names_go_on_counting(trained_folder, tmp_path):
    assert free_name("first", trained_folder) == "first-2" and free_name("new-1", trained_folder) == "new-1"
    (tmp_path / "leafseg" / "runs" / "new-1").mkdir(parents=True)
    assert free_name("new-1", tmp_path) == "new-2"


def test_weights_are_handed_on_whole(run, tmp_path):
    target = hand_on(run, tmp_path / "for a colleague")
    assert target.read_bytes() == (run / "best.safetensors").read_bytes() and target.suffix == ".safetensors"
