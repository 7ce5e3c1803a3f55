"""The command line starts light and quick, in every way it can be started."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from napari_leafseg import __version__
from napari_leafseg.cli import app

HEAVY = {"torch", "torchvision", "napari", "qtpy", "PyQt6", "numpy", "pandas", "scipy", "skimage"}


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, encoding="utf-8", timeout=120, check=False
    )


def test_the_module_is_the_command() -> None:
    done = python("-m", "napari_leafseg", "--version")
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, __version__, "")


@pytest.mark.parametrize("arguments", [["--help"], ["segment", "--help"], ["models", "--help"], ["demo", "--help"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\n"
        "from napari_leafseg.cli import main\n"
        f"sys.argv[1:] = {arguments!r}\n"
        "try:\n    main()\n"
        "finally:\n    sys.stderr.write(' '.join(sys.modules))"
    )
    done = python("-c", code)
    assert done.returncode == 0
    assert "Usage" in done.stdout
    assert HEAVY.intersection(done.stderr.split()) == set()


def test_every_command_is_there_and_says_what_it_does(command: Any) -> None:
    commands = {info.callback.__name__: info.callback for info in app.registered_commands if info.callback}
    assert {"demo", "models", "segment", "evaluate"} <= set(commands)
    assert all(callback.__doc__ for callback in commands.values())


@pytest.mark.parametrize(
    "arguments", [["segment"], ["segment", "x.png"], ["evaluate", "one"], ["nothing"], ["segment", "--nothing"]]
)
def test_wrong_usage_is_status_2(command: Any, arguments: list[str]) -> None:
    result = command(*arguments)
    assert result.exit_code == 2
    assert result.stdout == "" and "Traceback" not in result.stderr
