"""The window while a model learns beside it: what a person sees after Start, and whether everything stays at hand.

    python tools/with_display.py python benchmarks/teaching_window.py

Drawn plants whose labels are corrected, weights that ship, and the training that the Fine-tune dock starts, in a
process of its own. To reach: a first honest word within 1 second of Start, the first step within 10 seconds, and no
stall of the event loop above 100 ms, while nothing is done, while a slider is dragged, and while images are changed.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import napari
import typer
from measuring import machine, table
from PIL import Image
from window import DRAG_SECONDS, drag, until, wait

from napari_leafseg import methods
from napari_leafseg.core.catalogue import find
from napari_leafseg.core.registry import load
from napari_leafseg.data.project import Change, Project, Status
from napari_leafseg.data.rosette import draw_plant
from napari_leafseg.widgets.dock_opening import fine_tune_dock, images_dock, segment_dock
from napari_leafseg.widgets.fine_tune_dock import FineTuneDock
from napari_leafseg.widgets.images_dock import ImagesDock
from napari_leafseg.widgets.run_bar import CURRENT
from napari_leafseg.widgets.segment_dock import SegmentDock
from napari_leafseg.widgets.start_form import Wanted
from napari_leafseg.widgets.state import state_of
from napari_leafseg.widgets.training_display import STARTING

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from heartbeat import Heartbeat

IMAGES, SIDE = 8, 384
SLIDERS = {"harmonic": "bandwidth", "leafmask": "score", "object_guided": "confidence", "rsis": "stop"}
"""What is dragged; of deep_embedding the score."""


def main(
    names: Annotated[list[str] | None, typer.Argument(help="Methods; all if none is given.")] = None,
    minutes: Annotated[float, typer.Option(help="Training time that the dock is asked for.")] = 10,
    watched: Annotated[float, typer.Option(help="Seconds for which nothing is done but looked.")] = 20,
) -> None:
    """Train beside the window with one method after another, and print the table."""
    rows = []
    for name in names or methods():
        with tempfile.TemporaryDirectory() as folder:
            rows.append((name, *_row(name, _corrected(Path(folder) / "plants"), minutes, watched)))
    stalls = ("stall: looking on", "dragging", "previews a second", "changing images")
    columns = ("method", "first word", "first step", *stalls, "stopped after")
    table(f"a training beside the window ({machine()})", columns, rows)


def _corrected(root: Path) -> Path:
    """Write plants whose labels are corrected, as a person leaves them."""
    root.mkdir()
    with Project(root) as project:
        for seed in range(IMAGES):
            drawing, file = draw_plant("broadleaf", seed, SIDE), root / f"plant{seed}.png"
            Image.fromarray(drawing.image).save(file)
            project.save(file, Change(labels=drawing.labels, status=Status.CORRECTED))
    return root


def _row(name: str, root: Path, minutes: float, watched: float) -> tuple[str, ...]:
    viewer = napari.Viewer()
    viewer.window.resize(1500, 950)
    images, segment, dock = images_dock(viewer), segment_dock(viewer), fine_tune_dock(viewer)
    images.open_folder(root)
    until(lambda: dock.teaching.learned > 0 and not segment.loader.busy)
    state_of(viewer).segmenter = load(name, find(name, "rosette"))
    segment.start(CURRENT)
    until(lambda: "Preview" in viewer.layers and not segment.segmenting.running and not segment.segmenting.tuning)
    wait(2)
    word, step = _started(dock, minutes)
    looked = _stall(lambda: wait(watched))
    repaints = [0]
    preview = viewer.layers["Preview"]
    preview.events.set_data.connect(lambda _: repaints.__setitem__(0, repaints[0] + 1))
    dragged = _stall(lambda: _dragged(segment, SLIDERS.get(name, "score")))
    changed = _stall(lambda: _images_changed(images, viewer))
    stopped = _stopped(dock)
    state_of(viewer).jobs.close()
    viewer.close()
    seconds = (f"{word:.2f} s", f"{step:.1f} s")
    return (*seconds, looked, dragged, f"{repaints[0] / DRAG_SECONDS:.1f}", changed, f"{stopped:.1f} s")


def _started(dock: FineTuneDock, minutes: float) -> tuple[float, float]:
    """Seconds from Start to the first word of the child's own, and to its first step."""
    began = time.perf_counter()
    dock.start(Wanted("measured", {"minutes": minutes}))
    until(lambda: dock._look is not None and bool(dock._look.story.preparing) and _said(dock) not in ("", STARTING))
    word = time.perf_counter() - began
    until(lambda: dock._look is not None and "step" in dock._look.now)
    return word, time.perf_counter() - began


def _stopped(dock: FineTuneDock) -> float:
    """Seconds from Stop until no more steps are done; the comparison that follows is stopped by a second one."""
    began = time.perf_counter()
    dock.view.training.stop_requested.emit()
    until(lambda: (dock._look is not None and bool(dock._look.story.preparing)) or not dock.tuning.training)
    stopped = time.perf_counter() - began
    dock.view.training.stop_requested.emit()
    until(lambda: not dock.tuning.training)
    return stopped


def _said(dock: FineTuneDock) -> str:
    return dock.view.training.doing()


def _stall(work: Callable[[], None]) -> str:
    """The longest stall, and in brackets the most that this program itself worked between two beats."""
    with Heartbeat() as heart:
        work()
    return f"{heart.longest_ms:.0f} ms ({heart.most_worked_ms:.0f})"


def _dragged(segment: SegmentDock, slider: str) -> None:
    drag(segment, slider)
    until(lambda: not segment.segmenting.tuning)


def _images_changed(images: ImagesDock, viewer: napari.Viewer) -> None:
    for row in range(1, 5):
        images.stepping.go(row)
        until(lambda name=f"plant{row}": state_of(viewer).entry.name == name)
        wait(1)


if __name__ == "__main__":
    typer.run(main)
