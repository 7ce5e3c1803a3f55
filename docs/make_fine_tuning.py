"""Take the pictures of docs/fine-tuning.md: drawn plants of a style that the weights never learned, and how they learn.

    python tools/with_display.py python docs/make_fine_tuning.py [NAME=VALUE ...]

Options of the training may be given, as `train --set-option` takes them; it takes ten minutes otherwise.

The training in them is a real one; the plants are drawn by the package, and their corrections are the truth.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import napari
from make_screenshots import SIZE, close, idle, raised, take, until
from PIL import Image

from napari_leafseg.core.catalogue import find
from napari_leafseg.data.project import Change, Project, Status
from napari_leafseg.data.rosette import draw_plant
from napari_leafseg.inference.comparison_file import Comparison
from napari_leafseg.widgets.dock_opening import fine_tune_dock, images_dock, segment_dock
from napari_leafseg.widgets.fine_tune_dock import FineTuneDock
from napari_leafseg.widgets.run_bar import CURRENT
from napari_leafseg.widgets.segment_dock import SegmentDock
from napari_leafseg.widgets.start_form import Wanted
from napari_leafseg.widgets.state import state_of

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
from strange_plants import STRANGE

METHOD, WEIGHTS = "leafmask", "rosette"
RUN = "my plants-1"
CORRECTED, SIDE = 8, 384
NEW = CORRECTED
"""Row of the image that nobody corrected."""
HOURS = 4 * 3600
BUDGET: dict[str, Any] = {"minutes": 10.0}


def main(budget: dict[str, Any]) -> Comparison:
    """Take all of them, and return what was gained."""
    viewer = napari.Viewer()
    viewer.window.resize(*SIZE)
    images, segment, dock = images_dock(viewer), segment_dock(viewer), fine_tune_dock(viewer)
    with tempfile.TemporaryDirectory() as folder:
        # Whoever takes pictures has weights of their own.
        os.environ["LEAFSEG_HOME"] = folder
        root = drawn_folder(Path(folder) / "my plants")
        images.open_folder(root)
        segment.view.models.choose(METHOD, find(METHOD, WEIGHTS))
        until(lambda: bool(dock.teaching.learned) and not segment.loader.busy)
        predict(viewer, segment, "fine-tune-before")
        raised(dock)
        dock.view.data.setFocus()
        until(lambda: bool(dock.view.form.start.isEnabled()))
        take(viewer, "fine-tune-start")
        gained = train(viewer, dock, budget)
        result(viewer, dock)
        predict(viewer, segment, "fine-tune-used")
        close(viewer)
    return gained


def drawn_folder(root: Path) -> Path:
    """Draw plants; all but the last two are corrected."""
    root.mkdir(parents=True)
    with Project(root) as project:
        for seed in range(CORRECTED + 2):
            plant = draw_plant(STRANGE, seed, SIDE)
            file = root / f"pot_{seed + 1:02}.png"
            Image.fromarray(plant.image).save(file)
            if seed < CORRECTED:
                project.save(file, Change(labels=plant.labels, status=Status.CORRECTED))
    return root


def predict(viewer: napari.Viewer, segment: SegmentDock, name: str) -> None:
    """What the chosen weights make of the plant that nobody corrected."""
    images = images_dock(viewer)
    images.stepping.go(NEW)
    until(lambda: not images.stepping.busy and not segment.loader.busy)
    raised(segment)
    segment.start(CURRENT)
    until(lambda: idle(segment), HOURS)
    viewer.reset_view()
    take(viewer, name)


def train(viewer: napari.Viewer, dock: FineTuneDock, budget: dict[str, Any]) -> Comparison:
    """The dock in the midst of a training, and after it."""
    looks: list[Any] = []
    dock.tuning.looked.connect(looks.append)
    dock.start(Wanted(RUN, budget))
    until(lambda: bool(looks) and (len(looks[-1].story.previews) > 2 or not looks[-1].running), HOURS)
    take(viewer, "fine-tune-running")
    until(lambda: not looks[-1].running, HOURS)
    assert looks[-1].story.finished is not None, looks[-1]
    comparison: Comparison = looks[-1].comparison
    return comparison


def result(viewer: napari.Viewer, dock: FineTuneDock) -> None:
    """Before and after: the table, and the worst image with both results."""
    dock.view.result.each.setOpen(True)
    until(lambda: True)
    take(viewer, "fine-tune-after")
    rows = dock.view.result.rows
    rows.itemClicked.emit(rows.topLevelItem(0), 0)
    until(lambda: dock.layers.there)
    take(viewer, "fine-tune-image")
    dock.view.result.use.click()
    until(lambda: "from now on" in dock.view.message.text())
    used = state_of(viewer).segmenter
    assert used is not None and used.source == find(METHOD, RUN)


if __name__ == "__main__":
    given = dict(said.split("=", 1) for said in sys.argv[1:])
    main({name: float(value) if name == "minutes" else int(value) for name, value in given.items()} or BUDGET)
