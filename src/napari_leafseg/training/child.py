"""The command that trains in a process of its own: its arguments, its surroundings, and how a person would type it.

Knows text; starts nothing. Imports no torch.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

NICENESS = 10
"""How far a training steps back behind the window beside it, where the system knows niceness."""
_PROGRAM = "napari-leafseg"


def command(
    *,
    data: str | Path,
    model: str,
    out: str | Path,
    weights: str | Path = "",
    fine_tune: bool = True,
    epochs: int | None = None,
    minutes: float | None = None,
    options: Mapping[str, Any] | None = None,
    val: str | Path = "",
    device: str = "auto",
    devices: int = 1,
    resume: bool = False,
) -> list[str]:
    """List the arguments of the process that trains and tells of it in JSON lines.

    Parameters
    ----------
    data, model, out, weights, val, device, devices, resume
        As the command line takes them.
    fine_tune
        Whether options that are not given are those of `training.fine_tuning`.
    epochs, minutes
        How long.
    options
        What the person chose, by name.
    """
    given: list[tuple[str, object]] = [("--data", data), ("--model", model)]
    given += [("--weights", weights)] if weights else []
    given += [("--val", val)] if val else []
    given += [("--out", out)]
    given += [("--epochs", epochs)] if epochs is not None else []
    given += [("--minutes", f"{minutes:g}")] if minutes is not None else []
    given += [("--device", device)] if device != "auto" else []
    given += [("--devices", devices)] if devices != 1 else []
    given += [("--set-option", f"{name}={_text(value)}") for name, value in (options or {}).items()]
    flags = [("--fine-tune", fine_tune), ("--resume", resume), ("--json", True)]
    words = [str(word) for pair in given for word in pair]
    start = [sys.executable, "-m", "napari_leafseg", "train"]
    return [*start, *words, *(flag for flag, wanted in flags if wanted)]


def _text(value: object) -> str:
    if value is None:
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


def as_text(arguments: Sequence[str]) -> str:
    """Write a command, the child's or a run's own (`About.command`), as a person would type it, for copying."""
    words = [_PROGRAM, *(word for word in arguments[arguments.index("train") :] if word != "--json")]
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)


def environment(base: Mapping[str, str] | None = None) -> dict[str, str]:
    """Say what the process finds around it: threads that sleep while they wait, and lines that come at once."""
    return {
        **(os.environ if base is None else base),
        "OMP_WAIT_POLICY": "PASSIVE",
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "utf-8",
    }
