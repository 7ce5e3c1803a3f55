"""The folder of a training run: options, events, metrics, best weights, and the state to resume from.

Knows files; what a state holds is `fit`'s business.
"""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from typing import Any

from napari_leafseg.core.errors import TrainingError
from napari_leafseg.core.weights import BEST
from napari_leafseg.training.events import EpochDone, Event, Stepped, Validated
from napari_leafseg.training.options import TrainOptions

_OPTIONS = "options.json"
_COLUMNS = ("stage", "epoch", "kind", "name", "value")


class RunFolder:
    """One run on disk.

    Parameters
    ----------
    root
        The folder; made on the first write.
    writes
        ``False`` for all but the first of several processes.
    """

    def __init__(self, root: Path, *, writes: bool = True) -> None:
        self.root = root
        self._writes = writes

    @property
    def weights(self) -> Path:
        """The best weights so far."""
        return self.root / BEST

    @property
    def _state(self) -> Path:
        return self.root / "state.pt"

    def begin(self, options: TrainOptions, *, resume: bool) -> None:
        """Make the folder and write the options down.

        Raises
        ------
        TrainingError
            If it holds another run and this is no resumption, or cannot be written.
        """
        if resume and not self._state.exists():
            raise TrainingError(f"{self.root} holds no run to resume: start one without --resume.")
        if self._state.exists() and not resume:
            raise TrainingError(f"{self.root} holds a run already: resume it, or choose another folder.")
        if not self._writes:
            return
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            (self.root / _OPTIONS).write_text(options.model_dump_json(indent=2), encoding="utf-8")
        except OSError as error:
            raise TrainingError(f"{self.root} cannot be written ({error.strerror}): choose another folder.") from None

    def note(self, event: Event) -> None:
        """Append an event to ``events.jsonl``, and its figures to ``metrics.csv``."""
        if not self._writes or isinstance(event, Stepped):
            return
        with (self.root / "events.jsonl").open("a", encoding="utf-8") as file:
            file.write(event.model_dump_json() + "\n")
        rows = _figures(event)
        path = self.root / "metrics.csv"
        fresh = not path.exists()
        with path.open("a", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            if fresh:
                writer.writerow(_COLUMNS)
            writer.writerows(rows)

    def save_state(self, state: dict[str, Any]) -> None:
        """Write the state to resume from, whole or not at all."""
        import torch

        if not self._writes:
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


def _figures(event: Event) -> list[tuple[object, ...]]:
    if isinstance(event, EpochDone):
        pairs = {**event.losses, "learning_rate": event.learning_rate}
        return [(event.stage, event.epoch, "train", name, value) for name, value in pairs.items()]
    if isinstance(event, Validated):
        return [(event.stage, event.epoch, "validation", n, v) for n, v in (("SBD", event.sbd), ("AP50", event.ap50))]
    return []
