"""The folder of a training run: options, events, metrics, best weights, and the state to resume from.

Knows files; what a state holds is `fit`'s business.
"""

from __future__ import annotations

import csv
import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from napari_leafseg.core.atomic import replacing
from napari_leafseg.core.errors import RunBusyError, TrainingError
from napari_leafseg.core.lock import FileLock, Holder
from napari_leafseg.core.weights import BEST
from napari_leafseg.training.about import ABOUT, EVENTS, LOCK, About, events_of, is_running, read_about
from napari_leafseg.training.events import EpochDone, Event, Stepped, Validated
from napari_leafseg.training.options import TrainOptions
from napari_leafseg.training.wishes import Wishes

__all__ = ["RunFolder", "is_first_process", "is_running", "saved_options"]

NOW = "now.json"
_OPTIONS, _METRICS = "options.json", "metrics.csv"
_COLUMNS = ("stage", "epoch", "kind", "name", "value")
_LEAST_PAUSE = 0.25
_RANKS = ("RANK", "LOCAL_RANK", "SLURM_PROCID")


def is_first_process() -> bool:
    """Whether this process, of the several that one run may have, is the one that writes and speaks."""
    return next((os.environ[name] == "0" for name in _RANKS if name in os.environ), True)


class RunFolder:
    """One run on disk: `begin`, then note, then `end`, which lets another process in.

    Parameters
    ----------
    root
        The folder; made by `begin`.
    writes
        ``False`` for all but the first of several processes.

    Attributes
    ----------
    writes
        As above.
    wishes
        What somebody wishes of the run.
    had_finished
        Whether the run had come to its end when it was begun this time: to resume it is to train on.
    """

    def __init__(self, root: Path, *, writes: bool | None = None) -> None:
        self.root = root
        self.wishes = Wishes(root)
        self.writes = is_first_process() if writes is None else writes
        self._lock: FileLock | None = None
        self._noted = -1.0
        self.had_finished = False

    @property
    def weights(self) -> Path:
        """The best weights so far."""
        return self.root / BEST

    @property
    def _state(self) -> Path:
        return self.root / "state.pt"

    def begin(self, options: TrainOptions, about: About, *, resume: bool) -> None:
        """Make the folder, keep others out of it, and write down what is about to be trained.

        Raises
        ------
        RunBusyError
            If another process trains in it.
        TrainingError
            If it holds another run and this is no resumption, or cannot be written.
        """
        if not self.writes:
            return
        if resume and not (self._state.exists() or (self.root / ABOUT).exists()):
            raise TrainingError(f"{self.root} holds no run to resume: start one without --resume.")
        if self._state.exists() and not resume:
            raise TrainingError(f"{self.root} holds a run already: resume it, or choose another folder.")
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(self.root / LOCK, _refusal)
            self.had_finished = next((e.get("kind") for e in reversed(events_of(self.root))), None) == "finished"
            self._clear(resume=resume)
            self._described(about, resume=resume).write(self.root)
            with replacing(self.root / _OPTIONS) as file:
                file.write(options.model_dump_json(indent=2).encode())
        except OSError as error:
            raise TrainingError(f"{self.root} cannot be written ({error.strerror}): choose another folder.") from None

    def end(self) -> None:
        """Let others in; the run can be resumed."""
        if self._lock is not None:
            # Not `self.wishes`, which may be those of a run that this one is part of.
            Wishes(self.root).forget()
            self._lock.release()
            self._lock = None

    def _clear(self, *, resume: bool) -> None:
        """Take away what an earlier process left that is no longer so."""
        self.wishes.forget_older()
        (self.root / NOW).unlink(missing_ok=True)
        if not resume and (self.root / ABOUT).exists():
            self.weights.unlink(missing_ok=True)
        for name in (EVENTS, _METRICS):
            if resume:
                _mend(self.root / name)
            else:
                (self.root / name).unlink(missing_ok=True)

    def _described(self, about: About, *, resume: bool) -> About:
        """Keep how the run was first started; the process is this one."""
        if not (resume and (self.root / ABOUT).exists()):
            return about
        return read_about(self.root).replace(pid=about.pid, host=about.host)

    def note(self, event: Event) -> None:
        """Append an event to ``events.jsonl``, and its figures to ``metrics.csv``; of steps only the latest is kept."""
        if not self.writes:
            return
        if isinstance(event, Stepped):
            self._show(event)
            return
        with (self.root / EVENTS).open("a", encoding="utf-8") as file:
            file.write(event.model_dump_json() + "\n")
        rows = _figures(event)
        path = self.root / _METRICS
        fresh = not path.exists()
        with path.open("a", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            if fresh:
                writer.writerow(_COLUMNS)
            writer.writerows(rows)

    def _show(self, event: Stepped) -> None:
        """Write ``now.json``, a few times a second at most; who misses one sees the next."""
        if time.monotonic() - self._noted < _LEAST_PAUSE:
            return
        self._noted = time.monotonic()
        values = event.model_dump(include={"stage", "epoch", "step", "steps", "losses", "seconds_left"})
        temporary = self.root / f".{NOW}.tmp"
        with suppress(OSError):  # somebody reads it at this moment (Windows), or the disk is full: no reason to end
            temporary.write_text(json.dumps({**values, "progress": event.overall}), encoding="utf-8")
            os.replace(temporary, self.root / NOW)

    def save_state(self, state: dict[str, Any]) -> None:
        """Write the state to resume from, whole or not at all."""
        import torch

        if not self.writes:
            return
        temporary = self._state.with_suffix(".tmp")
        try:
            torch.save(state, temporary)
            os.replace(temporary, self._state)
        except (OSError, RuntimeError) as error:
            temporary.unlink(missing_ok=True)
            raise TrainingError(
                f"The state of the run cannot be written to {self.root} ({error}): free some space."
            ) from None

    def load_state(self) -> dict[str, Any] | None:
        """Read the state to resume from; ``None`` if there is none."""
        import pickle

        import torch

        if not self._state.exists():
            return None
        try:
            return dict(torch.load(self._state, map_location="cpu", weights_only=True))
        except (OSError, RuntimeError, EOFError, LookupError, ValueError, pickle.UnpicklingError):
            raise TrainingError(f"{self._state} is damaged: delete it to start the run anew.") from None


def saved_options(root: Path) -> TrainOptions:
    """Read the options that a run was started with.

    Raises
    ------
    TrainingError
        If the folder holds no run.
    """
    path = root / _OPTIONS
    try:
        return TrainOptions.parse(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise TrainingError(f"{root} holds no run to resume: start one without --resume.") from None
    except (OSError, ValueError):
        raise TrainingError(f"{path} is damaged: start the run anew in another folder.") from None


def _refusal(path: Path, holder: Holder | None) -> RunBusyError:
    if holder is None:
        return RunBusyError(f"Several processes begin a run in {path.parent} at once: try again.")
    return RunBusyError(
        f"{path.parent} is being trained in by process {holder.process} on {holder.host} since {holder.when}: stop "
        f"that one, choose another folder, or delete {path.name} there if no process has the run any more."
    )


def _mend(path: Path) -> None:
    """Cut off a last line that was half written when the power went."""
    if not path.exists():
        return
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if whole != content:
        path.write_bytes(whole)


def _figures(event: Event) -> list[tuple[object, ...]]:
    if isinstance(event, EpochDone):
        pairs = {**event.losses, "learning_rate": event.learning_rate}
        return [(event.stage, event.epoch, "train", name, value) for name, value in pairs.items()]
    if isinstance(event, Validated):
        return [(event.stage, event.epoch, "validation", n, v) for n, v in (("SBD", event.sbd), ("AP50", event.ap50))]
    return []
