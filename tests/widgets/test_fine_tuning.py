"""A training in a process of its own: seen while it runs, told what to do, and survived by labels and window."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import numpy as np
import psutil
import pytest
from heartbeat import Heartbeat
from PIL import Image
from trained_runs import METHOD, TINY, corrected_folder

from napari_leafseg.analysis.scores import pooled, score_image
from napari_leafseg.core.catalogue import find
from napari_leafseg.core.errors import WeightsError
from napari_leafseg.core.registry import load
from napari_leafseg.core.weights import BEST
from napari_leafseg.data.nuclei import draw_nuclei
from napari_leafseg.data.project import Status
from napari_leafseg.training.about import is_running, read_about
from napari_leafseg.training.wishes import Wish
from napari_leafseg.widgets.dock_opening import fine_tune_dock, images_dock, segment_dock
from napari_leafseg.widgets.fine_tuning import FineTuning, Order
from napari_leafseg.widgets.past_runs import runs_folder
from napari_leafseg.widgets.run_bar import CURRENT
from napari_leafseg.widgets.run_looking import RunLooker
from napari_leafseg.widgets.start_form import Wanted
from napari_leafseg.widgets.state import state_of
from napari_leafseg.widgets.training_view import BROKEN, OVER

LONG = 600_000
"""Milliseconds: processes that import torch take their time where others use the processor too."""
COUNT, SIDE = 5, 96
STALL_MS = 150
"""The window's own work between two beats at most, in all its threads; alone it stands still for less."""


@pytest.fixture(autouse=True)
def _weights_of_their_own(tmp_path, monkeypatch):
    monkeypatch.setenv("LEAFSEG_HOME", str(tmp_path / "home"))


@pytest.fixture
def dock(viewer):
    """The dock; a training that a failed test leaves over is ended."""
    dock = fine_tune_dock(viewer)
    yield dock
    if dock.tuning.training and dock.tuning.run is not None:
        _kill(dock.tuning.run)


@pytest.fixture
def ready(viewer, dock, first):
    """The dock with weights to begin with."""
    state_of(viewer).segmenter = load(METHOD, first)
    return dock


def _open(qtbot, viewer, dock, root: Path) -> None:
    images = images_dock(viewer)
    with qtbot.waitSignal(images.stepping.shown, timeout=LONG):
        images.open_folder(root)
    qtbot.waitUntil(lambda: bool(dock.teaching.learned), timeout=LONG)


def _kill(run: Path) -> None:
    process = psutil.Process(read_about(run).pid)
    process.kill()
    process.wait(30)


def _stepped(dock, least: int = 1) -> bool:
    return dock._look is not None and dock._look.running and dock._look.now.get("step", -1) + 1 >= least


def _sbd(labels: np.ndarray, truth: np.ndarray) -> float:
    return pooled([score_image(np.asarray(labels, np.int32), truth.astype(np.int32))]).as_dict()["SBD"]


# --- the whole way --------------------------------------------------------------------


def _strange_nuclei(root: Path) -> list[np.ndarray]:
    """Draw nuclei that are dark on a bright ground, which the shipped weights have not learned; return the truth."""
    root.mkdir(parents=True)
    truth = []
    for seed in range(COUNT):
        image, labels = draw_nuclei(SIDE, 8, seed=seed)
        Image.fromarray(255 - image).save(root / f"cell_{seed}.png")
        truth.append(labels)
    return truth


def _predicted(qtbot, viewer, segment) -> np.ndarray:
    qtbot.waitUntil(lambda: not segment.loader.busy, timeout=LONG)
    segment.start(CURRENT)
    qtbot.waitUntil(lambda: bool(segment.view.count.text()) and not segment.segmenting.running, timeout=LONG)
    return state_of(viewer).layers.preview.data.copy()


def _correct(viewer, truth: np.ndarray) -> None:
    """Paint what is right over what was predicted, through napari's own history, as a brush does."""
    state = state_of(viewer)
    layer = state.layers.labels_layer_of(state.layers.image)
    rows, columns = np.indices(truth.shape)
    layer.data_setitem((rows.ravel(), columns.ravel()), truth.ravel().astype(layer.data.dtype))
    state.saving.set_status(Status.CORRECTED)


def test_drop_predict_correct_fine_tune_accept_predict_again(qtbot, viewer, dock, tmp_path):
    """The whole loop with a real child process; the labels are better for it."""
    try:
        path = find("harmonic", "nuclei")
    except WeightsError:
        pytest.skip("the shipped weights are not there")
    truth = _strange_nuclei(tmp_path / "my cells")
    images, segment = images_dock(viewer), segment_dock(viewer)
    with qtbot.waitSignal(images.stepping.shown, timeout=LONG):
        images.open_folder(tmp_path / "my cells")
    segment.view.models.choose("harmonic", path)
    qtbot.waitUntil(
        lambda: not segment.loader.busy and getattr(state_of(viewer).segmenter, "source", None) == path, timeout=LONG
    )
    before = _sbd(_predicted(qtbot, viewer, segment), truth[0])
    segment.view.accept.click()
    for row, labels in enumerate(truth):
        images.stepping.go(row)
        qtbot.waitUntil(lambda name=f"cell_{row}": state_of(viewer).entry.name == name, timeout=LONG)
        _correct(viewer, labels)
    qtbot.waitUntil(lambda: len(dock.view.data.model.images) == COUNT, timeout=LONG)
    with Heartbeat() as beat, qtbot.waitSignal(dock.tuning.ended, timeout=LONG) as told:
        dock.start(Wanted("mine", {"epochs": 2, "batch": 4, "crop": 64, "drawn_size": 64}))
    assert beat.most_worked_ms < STALL_MS
    look = told.args[0]
    assert look.story.failed is None and look.story.finished is not None, (look.story.failed, look.last_words)
    assert look.comparison.of("validation").after["SBD"] > look.comparison.of("validation").before["SBD"] + 0.1
    dock.view.result.use.click()
    qtbot.waitUntil(lambda: state_of(viewer).segmenter.source != path, timeout=LONG)
    assert state_of(viewer).segmenter.source == segment.view.models.weights() == find("harmonic", "mine")
    images.stepping.go(0)
    qtbot.waitUntil(lambda: state_of(viewer).entry.name == "cell_0", timeout=LONG)
    assert _sbd(_predicted(qtbot, viewer, segment), truth[0]) > before + 0.1


# --- what may happen ------------------------------------------------------------------


def test_a_process_that_does_not_begin_leaves_its_last_words(qtbot, jobs, tmp_path):
    tuning = FineTuning(jobs)
    order = Order(tmp_path / "run", (sys.executable, "-c", "raise SystemExit('No such option: --nonsense')"))
    with qtbot.waitSignal(tuning.ended, timeout=LONG) as told:
        tuning.start(order, lambda: None)
    assert told.args[0].last_words == "No such option: --nonsense" and not tuning.training


def test_a_process_that_cannot_be_started_is_told_in_a_sentence(qtbot, jobs, tmp_path):
    tuning = FineTuning(jobs)
    with qtbot.waitSignal(tuning.failed, timeout=LONG) as told:
        tuning.start(Order(tmp_path / "run", (str(tmp_path / "no such program"),)), lambda: None)
    assert "cannot be started" in str(told.args[0]) and not tuning.training


def test_what_is_not_saved_yet_is_saved_before_it_starts(qtbot, jobs, tmp_path):
    tuning, saved = FineTuning(jobs), tmp_path / "saved"
    code = f"import pathlib; raise SystemExit(str(pathlib.Path({str(saved)!r}).exists()))"
    with qtbot.waitSignal(tuning.ended, timeout=LONG) as told:
        tuning.start(Order(tmp_path / "run", (sys.executable, "-c", code)), saved.touch)
    assert told.args[0].last_words == "True"


@pytest.mark.slow
def test_pause_holds_continue_goes_on_and_stop_keeps_the_best(qtbot, viewer, ready, tmp_path):
    _open(qtbot, viewer, ready, corrected_folder(tmp_path / "cells"))
    ready.start(Wanted("long", {**TINY, "epochs": 10_000}))
    qtbot.waitUntil(lambda: _stepped(ready), timeout=LONG)
    if os.name != "nt":
        assert psutil.Process(read_about(ready.tuning.run).pid).nice() >= 10
    ready.view.training.pause.click()
    qtbot.waitUntil(lambda: ready._look.story.paused, timeout=LONG)
    process = psutil.Process(read_about(ready.tuning.run).pid)
    used = sum(process.cpu_times()[:2])
    qtbot.wait(2000)
    assert sum(process.cpu_times()[:2]) - used < 0.5 and "Paused" in ready.view.training.doing()
    ready.view.training.pause.click()
    epochs = ready._look.story.epochs
    qtbot.waitUntil(lambda: ready._look.story.epochs > epochs and not ready._look.story.paused, timeout=LONG)
    with qtbot.waitSignal(ready.tuning.ended, timeout=LONG):
        ready.view.training.stop.click()
    assert ready._look.story.finished.stopped and (ready.tuning.run / BEST).is_file()
    assert ready.view.training.state() == OVER and "stopped" in ready.view.training.doing()


@pytest.mark.slow
@pytest.mark.parametrize("pause", [0.0, 2.0, 5.0])
def test_a_killed_training_leaves_the_labels_and_goes_on_where_it_stopped(qtbot, viewer, ready, tmp_path, pause):
    root = corrected_folder(tmp_path / "cells")
    labels = {path.name: path.read_bytes() for path in (root / "leafseg").glob("*.png.*")}
    _open(qtbot, viewer, ready, root)
    ready.start(Wanted("killed", {**TINY, "epochs": 8}))
    run = runs_folder(root) / "killed"
    qtbot.waitUntil((run / "run.json").is_file, timeout=LONG)
    qtbot.wait(int(1000 * pause))
    _kill(run)
    qtbot.waitUntil(lambda: ready.view.training.state() == BROKEN, timeout=LONG)
    assert labels == {path.name: path.read_bytes() for path in (root / "leafseg").glob("*.png.*")}
    ready.view.training.pause.click()
    qtbot.waitUntil(lambda: ready._look.story.finished is not None, timeout=LONG)
    assert ready._look.story.finished.epochs == 8


@pytest.mark.slow
def test_the_training_outlives_the_window_and_is_found_again(qtbot, viewer, ready, tmp_path, first):
    root = corrected_folder(tmp_path / "cells")
    window = Path(__file__).with_name("training_window.py")
    with subprocess.Popen([sys.executable, str(window), str(root), str(first), "lasting"]) as other:
        run, end = runs_folder(root) / "lasting", monotonic() + LONG / 1000
        while not (RunLooker(run).look().story.epochs or monotonic() > end or other.poll() is not None):
            sleep(0.2)
        other.send_signal(signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
    assert is_running(run)
    _open(qtbot, viewer, ready, root)
    qtbot.waitUntil(lambda: ready.tuning.training and _stepped(ready), timeout=LONG)
    ready.tuning.wish(Wish.STOP)
    qtbot.waitUntil(lambda: not ready.tuning.training and ready._look.story.finished is not None, timeout=LONG)


@pytest.mark.slow
def test_window_and_command_line_make_the_same_weights(qtbot, viewer, ready, tmp_path):
    root = corrected_folder(tmp_path / "cells")
    _open(qtbot, viewer, ready, root)
    with qtbot.waitSignal(ready.tuning.ended, timeout=LONG):
        ready.start(Wanted("window", {**TINY, "epochs": 2}))
    command = list(read_about(ready.tuning.run).command)[1:]
    command[command.index("--out") + 1] = str(tmp_path / "script")
    subprocess.run([sys.executable, "-m", "napari_leafseg", *command], check=True, timeout=LONG / 1000)
    assert (tmp_path / "script" / BEST).read_bytes() == (ready.tuning.run / BEST).read_bytes()
