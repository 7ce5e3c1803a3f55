"""``napari-leafseg synthesize``: a folder of drawn plants with their true labels."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from napari_leafseg import __version__
from napari_leafseg.cli.console import FAILED, INTERRUPTED, complain, warn
from napari_leafseg.core.errors import LeafsegError

if TYPE_CHECKING:
    from napari_leafseg.data.synthesis import Picture, Synthesis

_AGAIN = "What is finished is kept: run the same command again to go on."
# Other processes take seconds to start; below this many pictures of 512 x 512 one alone is as fast.
_WORTH_MORE = 60
_MOST_PROCESSES = 16


def synthesize(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the pictures.")],
    count: Annotated[int, typer.Option(metavar="N", help="How many there shall be.")] = 100,
    preset: Annotated[
        str,
        typer.Option(metavar="P", help="arabidopsis-young, arabidopsis-old, tobacco, broadleaf, mixed or nuclei."),
    ] = "mixed",
    size: Annotated[int, typer.Option(metavar="S", help="Height and width, in pixels.")] = 512,
    seed: Annotated[int, typer.Option(metavar="K", help="Another seed draws other pictures.")] = 0,
    layout: Annotated[
        str,
        typer.Option(
            metavar="cvppp|folders", help="plant0000_rgb.png and plant0000_label.png, or images/ and labels/."
        ),
    ] = "cvppp",
) -> None:
    """Draw plants (or nuclei) with true labels, to train on, to test on, to try things on.

    plants.csv counts the leaves of each picture, leaves.csv holds the true measures of each leaf in pixels, hidden
    parts included. Picture number i of a seed is the same whatever N is: a run that was stopped,
    or is given again with a larger N, goes on.
    """
    from napari_leafseg.data.synthesis import Synthesis

    plan = Synthesis.parse({"preset": preset, "size": size, "seed": seed, "layout": layout, "version": __version__})
    pictures = _drawn(plan, count, out)
    new = [picture for picture in pictures if picture.leaves is not None]
    leaves = sum(picture.leaves or 0 for picture in new)
    what = "nuclei" if preset == "nuclei" else "leaves"
    kept = f", {len(pictures) - len(new)} were there before" if len(pictures) > len(new) else ""
    typer.echo(f"{len(new)} drawn ({leaves} {what}){kept}. Pictures, labels, plants.csv and leaves.csv are in {out}.")


def _drawn(plan: Synthesis, count: int, out: Path) -> list[Picture]:
    from napari_leafseg.cli.progress import Bar
    from napari_leafseg.data.synthesis import synthesize as draw

    pictures: list[Picture] = []
    try:
        with Bar("Pictures") as bar:
            for picture in draw(plan, count, out, processes=_processes(plan.size, count)):
                pictures.append(picture)
                bar.on_progress(len(pictures), count)
    except KeyboardInterrupt:
        warn(f"Stopped after {len(pictures)} of {count}. {_AGAIN}")
        raise typer.Exit(INTERRUPTED) from None
    except LeafsegError as error:
        if not pictures:  # nothing was drawn: the command cannot be done as it was given
            raise
        complain(f"{error} {_AGAIN}")
        raise typer.Exit(FAILED) from None
    return pictures


def _processes(size: int, count: int) -> int:
    if count * (size / 512) ** 2 < _WORTH_MORE:
        return 1
    # What this process may use, where the system says so; a job on a cluster has a part of the machine.
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, _MOST_PROCESSES)
