"""The command line as a person and as a program meet it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from napari_leafseg.cli import app

Command = Callable[..., Any]


@pytest.fixture
def command(threshold_method: Any) -> Command:
    """Run the command line in this process, with the torch-free method among the models."""

    def run(*arguments: object) -> Any:
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return run


@pytest.fixture
def images(tmp_path: Path, nuclei_image: Any) -> Path:
    """Write three images into a folder whose name has a space and an umlaut."""
    folder = tmp_path / "meine Töpfe"
    folder.mkdir()
    for index in range(3):
        Image.fromarray(np.roll(nuclei_image[0], 5 * index, axis=1)).save(folder / f"plant {index}.png")
    return folder
