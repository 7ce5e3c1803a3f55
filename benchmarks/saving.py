"""What saving costs the hand: time to hand labels over, stalls while they are written, and projects of many images."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from measuring import machine, milliseconds, once, table
from PIL import Image

from napari_leafseg.data.layouts import open_folder
from napari_leafseg.data.project import Autosave, Change, Project, Status

IMAGES, PAINTED_FOR, BRUSH = 10_000, 6.0, 100


def main() -> None:
    """Print both tables."""
    columns = ("labels", "whole array", "one stroke", "longest of these", "longest stall", "writing")
    kinds = ((2048, np.uint16), (4000, np.uint16), (4000, np.int32))
    with tempfile.TemporaryDirectory() as folder:
        rows = [_painting(Path(folder), side, dtype) for side, dtype in kinds]
    table(f"Handing over while a thread saves every second ({machine()})", columns, rows)
    with tempfile.TemporaryDirectory() as folder:
        table(f"A project of {IMAGES} images ({machine()})", ("what", "time"), _many(Path(folder)))


def _painting(folder: Path, side: int, dtype: Any) -> tuple[str, ...]:
    image = folder / f"{side} {np.dtype(dtype)}.png"
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(image)
    random = np.random.default_rng(0)
    labels = np.zeros((side, side), dtype)
    for index in range(500):
        top, left = random.integers(0, side - side // 20, 2)
        labels[top : top + side // 20, left : left + side // 20] = index + 1
    with Project(folder) as project:
        auto = Autosave(project, saved=lambda *_: None, failed=lambda *_: None)
        whole = median(once(lambda: auto.labels(image, labels))[1] for _ in range(9))
        strokes, stalls = _strokes(auto, image, labels, random)
        auto.labels(image, labels)
        writing = once(auto.flush)[1]
        auto.close()
    times = (whole, median(strokes), max(strokes), max(stalls), writing)
    return (f"{side} x {side} {np.dtype(dtype)}", *(f"{1000 * each:.2f} ms" for each in times))


def _strokes(auto: Autosave, image: Path, labels: Any, random: Any) -> tuple[list[float], list[float]]:
    """Paint a stroke every 10 ms: time of each handing over, and how much later than due each came."""
    strokes, stalls, began = [], [], time.perf_counter()
    last = began
    while last - began < PAINTED_FOR:
        top, left = random.integers(0, len(labels) - BRUSH, 2)
        box = (slice(top, top + BRUSH), slice(left, left + BRUSH))
        labels[box] = len(strokes) % 500
        strokes.append(once(lambda box=box: auto.labels(image, labels, box))[1])
        time.sleep(0.01)
        now = time.perf_counter()
        stalls.append(now - last - 0.01)
        last = now
    return strokes, stalls


def _many(folder: Path) -> Iterator[tuple[str, str]]:
    for index in range(IMAGES):
        (folder / f"{index}.png").touch()
    with Project(folder) as project:
        project.save(folder / "0.png", Change(labels=np.ones((20, 20), int), status=Status.CORRECTED))
    place = folder / "leafseg"
    text = (place / "0.png.json").read_text(encoding="utf-8")
    for index in range(1, IMAGES):
        (place / f"{index}.png.json").write_text(text.replace('"0.png"', f'"{index}.png"'), encoding="utf-8")
        shutil.copy(place / "0.png.tif", place / f"{index}.png.tif")
    yield "open, the index is made from the files", milliseconds(once(lambda: Project(folder).close())[1])
    yield "open, the index is right", milliseconds(once(lambda: Project(folder).close())[1])
    listed, listing = once(lambda: open_folder(folder))
    yield "list the folder", milliseconds(listing)
    yield "ask each image whether it teaches", milliseconds(once(lambda: [one.teaches for one in listed.entries])[1])


if __name__ == "__main__":
    main()
