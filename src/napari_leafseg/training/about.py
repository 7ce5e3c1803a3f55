"""What the folder of a run says of it to those who find it later: which, from what, by what command, and how it is.

Knows files; nothing of steps and options. Imports no torch.
"""

from __future__ import annotations

import json
import os
import socket
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from napari_leafseg.core.atomic import replacing
from napari_leafseg.core.errors import TrainingError
from napari_leafseg.core.lock import holder_of
from napari_leafseg.core.params import FrozenModel
from napari_leafseg.training.wishes import Wish, Wishes

ABOUT, EVENTS, LOCK = "run.json", "events.jsonl", "run.lock"


class About(FrozenModel):
    """A run, before anything of it is trained.

    Attributes
    ----------
    name
        For people.
    method
        Which is trained.
    weights
        What it starts from, as given; empty for nothing.
    weights_sha256
        Of that file.
    data
        What it learns from, as given.
    command
        What starts it, argument by argument.
    created
        When it was first started, UTC.
    pid, host
        Of the process that trains, or trained last.
    """

    name: str
    method: str
    weights: str = ""
    weights_sha256: str = ""
    data: str = ""
    command: tuple[str, ...] = ()
    created: datetime = Field(default_factory=lambda: datetime.now(UTC))
    pid: int = Field(default_factory=os.getpid)
    host: str = Field(default_factory=socket.gethostname)

    def write(self, run: Path) -> None:
        """Put it into the run's folder; raises `OSError`."""
        with replacing(run / ABOUT) as file:
            file.write(self.model_dump_json(indent=2).encode())


class Condition(StrEnum):
    """How a run is."""

    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    FAILED = "failed"
    BROKEN_OFF = "broken off"


def read_about(run: Path) -> About:
    """Read what a folder's run is.

    Raises
    ------
    TrainingError
        If the folder holds no run, or it cannot be read.
    """
    try:
        return About.model_validate_json((run / ABOUT).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise TrainingError(f"{run} holds no run: choose another folder.") from None
    except (OSError, ValidationError, ValueError):
        raise TrainingError(f"{run / ABOUT} is damaged: the run's weights can still be used as a file.") from None


def is_running(run: Path) -> bool:
    """Whether a process trains in this folder, as far as can be known of other computers."""
    holder = holder_of(run / LOCK)
    return holder is not None and not holder.is_gone


def events_of(run: Path) -> list[dict[str, Any]]:
    """Read all events, oldest first; a line that is half written is left out, no file is no event."""
    try:
        lines = (run / EVENTS).read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return []
    found = (_parsed(line) for line in lines)
    return [event for event in found if event is not None]


def _parsed(line: str) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def condition(run: Path) -> Condition:
    """Say how a run is; one that was killed, and whose computer was turned off, is broken off and can be resumed."""
    if is_running(run):
        return Condition.PAUSED if Wishes(run).look() is Wish.PAUSE else Condition.RUNNING
    last = next((event.get("kind") for event in reversed(events_of(run))), None)
    ends = {"finished": Condition.FINISHED, "failed": Condition.FAILED}
    return ends.get(str(last), Condition.BROKEN_OFF)
