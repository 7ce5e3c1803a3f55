"""The child's command is one that a person can type."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

from napari_leafseg.training.child import as_text, command, environment


def test_names_with_spaces_and_quotes_arrive_whole() -> None:
    """No shell ever reads them."""
    arguments = command(data=Path("my pots/it's"), model="leafmask", weights="rosette", out="runs/one two", minutes=0.5)
    assert arguments[:4] == [sys.executable, "-m", "napari_leafseg", "train"]
    assert arguments[arguments.index("--data") + 1] == str(Path("my pots/it's"))
    typed = shlex.split(as_text(arguments)) if sys.platform != "win32" else arguments[3:]
    assert typed[0] in {"napari-leafseg", "train"} and "runs/one two" in typed
    assert "--json" not in typed, "a person reads sentences"


def test_options_are_said_as_the_command_line_reads_them() -> None:
    arguments = command(
        data="d", model="rsis", out="r", epochs=3, options={"freeze_backbone": True, "patience": None, "batch": 4},
        devices=2, resume=True, fine_tune=False,
    )  # fmt: skip
    said = [arguments[at + 1] for at, word in enumerate(arguments) if word == "--set-option"]
    assert said == ["freeze_backbone=true", "patience=none", "batch=4"]
    assert "--fine-tune" not in arguments and "--resume" in arguments and "--minutes" not in arguments


def test_it_starts_quickly_with_sleeping_threads() -> None:
    """Asked for by the surroundings, because torch reads them when it is loaded."""
    code = "import os; print(os.environ['OMP_WAIT_POLICY'], os.environ['PATH'] != '')"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == ["PASSIVE", "True"]
