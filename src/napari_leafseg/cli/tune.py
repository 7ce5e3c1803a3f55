"""``napari-leafseg tune``: the live parameters that suit labelled images best."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from napari_leafseg.cli.console import INTERRUPTED, json_lines, warn
from napari_leafseg.cli.options import Device, encode_options
from napari_leafseg.core.errors import ParameterError
from napari_leafseg.inference.tuning_events import Event, Goal, Tried, TuningFinished

if TYPE_CHECKING:
    from napari_leafseg.core.options import EncodeOptions
    from napari_leafseg.core.segmenter import Segmenter

_SUFFIXES = (".json", ".safetensors")


def tune(
    data: Annotated[Path, typer.Option(metavar="DIR", help="Folder of labelled images, in any layout.")],
    model: Annotated[str, typer.Option(metavar="M", help="One of those that `models` lists.")],
    weights: Annotated[
        str, typer.Option(metavar="W", help="A name of `models`, a run folder or a file; the first name if not given.")
    ] = "",
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write the best: a record (.json) for `segment --from-record`, "
            "or a copy of the weights with them as its defaults (.safetensors).",
        ),
    ] = None,
    score: Annotated[Goal, typer.Option(help="What is made as high as possible.")] = Goal.MAP,
    images: Annotated[int, typer.Option(metavar="N", min=1, help="At most so many, taken evenly from all.")] = 200,
    object_size: Annotated[
        str, typer.Option(metavar="PX|auto", help="Typical diameter of the objects; auto: as the weights know them.")
    ] = "auto",
    tile: Annotated[str, typer.Option(metavar="auto|off|PX", help="Whether large images are cut.")] = "auto",
    device: Annotated[Device, typer.Option(help="Where the network runs.")] = Device.AUTO,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per event.")] = False,
) -> None:
    """Search a method's live parameters for the best score on labelled images.

    The images are those that the folder calls val, else all that it does not call test. Each goes through
    the network once; then one parameter after another is tried around the best so far.
    """
    from napari_leafseg.core.registry import load

    _refuse(out)
    options = encode_options(object_size, tile, device)
    segmenter = load(model, weights or None)
    with json_lines(as_json) as emit:
        try:
            for event in _events(segmenter, data, images, options, score):
                emit(event.model_dump(mode="json"))
                if not as_json:
                    _tell(event)
        except KeyboardInterrupt:
            warn("Stopped. Nothing was written.")
            raise typer.Exit(INTERRUPTED) from None
    assert isinstance(event, TuningFinished)
    if out is not None:
        _write(out, segmenter, options, event, data)


def _refuse(out: Path | None) -> None:
    """Refuse before the search what could not be written after it."""
    if out is not None and out.suffix not in _SUFFIXES:
        raise ParameterError(f"--out takes a file that ends in {' or '.join(_SUFFIXES)}, not {str(out)!r}.")


def _events(segmenter: Segmenter, data: Path, most: int, options: EncodeOptions, goal: Goal) -> Iterator[Event]:
    from napari_leafseg.cli.progress import Bar
    from napari_leafseg.data.layouts import entries_to_choose_on, load_sample, open_folder
    from napari_leafseg.inference.tuning import tune as search

    entries = entries_to_choose_on(open_folder(data), most)
    sources = [partial(load_sample, entry, segmenter.contrast) for entry in entries]
    with Bar("Tuning") as bar:
        yield from search(segmenter, sources, options=options, goal=goal, progress=bar.on_progress)


def _write(out: Path, segmenter: Segmenter, options: EncodeOptions, found: TuningFinished, data: Path) -> None:
    from napari_leafseg.core.device import choose, describe
    from napari_leafseg.core.provenance import record_of
    from napari_leafseg.inference.records import with_whole_path, write_record
    from napari_leafseg.inference.tuned_weights import write_tuned

    assert segmenter.source is not None
    if out.suffix == ".json":
        params = segmenter.params_type.parse(found.params)
        record = record_of(segmenter, options, params, device=describe(choose(options.device)))
        out.parent.mkdir(parents=True, exist_ok=True)
        write_record(out, with_whole_path(record))
    else:
        write_tuned(segmenter.source, out, found, data.resolve().name)
    warn(f"Written: {out}.")


def _tell(event: Event) -> None:
    """Tell a person what happened, in a line per set of parameters."""
    if event.event == "started":
        typer.echo(f"{event.images} images, {len(event.searched)} parameters: {', '.join(event.searched)}.")
    elif event.event == "encoded" and not event.kept:
        warn(f"{event.name}: no room to keep what the network says; it runs again in every round.")
    elif event.event == "tried":
        typer.echo(_line(event))
    elif event.event == "finished":
        typer.echo(f"\n{event.gain} ({event.seconds:.0f} s). {event.caution}")
        for name, (before, after) in event.changed.items():
            typer.echo(f"  {name} = {after} (was {before})")


def _line(event: Tried) -> str:
    value = f"{event.value:g}" if isinstance(event.value, float) else str(event.value)
    change = f"{event.score - event.best:+.4f}"
    return f"{event.name:<18}{value:>24}  {event.score:.4f} {change:>8} on {event.images:>3} images  {event.verdict}"
