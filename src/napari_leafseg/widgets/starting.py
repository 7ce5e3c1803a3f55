"""From what a person asked for to the command that trains: with which weights it begins, into which folder it goes.

Knows names and files; starts nothing and knows no control.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from napari_leafseg.core import registry
from napari_leafseg.core.catalogue import available
from napari_leafseg.core.errors import TrainingError
from napari_leafseg.core.library import check_name
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.training.about import read_about
from napari_leafseg.training.child import command
from napari_leafseg.widgets.fine_tuning import Order
from napari_leafseg.widgets.past_runs import free_name, runs_folder
from napari_leafseg.widgets.start_form import Wanted

_PROGRAM = (sys.executable, "-m", "napari_leafseg")
_UNFIT = re.compile(r"[^\w .-]")


@dataclass(frozen=True)
class Begin:
    """Which weights a training begins with: method, what ``--weights`` is given, and that in words."""

    method: str
    weights: str
    words: str


def begin_with(segmenter: Segmenter | None) -> Begin | None:
    """Begin with a segmenter's weights, called as in a script: by their name if they have one, else by their file."""
    if segmenter is None or segmenter.source is None:
        return None
    path, method = segmenter.source, segmenter.method
    named = (name.removeprefix(f"{method}-") for name, known in available(method).items() if known == path)
    name = next(named, None)
    return Begin(method, name or str(path), f"{_title(method)} · {name or path.name}")


def begin_with_run(method: str, run: Path) -> Begin:
    """Begin with the weights of an earlier run."""
    return Begin(method, str(run), f"{_title(method)} · {run.name}")


def arguments(wanted: Wanted, begin: Begin, images: Path) -> list[str]:
    """List the arguments of the process that trains on a folder of images."""
    options = dict(wanted.options)
    return command(
        data=images,
        model=begin.method,
        out=runs_folder(images) / wanted.name,
        weights=begin.weights,
        epochs=options.pop("epochs", None),
        minutes=options.pop("minutes", None),
        options=options,
        device=wanted.device,
        devices=wanted.processes,
    )


def order(wanted: Wanted, begin: Begin, images: Path) -> Order:
    """Say what is to be started.

    Raises
    ------
    WeightsError
        If the name is none for weights, or taken.
    TrainingError
        If there is such a run.
    """
    run = runs_folder(images) / wanted.name
    check_name(begin.method, wanted.name)
    if run.exists():
        raise TrainingError(f"There is a run “{wanted.name}” already: choose another name.")
    return Order(run, tuple(arguments(wanted, begin, images)))


def resumption(run: Path) -> Order:
    """Say how a run is resumed: by the command that began it.

    Raises
    ------
    TrainingError
        If the run does not say which that was.
    """
    said = read_about(run).command[1:]
    if not said:
        raise TrainingError(f"{run} does not say how it was started: resume it with the command line.")
    return Order(run, (*_PROGRAM, *(word for word in said if word != "--resume"), "--resume"))


def proposed_name(images: Path) -> str:
    """Name the next run after the folder of images."""
    return free_name(f"{_UNFIT.sub('-', images.name).strip(' .-') or 'mine'}-1", images)


def _title(method: str) -> str:
    known = registry.methods().get(method)
    return method if known is None else known.title
