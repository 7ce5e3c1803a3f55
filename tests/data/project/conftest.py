"""A folder of images, and projects of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from project_parts import SHAPE

from napari_leafseg.data.project import Project


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Images whose names collide as badly as they can, in a folder with spaces and other scripts."""
    root = tmp_path / "Blätter 葉 1"
    for name in ("a.png", "a.tif", "b.png", "sub/a.png"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full(SHAPE, len(name), np.uint8)).save(path)
    return root


@pytest.fixture
def opened(folder: Path) -> Iterator[Callable[..., Project]]:
    """Open projects, one after another, that are closed with the test."""
    projects: list[Project] = []

    def open_project(path: Path = folder, **options: Any) -> Project:
        projects.append(Project(path, **options))
        return projects[-1]

    yield open_project
    for project in projects:
        project.close()
