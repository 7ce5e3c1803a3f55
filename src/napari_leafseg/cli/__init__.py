"""The command line: one file per command, each thin.

Must import neither torch nor Qt before a command needs them, so that ``--help`` is quick.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from napari_leafseg import __version__
from napari_leafseg.cli.console import guarded
from napari_leafseg.cli.demo import demo
from napari_leafseg.cli.evaluate import evaluate
from napari_leafseg.cli.models import models
from napari_leafseg.cli.segment import segment
from napari_leafseg.cli.synthesize import synthesize
from napari_leafseg.cli.train import train
from napari_leafseg.cli.tune import tune
from napari_leafseg.cli.weights import export_weights, import_weights, remove_weights
from napari_leafseg.core.openmp import wait_passively

__all__ = ["app", "main"]

app = typer.Typer(
    name="napari-leafseg",
    help="Segment leaves and cells: one label per object.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for _command in (demo, models, segment, train, evaluate, tune, synthesize):
    app.command()(guarded(_command))

_weights = typer.Typer(name="weights", help="Your own weights, kept under names.", no_args_is_help=True)
_weights.command("import")(guarded(import_weights))
_weights.command("export")(guarded(export_weights))
_weights.command("remove")(guarded(remove_weights))
app.add_typer(_weights)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and stop.")
    ] = False,
) -> None:
    """Segment leaves and cells: one label per object."""


def main() -> None:
    """Run the command line (the console entry point)."""
    wait_passively()
    for stream in (sys.stdout, sys.stderr):
        # A file name that the terminal cannot show must not end a run of a thousand images.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    app()
