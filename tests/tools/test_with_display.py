"""The helper that brings a display hands its command on unchanged, and its exit status back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HELPER = Path(__file__).parents[2] / "tools" / "with_display.py"


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(HELPER), *command], check=False, capture_output=True, text=True, timeout=120
    )


def test_arguments_and_exit_status_pass_through() -> None:
    done = run(sys.executable, "-c", "import sys; print(sys.argv[1:]); sys.exit(3)", "a b", "*", "$HOME")
    assert done.returncode == 3
    assert done.stdout.strip() == "['a b', '*', '$HOME']"


def test_without_a_command_it_says_how_it_is_used() -> None:
    done = run()
    assert done.returncode == 1
    assert "usage" in done.stderr
