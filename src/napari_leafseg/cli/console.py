"""How commands speak: results on standard output, all else on standard error, errors as sentences.

Knows nothing of any command.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from functools import wraps
from typing import Any

import typer

from napari_leafseg.core.errors import LeafsegError

FAILED, WRONG_USAGE, INTERRUPTED = 1, 2, 130
"""Exit statuses, besides 0: some file failed, the command cannot run as asked, Ctrl-C."""

_log = logging.getLogger(__name__)


def guarded(command: Callable[..., None]) -> Callable[..., None]:
    """Turn a command's errors into one sentence on standard error and an exit status."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except LeafsegError as error:
            _log.debug("%s failed", command.__name__, exc_info=True)
            complain(str(error))
            raise typer.Exit(WRONG_USAGE) from None
        except KeyboardInterrupt:
            warn("Stopped.")
            raise typer.Exit(INTERRUPTED) from None

    return run


def warn(text: str) -> None:
    """Say something on standard error."""
    typer.echo(text, err=True)


def complain(text: str) -> None:
    """Say on standard error what went wrong."""
    warn(f"Error: {text}")


@contextmanager
def json_lines(wanted: bool) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Give a function that prints a JSON object as one line, and nothing if not wanted.

    Meanwhile nobody else reaches standard output: what libraries print goes to standard error.
    """
    if not wanted:
        yield _say_nothing
        return
    stream = sys.stdout

    def emit(values: dict[str, Any]) -> None:
        # ASCII alone passes through every terminal and pipe.
        stream.write(json.dumps(values) + "\n")
        stream.flush()

    with redirect_stdout(sys.stderr):
        yield emit


def _say_nothing(_values: dict[str, Any]) -> None:
    return
