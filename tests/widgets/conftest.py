"""Fixtures for the window's tests: jobs, viewers, folders, and a check that no widget is left over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import QCoreApplication, QEvent
from qtpy.QtWidgets import QApplication
from trained_runs import corrected_folder, first_weights, trained

from napari_leafseg.data.writing import write_labels
from napari_leafseg.widgets.jobs import Jobs
from napari_leafseg.widgets.state import state_of


@pytest.fixture(autouse=True)
def _no_widget_left(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[None]:
    """Fail a test that leaves a top-level widget behind; viewers are checked by napari's own fixture."""
    before = set(QApplication.topLevelWidgets())
    yield
    if "make_napari_viewer" in request.fixturenames:
        return
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    qapp.processEvents()
    left = [widget for widget in QApplication.topLevelWidgets() if widget not in before and widget.parent() is None]
    assert not left, f"left over: {left}; look for a lambda or partial that holds them"


@pytest.fixture
def jobs(qapp: QApplication) -> Iterator[Jobs]:
    """Jobs that end with the test."""
    runner = Jobs()
    yield runner
    runner.close()


@pytest.fixture
def viewer(make_napari_viewer: Callable[..., Any]) -> Iterator[Any]:
    """A viewer whose jobs and project end with the test."""
    viewer = make_napari_viewer()
    yield viewer
    state_of(viewer).jobs.close()
    state_of(viewer).project.close()


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights to begin a training with; they know nothing."""
    return first_weights(tmp_path_factory.mktemp("weights") / "harmonic-first.safetensors")


@pytest.fixture(scope="session")
def trained_folder(tmp_path_factory: pytest.TempPathFactory, first: Path) -> Path:
    """Five corrected images, and a finished run "first" on them; to be copied before it is changed."""
    root = corrected_folder(tmp_path_factory.mktemp("cells") / "my cells")
    trained(root, first, "first")
    return root


@pytest.fixture
def folder(tmp_path: Path, nuclei_image: Any) -> Path:
    """Three images, of which the first has labels, in the images/ + labels/ layout."""
    from PIL import Image

    image, labels = nuclei_image
    root = tmp_path / "my nuclei ü"
    for name in ("images", "labels"):
        (root / name).mkdir(parents=True)
    for index, name in enumerate("abc"):
        Image.fromarray(np.roll(image, 2 * index, axis=1)).save(root / "images" / f"{name}.png")
    write_labels(root / "labels" / "a.tif", labels)
    return root
