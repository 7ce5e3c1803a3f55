"""``napari-leafseg weights``: the person's own weights, kept under names."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from napari_leafseg.cli.console import warn

Model = Annotated[str, typer.Option(metavar="M", help="Which model's, where several have weights of that name.")]


def import_weights(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A weights file, or the folder of a training run.")],
    name: Annotated[str, typer.Option(metavar="N", help="What to call them; else the file's own name.")] = "",
    replace: Annotated[bool, typer.Option("--replace", help="Let older weights of that name give way.")] = False,
) -> None:
    """Keep weights under a name, which --weights and the window then know."""
    from napari_leafseg.core.library import import_file
    from napari_leafseg.core.weights import read_header

    kept = import_file(file, name, replace=replace)
    header = read_header(kept)
    typer.echo(f"{header.method}: --weights {_quoted(kept.stem.removeprefix(f'{header.method}-'))}")
    warn(f"{header.card.title} ({header.card.as_line()}). Kept as {kept}.")
    _tell_licence(header.card.licence)


def export_weights(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As `models` lists them.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file, or a folder to put it into.")],
    model: Model = "",
    replace: Annotated[bool, typer.Option("--replace", help="Replace a file that is there already.")] = False,
) -> None:
    """Write weights to one file, card and licence included, to hand on."""
    from napari_leafseg.core.library import export
    from napari_leafseg.core.weights import read_header

    written = export(name, file, model or None, replace=replace)
    typer.echo(f"Written: {written}.")
    _tell_licence(read_header(written).card.licence)


def remove_weights(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As `models` lists them.")], model: Model = ""
) -> None:
    """Delete weights of your own; those that came with the plugin stay."""
    from napari_leafseg.core.library import remove

    typer.echo(f"Removed: {remove(name, model or None)}.")


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name else name


def _tell_licence(licence: str) -> None:
    warn(f"Licence: {licence or 'not stated'}.")
