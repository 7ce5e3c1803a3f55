"""A window in which somebody paints without end: opens a folder, paints, undoes, steps, and notes when it did what.

python painting_window.py FOLDER LOG
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import napari
import numpy as np
from qtpy.QtCore import QTimer

from napari_leafseg.widgets.dock_opening import images_dock
from napari_leafseg.widgets.state import state_of

EVERY_MS = 60
ROW = 40


def main(folder: Path, log: Path) -> None:
    """Paint the numbers 1, 2, 3... one after another, each over the row before; step every tenth time."""
    viewer = napari.Viewer()
    dock, state = images_dock(viewer), state_of(viewer)
    dock.open_folder(folder)
    number = 0

    def paint() -> None:
        nonlocal number
        layer = state.layers.labels_layer_of(state.layers.image)
        if layer is None or dock.stepping.busy:
            return
        number += 1
        columns = np.arange(layer.data.shape[1])
        layer.data_setitem((np.full_like(columns, ROW), columns), number)
        with log.open("a") as file:
            file.write(f"{number} {state.entry.image.name} {time.time()}\n")
        if number % 7 == 0:
            state.correcting.undo()
            state.correcting.redo()
        if number % 10 == 0:
            dock.stepping.go(1 - dock.stepping.row)

    timer = QTimer()
    timer.timeout.connect(paint)
    timer.start(EVERY_MS)
    napari.run()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
