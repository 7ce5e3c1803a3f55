"""The window: stalls of the event loop, repaints while dragging, what saving costs, and where the network runs best.

Needs a display (`python tools/with_display.py python benchmarks/window.py`); names of tables choose some of them
(`dragging`, `stalls`, `saving`, `threads`). The thread
question is asked of the same network under the same repaint load three times over: in the
main thread, in a worker thread, in a child process.
"""

from __future__ import annotations

import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import napari
import numpy as np
from measuring import machine, milliseconds, once, table
from numpy.typing import NDArray
from PIL import Image
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QApplication

from napari_leafseg.core.registry import create
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.data.nuclei import draw_nuclei
from napari_leafseg.data.writing import write_labels
from napari_leafseg.widgets.correcting import Correcting
from napari_leafseg.widgets.dock_opening import images_dock, segment_dock
from napari_leafseg.widgets.image_source import axes_of_layer
from napari_leafseg.widgets.project_session import ProjectSession
from napari_leafseg.widgets.run_bar import CURRENT
from napari_leafseg.widgets.segment_dock import SegmentDock
from napari_leafseg.widgets.state import State, state_of

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from heartbeat import Heartbeat

REPEATS = 3
DRAG_SECONDS = 4.0
REPAINT_MS = 50


def wait(seconds: float) -> None:
    """Let the event loop run."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        QApplication.processEvents()
        time.sleep(0.001)


def until(condition: Callable[[], bool], timeout: float = 300) -> None:
    """Let the event loop run until something is so."""
    end = time.perf_counter() + timeout
    while not condition():
        if time.perf_counter() > end:
            raise TimeoutError
        QApplication.processEvents()
        time.sleep(0.001)


def large(side: int) -> NDArray[np.uint8]:
    """Tile drawn nuclei to a large image."""
    return np.tile(draw_nuclei(512, 60)[0], (side // 512, side // 512))


def planted(size: int, count: int) -> tuple[NDArray[np.uint8], Segmenter]:
    """A harmonic segmenter whose network answers as a good one would for drawn nuclei."""
    from decode import scene  # loads torch, and the window says first how its threads wait

    piece, _ = scene(size, count)
    segmenter = create("harmonic")
    segmenter.encode_piece = lambda *_: piece  # type: ignore[method-assign]
    return draw_nuclei(size=size, count=count, seed=0)[0], segmenter


@contextmanager
def window(image: NDArray[Any], segmenter: Segmenter) -> Iterator[tuple[napari.Viewer, SegmentDock]]:
    """Open a viewer on an image that was segmented once, so that all layers exist."""
    viewer = napari.Viewer()
    viewer.window.resize(1500, 950)
    viewer.add_image(image)
    dock = segment_dock(viewer)
    until(lambda: not dock.loader.busy)
    state_of(viewer).segmenter = segmenter
    _run(dock)
    wait(1)
    yield viewer, dock
    state_of(viewer).jobs.close()
    viewer.close()


def _run(dock: SegmentDock) -> None:
    dock.start(CURRENT)
    until(lambda: not dock.segmenting.running and not dock.segmenting.tuning)


def drag(dock: SegmentDock, name: str) -> None:
    """Drag a parameter's slider to and fro."""
    slider = dock.view.form.control(name).slider
    top, began = slider.maximum(), time.perf_counter()
    while (passed := time.perf_counter() - began) < DRAG_SECONDS:
        share = abs((passed / DRAG_SECONDS * 2) % 2 - 1)
        slider.setValue(round(top * (0.15 + 0.5 * share)))
        wait(0.02)


def dragging() -> None:
    """Print repaints a second and stalls while a slider is dragged."""
    rows = []
    for size, count in ((512, 20), (512, 300), (2048, 300)):
        image, segmenter = planted(size, count)
        with window(image, segmenter) as (viewer, dock):
            for name in ("bandwidth", "min_area"):
                repaints, drawn = [0], [0]
                layer = viewer.layers["Preview"]
                layer.events.set_data.connect(lambda _, repaints=repaints: repaints.__setitem__(0, repaints[0] + 1))
                canvas = viewer.window._qt_viewer.canvas._scene_canvas
                canvas.events.draw.connect(lambda _, drawn=drawn: drawn.__setitem__(0, drawn[0] + 1))
                with Heartbeat() as heart:
                    drag(dock, name)
                shown = (repaints[0] / DRAG_SECONDS, drawn[0] / DRAG_SECONDS)
                until(lambda dock=dock: not dock.segmenting.tuning)
                rows.append((f"{size}²", count, name, *(f"{x:.1f}" for x in shown), f"{heart.longest_ms:.0f} ms"))
    columns = ("image", "objects", "slider", "previews a second", "canvas draws a second", "longest stall")
    table(f"dragging a slider ({machine()})", columns, rows)


def stalls(side: int = 2048) -> None:
    """Print the longest stall while nothing, a network, and a network beside repaints runs."""
    with window(large(side)[:512, :512], create("harmonic")) as (viewer, dock):
        # The layers exist; the large image takes their place as the next one of a folder would.
        viewer.layers[0].data = large(side)
        dock.view.images.image_chosen.emit()
        state_of(viewer).layers.start_preview(viewer.layers[0], axes_of_layer(viewer.layers[0]))
        wait(1)
        rows = [("nothing", *_beats(lambda: wait(2)))]
        rows.append((f"the network on {side}²", *_beats(lambda: _cancelled_run(dock))))
        with repainting(viewer, side):
            rows.append((f"the network on {side}², preview repainting", *_beats(lambda: _cancelled_run(dock))))
    table("longest stall of the event loop, by repeat", ("while", *(f"{i + 1}." for i in range(REPEATS))), rows)


def _beats(work: Callable[[], None]) -> list[str]:
    found = []
    for _ in range(REPEATS):
        with Heartbeat() as heart:
            work()
        found.append(f"{heart.longest_ms:.0f} ms")
    return found


def _cancelled_run(dock: SegmentDock) -> None:
    dock.start(CURRENT)
    wait(3)
    dock.segmenting.cancel()
    until(lambda: not dock.segmenting.running)


@contextmanager
def repainting(viewer: napari.Viewer, side: int) -> Iterator[None]:
    """Repaint the preview twenty times a second."""
    layer = viewer.layers["Preview"]
    frames = [np.roll(np.resize(draw_nuclei(512, 60)[1].astype(np.uint16), (side, side)), i, axis=0) for i in range(2)]
    turn = [0]

    def repaint() -> None:
        turn[0] ^= 1
        np.copyto(layer.data, frames[turn[0]])
        layer.refresh(thumbnail=False, highlight=False, extent=False)

    timer = QTimer()
    timer.timeout.connect(repaint)
    timer.start(REPAINT_MS)
    yield
    timer.stop()


@cache
def _segmenter() -> Segmenter:
    return create("harmonic")


def _in_child(image: NDArray[Any]) -> tuple[Any, float]:
    segmenter = _segmenter()
    return once(lambda: segmenter.encode(image))


def saving() -> None:
    """Print stalls while a person paints, without and with a project that saves it."""
    rows = []
    for side in (2048, 4000):
        with tempfile.TemporaryDirectory() as folder, painted_folder(Path(folder), side) as (state, layer):
            ways = {
                "a stroke every 50 ms": lambda layer=layer: _paint(layer),
                "undo and redo of them": lambda state=state: _undo(state.correcting),
                "all labels replaced": lambda state=state, layer=layer: _replace(state.correcting, layer),
            }
            for name, way in ways.items():
                with handing_over(state.project) as spent:
                    beats = _beats(way)
                rows.append((f"{side}²", name, "saved", *beats, f"{1000 * max(spent):.1f} ms", _until_saved(state)))
            state.project.close()
            rows.extend((f"{side}²", name, "not saved", *_beats(way), "", "") for name, way in ways.items())
    columns = ("labels", "while", "are", *(f"{i + 1}." for i in range(REPEATS)), "handing over", "on the disk after")
    table(f"longest stall of the event loop, by repeat ({machine()})", columns, rows)


@contextmanager
def painted_folder(folder: Path, side: int) -> Iterator[tuple[State, Any]]:
    """Open a folder with one image of 500 objects in a window, saved once, so that all layers and files exist."""
    field, drawn = draw_nuclei(512, 30)
    times = -(-side // 512)
    Image.fromarray(np.tile(field, (times, times))[:side, :side]).save(folder / "large.png")
    write_labels(folder / "large_masks.tif", np.tile(drawn, (times, times))[:side, :side])
    viewer = napari.Viewer()
    viewer.window.resize(1500, 950)
    state, dock = state_of(viewer), images_dock(viewer)
    dock.open_folder(folder)
    until(lambda: state.entry is not None)
    layer = state.layers.labels_of(state.layers.image)
    layer.mode, layer.brush_size = "paint", 40
    _paint(layer, 0.5)
    state.project.save_now()
    wait(1)
    yield state, layer
    state.jobs.close()
    viewer.close()


@contextmanager
def handing_over(session: ProjectSession) -> Iterator[list[float]]:
    """Note the processor time of each handing over in the window's own thread, which other programs do not lengthen."""
    spent: list[float] = []
    save = session.save

    def timed(*given: Any) -> None:
        began = time.thread_time()
        save(*given)
        spent.append(time.thread_time() - began)

    session.save = timed  # type: ignore[method-assign]
    yield spent
    session.save = save  # type: ignore[method-assign]


def _paint(layer: Any, seconds: float = 3.0) -> None:
    random, end = np.random.default_rng(0), time.perf_counter() + seconds
    while time.perf_counter() < end:
        layer.paint(tuple(random.integers(50, len(layer.data) - 50, 2)), 7)
        wait(0.05)


def _undo(correcting: Correcting) -> None:
    for action in (*[correcting.undo] * 20, *[correcting.redo] * 20):
        action()
        wait(0.05)


def _replace(correcting: Correcting, layer: Any) -> None:
    for _ in range(3):
        other = layer.data[::-1].copy()
        correcting.replace(other, "Flip")
        wait(1.5)


def _until_saved(state: State) -> str:
    """Time from one more stroke to its file."""
    layer = state.layers.labels_of(state.layers.image)
    state.project.save_now()
    layer.paint((60, 60), int(layer.data[60, 60]) % 500 + 1)
    return milliseconds(once(lambda: until(lambda: not state.project.pending))[1])


def threads(side: int = 1024) -> None:
    """Print network time and stall by where it runs."""
    image, segmenter = large(side), create("harmonic")
    spawn = multiprocessing.get_context("spawn")
    with window(image, segmenter) as (viewer, dock), ProcessPoolExecutor(1, spawn) as pool:
        segmenter.encode(image)
        until(pool.submit(_in_child, image[:64, :64]).done)
        idle = median(once(lambda: segmenter.encode(image))[1] for _ in range(REPEATS))
        rows = []
        ways: dict[str, Callable[[], float]] = {
            "main thread": lambda: once(lambda: segmenter.encode(image))[1],
            "worker thread": lambda: _threaded(dock, segmenter, image),
            "child process": lambda: _submitted(pool.submit(_in_child, image)),
        }
        rows.extend(("nothing", *_by_place(name, way, idle)) for name, way in ways.items())
        with repainting(viewer, side):
            rows.extend(("20 repaints a second", *_by_place(name, way, idle)) for name, way in ways.items())
    columns = ("the window does", "the network runs in the", "network", "of idle", "longest stall")
    table(f"the same network on {side}² ({machine()})", columns, rows)


def _by_place(name: str, way: Callable[[], float], idle: float) -> tuple[str, str, str, str]:
    times, late = [], []
    for _ in range(REPEATS):
        with Heartbeat() as heart:
            times.append(way())
            wait(0.02)
        late.append(heart.longest_ms)
    return name, milliseconds(median(times)), f"{median(times) / idle:.2f}", f"{median(late):.0f} ms"


def _threaded(dock: SegmentDock, segmenter: Segmenter, image: NDArray[Any]) -> float:
    took: list[float] = []
    jobs = state_of(dock.viewer).jobs
    jobs.start(lambda check, _: once(lambda: segmenter.encode(image, check=check))[1], returned=took.append)
    until(lambda: bool(took))
    return took[0]


def _submitted(future: Future[tuple[Any, float]]) -> float:
    began = time.perf_counter()
    until(future.done)
    # The prediction's way back through the pipe is part of the price.
    return time.perf_counter() - began


if __name__ == "__main__":
    chosen = sys.argv[1:] or ["dragging", "stalls", "saving", "threads"]
    for benchmark in (dragging, stalls, saving, threads):
        if benchmark.__name__ in chosen:
            benchmark()
