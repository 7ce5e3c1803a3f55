"""Take the pictures of the window that the README and the how-to pages show.

    python tools/with_display.py python docs/make_screenshots.py

Everything in them is drawn or shipped by the package: no download, no data of others.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import napari
import numpy as np
from PIL import Image
from qtpy.QtWidgets import QApplication, QDockWidget, QWidget

from napari_leafseg.core.catalogue import find
from napari_leafseg.data.nuclei import draw_nuclei
from napari_leafseg.data.project import Change, Project, Status
from napari_leafseg.data.writing import write_labels
from napari_leafseg.widgets import demo
from napari_leafseg.widgets.dock_opening import images_dock, segment_dock
from napari_leafseg.widgets.images_dock import ImagesDock
from napari_leafseg.widgets.run_bar import CURRENT, SLICES
from napari_leafseg.widgets.segment_dock import SegmentDock
from napari_leafseg.widgets.state import state_of

OUT = Path(__file__).parent / "images"
SIZE = (1360, 850)


def until(condition: Callable[[], bool], timeout: float = 120) -> None:
    """Let the event loop run until something is so, and half a second more."""
    end = time.perf_counter() + timeout
    rest: float | None = None
    while rest is None or time.perf_counter() < rest:
        QApplication.processEvents()
        time.sleep(0.01)
        if time.perf_counter() > end:
            raise TimeoutError
        if rest is None and condition():
            rest = time.perf_counter() + 0.5


def idle(dock: SegmentDock) -> bool:
    """Whether a dock has nothing more to show."""
    segmenting = dock.segmenting
    return not (dock.loader.busy or segmenting.running or segmenting.tuning) and bool(dock.view.count.text())


def take(viewer: napari.Viewer, name: str) -> None:
    """Save the whole window."""
    viewer.window.screenshot(str(OUT / f"{name}.png"), canvas_only=False, flash=False)


def raised(widget: QWidget) -> None:
    """Bring a dock to the front of its tabs."""
    while not isinstance(widget, QDockWidget):
        widget = widget.parentWidget()
    widget.raise_()


def close(viewer: napari.Viewer) -> None:
    """End a viewer's jobs and its project, then close it."""
    state_of(viewer).jobs.close()
    state_of(viewer).project.close()
    viewer.close()


def segment() -> None:
    """The Segment dock over the demo's nuclei."""
    viewer = demo.open_demo(run=False)
    viewer.window.resize(*SIZE)
    dock = segment_dock(viewer)
    until(lambda: idle(dock))
    viewer.reset_view()
    take(viewer, "segment")
    close(viewer)


def tune() -> None:
    """The Segment dock after it tuned on a person's labels."""
    viewer = napari.Viewer()
    viewer.window.resize(*SIZE)
    field, labels = draw_nuclei(512, 60, seed=4)
    viewer.add_image(field, name="field")
    dock = segment_dock(viewer)
    until(lambda: state_of(viewer).segmenter is not None)
    dock.start(CURRENT)
    until(lambda: idle(dock))
    viewer.add_labels(labels, name="my labels").visible = False
    dock.tuning.start()
    until(lambda: not dock.tuning.running and idle(dock))
    take(viewer, "tune")
    close(viewer)


def images() -> None:
    """The Images dock: empty, over a folder in every state, in the order of correction, and locked."""
    viewer = napari.Viewer()
    viewer.window.resize(*SIZE)
    segment_dock(viewer)
    dock = images_dock(viewer)
    take(viewer, "images-empty")
    with tempfile.TemporaryDirectory() as folder:
        root = _drawn_folder(Path(folder) / "nuclei")
        opened(viewer, dock, root)
        take(viewer, "images")
        dock.view.bar.setByDoubt(True)
        dock.order.choose(True)
        until(lambda: dock.model.doubt(3) is not None and not dock.order.doubts.running)
        until(lambda: not dock.model.missing(dock.seen))
        take(viewer, "images-next-to-correct")
        state_of(viewer).project.close()
        with Project(root):
            opened(viewer, dock, root)
            take(viewer, "images-locked")
        close(viewer)


def opened(viewer: napari.Viewer, dock: ImagesDock, root: Path) -> None:
    """Open a folder and wait until all of it is shown."""
    shown: list[object] = []
    dock.stepping.shown.connect(shown.append)
    dock.open_folder(root)
    until(lambda: bool(shown))
    raised(dock)
    until(lambda: not dock.model.missing(range(9)))


def _drawn_folder(root: Path) -> Path:
    """Draw images in every state: corrected, in work, predicted (some of them damaged), new, with labels of others."""
    root.mkdir(parents=True)
    statuses = (Status.CORRECTED, Status.IN_WORK, Status.PREDICTED, Status.PREDICTED, None, None, Status.PREDICTED)
    with Project(root) as project:
        for index in range(24):
            image, labels = draw_nuclei(512, 30 + 3 * index, seed=index)
            file = root / f"well_{index // 6 + 1:02}_field_{index % 6 + 1}.png"
            Image.fromarray(image).save(file)
            status = statuses[index % len(statuses)]
            if status is not None:
                # Some predictions lack objects and join others.
                wrong = np.where(labels % 5 == 0, 0, np.where(labels % 7 == 1, 1, labels)) if index % 2 else labels
                project.save(file, Change(labels=wrong, status=status, checked=[2, 3] if index % 7 == 1 else None))
            elif index == 5:
                write_labels(root / f"{file.stem}_masks.tif", labels)
    return root


def stack() -> None:
    """A time-lapse, all of whose slices were run, with the card open."""
    field = draw_nuclei(640, 60, seed=3)[0]
    frames = np.stack([field[64:576, 20 * step : 20 * step + 512] for step in range(6)])
    viewer = napari.Viewer()
    viewer.window.resize(*SIZE)
    viewer.add_image(frames, name="time-lapse")
    dock = segment_dock(viewer)
    dock.view.models.choose(demo.METHOD, find(demo.METHOD, demo.WEIGHTS))
    until(lambda: state_of(viewer).segmenter is not None)
    viewer.dims.set_current_step(0, 2)
    dock.start(SLICES)
    until(lambda: idle(dock))
    dock.view.card.setOpen(True)
    until(lambda: True)
    take(viewer, "stack")
    close(viewer)


if __name__ == "__main__":
    OUT.mkdir(exist_ok=True)
    chosen = sys.argv[1:] or ["segment", "tune", "images", "stack"]
    for scene in (segment, tune, images, stack):
        if scene.__name__ in chosen:
            scene()
