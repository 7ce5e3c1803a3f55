"""The training runs of a folder of images: where they lie, what they are called, and what is said of them.

Reads files; to be called in jobs. Knows no control.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

from napari_leafseg.core import registry
from napari_leafseg.core.atomic import replacing
from napari_leafseg.core.catalogue import file_hash, own
from napari_leafseg.core.errors import TrainingError, WeightsError
from napari_leafseg.core.library import keep
from napari_leafseg.core.weights import BEST, SUFFIX, read_header
from napari_leafseg.core.work import Check
from napari_leafseg.data.project.places import beside, existing
from napari_leafseg.training.about import ABOUT
from napari_leafseg.training.runs import saved_options
from napari_leafseg.widgets.history_view import PastRun
from napari_leafseg.widgets.run_looking import RunLook, RunLooker

RUNS = "runs"
DECIDED = "decided"
"""An empty file in a run's folder: the person said what is to become of its weights."""
_NUMBERED = re.compile(r"^(.*?)[ -]?(\d+)$")


def runs_folder(images: Path) -> Path:
    """Return where the runs of a folder of images lie: in its project."""
    return (existing(images) or beside(images)) / RUNS


def run_folders(images: Path) -> list[Path]:
    """List the runs of a folder of images, newest first."""
    try:
        found = [path for path in runs_folder(images).iterdir() if (path / ABOUT).is_file()]
    except OSError:
        return []
    return sorted(found, key=lambda run: (run / ABOUT).stat().st_mtime, reverse=True)


def free_name(wanted: str, images: Path) -> str:
    """Return the name, with the next number where a run of the folder has it already."""
    folder, name = runs_folder(images), wanted
    while (folder / name).exists():
        numbered = _NUMBERED.match(name)
        name = f"{numbered[1]}-{int(numbered[2]) + 1}" if numbered else f"{name}-2"
    return name


def undecided(images: Path, check: Check) -> Path | None:
    """Find the run that a window should show: one that trains, else the newest if nobody decided about it."""
    runs = run_folders(images)
    for run in runs:
        check()
        if RunLooker(run).look().running:
            return run
    newest = runs[0] if runs else None
    return None if newest is None or (newest / DECIDED).exists() else newest


def decide(run: Path) -> None:
    """Take note that the person decided about a run.

    Raises
    ------
    TrainingError
        If its folder cannot be written.
    """
    try:
        with replacing(run / DECIDED):
            return
    except OSError as error:
        raise TrainingError(f"{run} cannot be written ({error.strerror or error}): is its drive there?") from error


def keep_weights(run: Path) -> tuple[str, Path]:
    """Keep a run's weights under its name, for the menu and the command line; return method and file.

    Raises
    ------
    WeightsError, TrainingError
        If that cannot be done.
    """
    method = read_header(run / BEST).method
    kept = own(method).get(f"{method}-{run.name}")
    if kept is None or file_hash(kept) != file_hash(run / BEST):
        # A run that was trained on after its weights were kept has newer ones.
        kept = keep(run, run.name, replace=kept is not None)
    decide(run)
    return method, kept


def hand_on(run: Path, target: Path) -> Path:
    """Copy a run's weights, card and licence included, to one file; one that is there is replaced.

    Raises
    ------
    WeightsError
        If there are none, or the file cannot be written.
    """
    target = target if target.suffix == SUFFIX else target.with_name(f"{target.name}{SUFFIX}")
    try:
        with (run / BEST).open("rb") as old, replacing(target) as new:
            shutil.copyfileobj(old, new)
    except OSError as error:
        raise WeightsError(f"{target} cannot be written ({error.strerror or error}): choose another folder.") from error
    return target


def past_runs(images: Path, check: Check) -> list[PastRun]:
    """Read all runs of a folder of images."""
    found = []
    for run in run_folders(images):
        check()
        found.append(past_run(RunLooker(run).look()))
    return found


def past_run(look: RunLook) -> PastRun:
    """Write a run's row."""
    about = look.about
    assert about is not None
    method = registry.methods().get(about.method)
    begun = about.created.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    return PastRun(
        look.path,
        look.path.name,
        about.method if method is None else method.title,
        begun,
        _outcome(look),
        look.weights,
        {"Begun": begun, **_figures(look), **_options(look.path), "Weights before": about.weights},
        dict(look.story.scores),
    )


def _outcome(look: RunLook) -> str:
    if look.running:
        return "paused" if look.story.paused else "running"
    if look.story.failed is not None:
        return "failed"
    if look.broken_off:
        return "broken off"
    compared = None if look.comparison is None else look.comparison.of("validation")
    if compared is not None:
        return f"SBD {compared.before['SBD']:.2f} → {compared.after['SBD']:.2f}"
    best = look.story.best
    return "finished" if best is None else f"SBD {best.sbd:.2f}"


def _figures(look: RunLook) -> dict[str, str]:
    sets = () if look.comparison is None else look.comparison.sets
    return {
        f"{name}, {each.name}": f"{value:.3f}" for each in sets for name, value in each.after.items() if name != "FBD"
    }


def _options(run: Path) -> dict[str, str]:
    try:
        options: dict[str, Any] = saved_options(run).model_dump()
    except TrainingError:
        return {}
    return {name.replace("_", " "): f"{value:g}" if isinstance(value, float) else str(value)
            for name, value in options.items() if value is not None}  # fmt: skip
