"""``napari-leafseg train``: train a method on a folder of labelled images."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from napari_leafseg.cli.console import INTERRUPTED, json_lines, warn
from napari_leafseg.cli.options import Device, settings
from napari_leafseg.core.errors import ParameterError

if TYPE_CHECKING:
    from napari_leafseg.core.segmenter import Segmenter
    from napari_leafseg.training.events import Event
    from napari_leafseg.training.options import TrainOptions

_IMAGENET = "imagenet"
_BACKBONE = "backbone:"


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
            help="Weights to start from; of the backbone alone: `imagenet`, or `backbone:` and any method's weights.",
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
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per event.")] = False,
) -> None:
    """Train on labelled images; the best weights so far are always in the run's folder.

    A run that was stopped goes on with --resume.
    """
    from napari_leafseg.training.data import card_of, load_data
    from napari_leafseg.training.fit import fit

    given = settings(set_option or [], option="--set-option") | _said(epochs, minutes)
    options, config = _options(given, out if resume else None)
    segmenter = _start(model, weights, preset, config)
    found = load_data(data, val or None, segmenter.contrast, options)
    warn(found.sentence)
    if segmenter.classes:
        found = found.renumbered(segmenter.classes)
    segmenter.classes = found.classes
    segmenter.card = card_of(found.origin, segmenter.card)
    with json_lines(as_json) as emit:
        try:
            for event in fit(
                segmenter, found.train, found.validation, options, out,
                device=device.value, devices=devices, resume=resume,
            ):  # fmt: skip
                emit(event.model_dump(mode="json"))
                _tell(event)
        except KeyboardInterrupt:
            warn(f"Stopped. The best weights so far are in {out}; add --resume to go on.")
            raise typer.Exit(INTERRUPTED) from None


def _said(epochs: int | None, minutes: float | None) -> dict[str, Any]:
    if epochs and minutes:
        raise ParameterError("Give --epochs or --minutes, not both.")
    return {name: value for name, value in (("epochs", epochs), ("minutes", minutes)) if value is not None}


def _options(given: dict[str, Any], resumed: Path | None) -> tuple[TrainOptions, dict[str, Any]]:
    """Divide what was said into training options and network configuration."""
    from napari_leafseg.training.options import TrainOptions
    from napari_leafseg.training.runs import saved_options

    before = saved_options(resumed).model_dump() if resumed else {}
    mine = {name: value for name, value in given.items() if name in TrainOptions.model_fields}
    rest = {name: value for name, value in given.items() if name not in mine}
    return TrainOptions.parse({**before, **mine}), rest


def _start(model: str, weights: str, preset: str, config: dict[str, Any]) -> Segmenter:
    from napari_leafseg.core.registry import create, load
    from napari_leafseg.core.weights import find_any

    if weights in {"", _IMAGENET} or weights.startswith(_BACKBONE):
        segmenter = create(model, preset or None, config)
        if weights == _IMAGENET:
            segmenter.start_from_imagenet()
        elif weights:
            segmenter.start_from_backbone(find_any(weights.removeprefix(_BACKBONE)))
        return segmenter
    if preset or config:
        names: Sequence[str] | Iterable[str] = ["--preset"] if preset else config
        raise ParameterError(f"{', '.join(names)} cannot be changed when starting from weights: leave out --weights.")
    return load(model, weights)


def _divided(stages: Sequence[str], shares: Sequence[float]) -> str:
    """Say how the time is divided, where there is more than one stage."""
    if len(stages) < 2:
        return ""
    parts = ", ".join(f"{name} {share:.0%} of the time" for name, share in zip(stages, shares, strict=True))
    return f": {parts}"


def _tell(event: Event) -> None:
    """Tell a person what happened, in a line per epoch."""
    if event.kind == "started":
        warn(f"Training {event.method} on {event.device}{_divided(event.stages, event.shares)}.")
    elif event.kind == "epoch":
        losses = ", ".join(f"{name} {value:.3f}" for name, value in event.losses.items())
        warn(f"{event.progress:4.0%}  epoch {event.epoch}: {losses} ({event.images_per_second:.0f} images/s)")
    elif event.kind == "validation" and event.images:
        best = ", the best so far" if event.best else ""
        warn(f"      validation: SBD {event.sbd:.3f}, AP50 {event.ap50:.3f}{best}")
    elif event.kind == "finished":
        typer.echo(f"Finished after {event.minutes:.1f} minutes. The best weights are {event.weights}.")
