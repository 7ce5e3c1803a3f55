"""``napari-leafseg train``: train a method on a folder of labelled images."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from napari_leafseg.cli.console import INTERRUPTED, json_lines, warn
from napari_leafseg.cli.options import Device, settings
from napari_leafseg.core.errors import ParameterError

if TYPE_CHECKING:
    from napari_leafseg.training.events import Event, Validated
    from napari_leafseg.training.options import TrainOptions
    from napari_leafseg.training.request import Request


def train(
    data: Annotated[
        str,
        typer.Option(
            metavar="DIR|drawn:P,...",
            help="Folder of labelled images, in any layout; or presets of `synthesize`, drawn anew in every pass.",
        ),
    ],
    model: Annotated[str, typer.Option(metavar="M", help="One of those that `models` lists.")],
    out: Annotated[Path, typer.Option(metavar="RUN", help="Folder for the run.")],
    weights: Annotated[
        str,
        typer.Option(
            metavar="START",
            help="Weights to start from; for the backbone alone: `backbone` (the best that ships), `backbone:` and any "
            "method's weights, or `imagenet`.",
        ),
    ] = "",
    preset: Annotated[str, typer.Option(metavar="compact|paper", help="Network, when starting from none.")] = "",
    val: Annotated[
        str, typer.Option(metavar="DIR|drawn:P,...", help="Labelled images to validate on, named like DATA.")
    ] = "",
    epochs: Annotated[int | None, typer.Option(metavar="N", min=1, help="Passes over the images.")] = None,
    minutes: Annotated[float | None, typer.Option(metavar="N", help="Time budget.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in RUN.")] = False,
    device: Annotated[Device, typer.Option(help="Where to train.")] = Device.AUTO,
    devices: Annotated[int, typer.Option(metavar="N", min=1, help="On how many (processes, on a CPU).")] = 1,
    set_option: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Change a training option or the network's configuration."),
    ] = None,
    fine_tune: Annotated[
        bool,
        typer.Option(
            "--fine-tune",
            help="Go on from weights on a few images of your own: options that suit it, where none are given.",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per event.")] = False,
) -> None:
    """Train on labelled images; the best weights so far are always in the run's folder.

    A run that was stopped goes on with --resume.
    """
    from napari_leafseg.training.request import carry_out
    from napari_leafseg.training.runs import RunFolder

    given = settings(set_option or [], option="--set-option") | _said(epochs, minutes)
    asked = _asked(
        given, out if resume else None, data=data, model=model, weights=weights, val=val, preset=preset,
        device=device.value, devices=devices, fine_tune=fine_tune,
    )  # fmt: skip
    run = RunFolder(out)
    run.begin(asked.options, asked.about(out, ("napari-leafseg", *sys.argv[1:])), resume=resume)
    with json_lines(as_json) as emit:
        try:
            for event in carry_out(asked, run):
                emit(event.model_dump(mode="json"))
                _tell(event)
        except KeyboardInterrupt:
            warn(f"Stopped. The best weights so far are in {out}; add --resume to go on.")
            raise typer.Exit(INTERRUPTED) from None


def _asked(given: dict[str, Any], resumed: Path | None, *, fine_tune: bool, **rest: Any) -> Request:
    """Put together what was said, what was said when the run began, and what fine-tuning adds."""
    from napari_leafseg.training.about import ABOUT, read_about
    from napari_leafseg.training.request import Request

    if resumed and not rest["weights"] and (resumed / ABOUT).exists():
        rest["weights"] = read_about(resumed).weights
    mine, config = _divided_options(given)
    asked = Request(options=_options(mine, resumed), config=config, resume=resumed is not None, **rest)
    return replace(asked, options=_fine_tuning(asked, mine)) if fine_tune and not resumed else asked


def _fine_tuning(asked: Request, given: dict[str, Any]) -> TrainOptions:
    from napari_leafseg.core.weights import read_header
    from napari_leafseg.training.fine_tuning import fine_tuning_options

    if not (asked.starts_whole and asked.start):
        raise ParameterError("--fine-tune goes on from weights: give --weights.")
    return fine_tuning_options(read_header(asked.start).card, **given)


def _said(epochs: int | None, minutes: float | None) -> dict[str, Any]:
    if epochs and minutes:
        raise ParameterError("Give --epochs or --minutes, not both.")
    return {name: value for name, value in (("epochs", epochs), ("minutes", minutes)) if value is not None}


def _divided_options(given: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Divide what was said into training options and network configuration; ``none`` is a value too."""
    from napari_leafseg.training.options import TrainOptions

    known = TrainOptions.model_fields
    mine = {name: None if value == "none" else value for name, value in given.items() if name in known}
    return mine, {name: value for name, value in given.items() if name not in known}


def _options(given: dict[str, Any], resumed: Path | None) -> TrainOptions:
    from napari_leafseg.training.options import TrainOptions
    from napari_leafseg.training.runs import saved_options

    before = saved_options(resumed).model_dump() if resumed else {}
    return TrainOptions.parse({**before, **given})


def _divided(stages: Sequence[str], shares: Sequence[float]) -> str:
    """Say how the time is divided, where there is more than one stage."""
    if len(stages) < 2:
        return ""
    parts = ", ".join(f"{name} {share:.0%} of the time" for name, share in zip(stages, shares, strict=True))
    return f": {parts}"


def _tell(event: Event) -> None:
    """Tell a person what happened, in a line per epoch."""
    if event.kind == "preparing":
        warn(event.what)
    elif event.kind == "warned":
        warn(f"Note: {event.sentence}")
    elif event.kind == "compared":
        warn(f"Before and after on {event.images} images ({event.set}): {_change(event.before, event.after)}")
    elif event.kind == "started":
        warn(f"Training {event.method} on {event.device}{_divided(event.stages, event.shares)}.")
    elif event.kind == "epoch":
        losses = ", ".join(f"{name} {value:.3f}" for name, value in event.losses.items())
        warn(f"{event.progress:4.0%}  epoch {event.epoch}: {losses} ({event.images_per_second:.0f} images/s)")
    elif event.kind == "validation" and event.images:
        warn(f"      validation: SBD {event.sbd:.3f}, AP50 {event.ap50:.3f}{_kept(event)}")
    elif event.kind == "finished":
        typer.echo(f"Finished after {event.minutes:.1f} minutes. The best weights are {event.weights}.")


def _kept(event: Validated) -> str:
    if event.settled:
        return ", kept: settled, and on so few objects not surely worse than the best"
    return ", the best so far" if event.best else ""


def _change(before: dict[str, float], after: dict[str, float]) -> str:
    return ", ".join(f"{name} {before[name]:.3f} to {after[name]:.3f}" for name in after if name in before)
