"""A window that starts a long training and lives on: opens a folder, loads weights, starts.

python training_window.py FOLDER WEIGHTS NAME
"""

from __future__ import annotations

import sys
from pathlib import Path

import napari
from qtpy.QtCore import QTimer

sys.path.insert(0, str(Path(__file__).parents[1]))
from trained_runs import METHOD, TINY

from napari_leafseg.core.registry import load
from napari_leafseg.widgets.dock_opening import fine_tune_dock, images_dock
from napari_leafseg.widgets.start_form import Wanted
from napari_leafseg.widgets.state import state_of


def main(folder: Path, weights: Path, name: str) -> None:
    """Start as soon as there is something to learn from."""
    viewer = napari.Viewer()
    dock = fine_tune_dock(viewer)
    images_dock(viewer).open_folder(folder)
    state_of(viewer).segmenter = load(METHOD, weights)

    def start() -> None:
        if dock.teaching.learned and dock.tuning.run is None:
            dock.start(Wanted(name, {**TINY, "epochs": 10_000}))

    timer = QTimer()
    timer.timeout.connect(start)
    timer.start(100)
    napari.run()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
