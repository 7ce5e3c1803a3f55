"""A run of several processes: one folder, one voice, and all of them heed a wish."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from fields import write_fields

from napari_leafseg.core import registry
from napari_leafseg.training.about import Condition, condition, events_of
from napari_leafseg.training.child import command, environment
from napari_leafseg.training.wishes import wish

OPTIONS = {"batch": 4, "crop": 64, "samples_per_epoch": 16, "validate_every": 1, "patience": 50, "preview": True}


def two_processes(data: Path, out: Path, epochs: int, *, resume: bool = False) -> subprocess.Popen[str]:
    arguments = command(
        data=data, model="harmonic", out=out, epochs=epochs, options=OPTIONS, device="cpu", devices=2,
        fine_tune=False, resume=resume,
    )  # fmt: skip
    return subprocess.Popen(
        arguments, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )


def told(process: subprocess.Popen[str]) -> list[dict[str, Any]]:
    said, complaints = process.communicate(timeout=600)
    assert process.returncode == 0, complaints
    return [json.loads(line) for line in said.splitlines()]


@pytest.mark.slow
def test_two_processes_train_one_network_stop_together_and_go_on(tmp_path: Path) -> None:
    """On the processor, over gloo; each sees its own crops, and the first alone writes and speaks."""
    data, out = write_fields(tmp_path / "fields", 5), tmp_path / "run"
    process = two_processes(data, out, epochs=500)
    assert process.stdout is not None
    for line in process.stdout:
        if json.loads(line)["kind"] == "validation":
            wish(out, "stop")
            break
    events = told(process)
    assert events[-1]["kind"] == "finished" and events[-1]["stopped"]
    assert condition(out) is Condition.FINISHED
    kinds = [event["kind"] for event in events_of(out)]
    assert kinds.count("started") == kinds.count("finished") == 1
    done = events[-1]["epochs"]
    events = told(two_processes(data, out, epochs=done + 1, resume=True))
    started = next(event for event in events if event["kind"] == "started")
    assert started["resumed_at_epoch"] == done
    assert sum(event["kind"] == "epoch" for event in events) == 1
    registry.load("harmonic", out)
