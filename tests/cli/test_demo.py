"""The demo shows something on every machine: a window where there can be one, else files."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from napari_leafseg.core import catalogue
from napari_leafseg.core.registry import create
from napari_leafseg.data.reading import read_image, read_labels

# The package's name `demo` is the command itself.
demo_command = import_module("napari_leafseg.cli.demo")
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a display")


@pytest.fixture
def nuclei_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let untrained weights stand in where none were shipped with this source tree."""
    if "harmonic-nuclei" not in catalogue.shipped():
        path = tmp_path / "harmonic-nuclei.safetensors"
        create("harmonic").save(path)
        monkeypatch.setattr(catalogue, "shipped", lambda method=None: {"harmonic-nuclei": path})


def test_headless_it_writes_everything_and_says_where(command: Any, tmp_path: Path, nuclei_weights: None) -> None:
    out = tmp_path / "neu und schön"
    result = command("demo", "--headless", "--out", out)
    assert result.exit_code == 0, result.output
    said = [Path(line.split(":", 1)[1].strip()) for line in result.stdout.splitlines()]
    assert [path.name for path in said] == ["nuclei.png", "nuclei.tif", "nuclei.png", "objects.csv", "record.json"]
    assert all(path.is_absolute() and path.is_file() for path in said)
    labels = read_labels(said[1])
    assert labels.shape == read_image(said[0]).array.shape == read_image(said[2]).array.shape[:2]
    assert len(pd.read_csv(said[3])) == labels.max()
    assert command("demo", "--headless", "--out", out).exit_code == 0


@pytest.mark.skipif("harmonic-nuclei" not in catalogue.shipped(), reason="no weights in this source tree")
def test_the_shipped_weights_find_most_of_the_drawn_nuclei(command: Any, tmp_path: Path) -> None:
    from napari_leafseg.analysis.metrics import sbd
    from napari_leafseg.data.nuclei import draw_nuclei

    command("demo", "--headless", "--out", tmp_path / "demo")
    assert sbd(read_labels(tmp_path / "demo" / "nuclei.tif"), draw_nuclei()[1]) > 0.5


def test_without_weights_it_says_so(command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "shipped", lambda method=None: {})
    result = command("demo", "--headless", "--out", tmp_path / "demo")
    assert result.exit_code == 2
    assert "There are no weights 'nuclei'" in result.stderr
    assert not (tmp_path / "demo").exists()


@linux
@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, False),
        ({"DISPLAY": ":0"}, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, True),
        ({"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen"}, False),
    ],
)
def test_a_display_is_told_by_the_environment(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], expected: bool
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert demo_command._has_display() is expected


@linux
def test_without_a_display_it_goes_on_with_files(
    command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nuclei_weights: None
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    result = command("demo", "--out", tmp_path / "demo")
    assert result.exit_code == 0
    assert result.stderr == "No window is opened: there is no display. Writing files instead.\n"
    assert (tmp_path / "demo" / "objects.csv").is_file()


@linux
def test_a_display_that_does_not_answer_is_found_out_without_dying(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("napari")
    monkeypatch.setenv("DISPLAY", ":4711")
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    reason = demo_command._no_window()
    assert reason.startswith("Qt does not start")
    assert "\n" not in reason
