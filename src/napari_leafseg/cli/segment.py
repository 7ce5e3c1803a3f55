"""``napari-leafseg segment``: label files for images and folders of images."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from napari_leafseg.cli.console import FAILED, INTERRUPTED, complain, json_lines, warn
from napari_leafseg.cli.options import Device, encode_options, images_of, params_from
from napari_leafseg.core.errors import LeafsegError, ParameterError

if TYPE_CHECKING:
    from napari_leafseg.core.options import EncodeOptions
    from napari_leafseg.core.params import Params
    from napari_leafseg.core.segmenter import Segmenter
    from napari_leafseg.inference.events import Event, Finished

AGAIN = "What is finished is kept: run the same command again to go on."


@dataclass(frozen=True)
class _Job:
    """What is to be run, whether said by options or by a record."""

    segmenter: Segmenter
    options: EncodeOptions
    params: Params
    axes: str | None


def segment(
    inputs: Annotated[list[Path], typer.Argument(metavar="INPUT", help="Images, and folders of images.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the labels.")],
    model: Annotated[str, typer.Option(metavar="M", help="One of those that `models` lists.")] = "",
    weights: Annotated[
        str, typer.Option(metavar="W", help="A name of `models`, a run folder or a file; the first name if not given.")
    ] = "",
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Change a parameter; may be repeated.")
    ] = None,
    object_size: Annotated[
        str,
        typer.Option(metavar="PX|auto", help="Typical diameter of the objects; auto: as the weights know them."),
    ] = "auto",
    tile: Annotated[str, typer.Option(metavar="auto|off|PX", help="Whether large images are cut.")] = "auto",
    device: Annotated[Device | None, typer.Option(help="Where the network runs.", show_default="auto")] = None,
    overlay: Annotated[bool, typer.Option("--overlay", help="Write coloured pictures too.")] = False,
    axes: Annotated[
        str, typer.Option(metavar="AXES", help="What the images' axes are, for example TYX, CYX or ZYXS.")
    ] = "",
    from_record: Annotated[Path | None, typer.Option(metavar="FILE", help="Run again as a record.json says.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per event.")] = False,
) -> None:
    """Write a label image for each image, a table of all objects, and a record.

    A run that was stopped goes on where it stopped when it is given again.
    """
    if from_record:
        _refuse_besides_record(bool(settings), object_size != "auto", tile != "auto", bool(axes))
        job = _recorded_job(from_record, model, weights, device)
    else:
        options = encode_options(object_size, tile, device or Device.AUTO)
        job = _said_job(model, weights, settings or [], options, axes)
    files = images_of(inputs, out)
    with json_lines(as_json) as emit:
        events = _run(job, files, out, overlay, emit)
        _report(events, out)


# --- what to run ----------------------------------------------------------------------


def _said_job(model: str, weights: str, settings: Iterable[str], options: EncodeOptions, axes: str) -> _Job:
    from napari_leafseg.core.image import Axes
    from napari_leafseg.core.registry import load, methods

    if not model:
        raise ParameterError(f"No model was given: add --model with one of {', '.join(methods())}.")
    if axes:
        Axes(axes)
    segmenter = load(model, weights or None)
    if options.object_size and segmenter.card.object_size is None:
        warn("These weights do not say which object size they know: --object-size has no effect.")
    return _Job(segmenter, options, params_from(segmenter, settings), axes or None)


def _recorded_job(path: Path, model: str, weights: str, device: Device | None) -> _Job:
    from napari_leafseg.inference.records import load_recorded, read_record, recorded_options, recorded_params

    record = read_record(path)
    if model and model != record.method:
        raise ParameterError(f"{path} is a record of {record.method}, not of {model}: leave out --model.")
    segmenter = load_recorded(record, weights or None)
    options = recorded_options(record, **({"device": device.value} if device else {}))
    return _Job(segmenter, options, recorded_params(record, segmenter), record.axes)


def _refuse_besides_record(*said: bool) -> None:
    names = [name for name, given in zip(("--set", "--object-size", "--tile", "--axes"), said, strict=True) if given]
    if names:
        raise ParameterError(f"The record says all that: leave out {' and '.join(names)}, or --from-record.")


# --- running --------------------------------------------------------------------------


def _run(job: _Job, files: list[Path], out: Path, overlay: bool, emit: Callable[[dict[str, Any]], None]) -> list[Event]:
    """Go through the files; give the events back once all were seen."""
    from napari_leafseg.cli.progress import Bars
    from napari_leafseg.inference.folder import segment_files

    seen: list[Event] = []
    try:
        with Bars() as bars:
            for event in segment_files(
                job.segmenter,
                files,
                out,
                job.options,
                job.params,
                axes=job.axes,
                overlay=overlay,
                progress=bars.on_plane,
            ):
                emit(event.model_dump(mode="json"))
                bars.on_event(event)
                seen.append(event)
    except KeyboardInterrupt:
        warn(f"Stopped. {AGAIN}")
        raise typer.Exit(INTERRUPTED) from None
    except LeafsegError as error:
        if not seen:  # nothing ran: the command cannot be done as it was given
            raise
        complain(f"{error} {AGAIN}")
        raise typer.Exit(FAILED) from None
    return seen


def _report(events: list[Event], out: Path) -> None:
    """Say what came out; fail if some file did."""
    from napari_leafseg.inference.events import Finished, ImageDone, ImageFailed

    failed = [event for event in events if isinstance(event, ImageFailed)]
    done = [event for event in events if isinstance(event, ImageDone)]
    for note in dict.fromkeys(note for event in done for note in event.notes):
        warn(note)
    for event in failed:
        warn(f"Failed: {event.image}: {event.reason}")
    last = events[-1]
    if isinstance(last, Finished):
        typer.echo(_summary(last, sorted({event.device for event in done}), out))
    if failed:
        raise typer.Exit(FAILED)


def _summary(last: Finished, devices: list[str], out: Path) -> str:
    parts = [f"{last.done} segmented ({last.objects} objects, {last.seconds:.1f} s{_on(devices)})"]
    parts += [f"{last.skipped} finished before"] if last.skipped else []
    parts += [f"{last.failed} failed"] if last.failed else []
    return f"{', '.join(parts)}. Labels, objects.csv and record.json are in {out}."


def _on(devices: list[str]) -> str:
    return f" on {' and '.join(devices)}" if devices else ""
