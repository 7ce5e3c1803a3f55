"""Take the pictures of docs/correcting.md: a drawn plant whose leaves are wrong, and the tools that mend them.

    python tools/with_display.py python docs/make_corrections.py

The hand in them is a real one's events on the canvas; the plant is drawn by the package.
"""

from __future__ import annotations

import sys
from pathlib import Path

import napari
import numpy as np
from make_screenshots import SIZE, close, raised, take, until
from numpy.typing import NDArray
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from scipy import ndimage
from skimage.measure import find_contours

from napari_leafseg.core.registry import load
from napari_leafseg.data.rosette import draw_plant
from napari_leafseg.widgets.correct_dock import CorrectDock
from napari_leafseg.widgets.dock_opening import correct_dock
from napari_leafseg.widgets.state import state_of

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "widgets"))
from pointer import Pointer

PRESET, SIDE, SEED = "arabidopsis-old", 512, 4
Path2D = list[tuple[float, float]]
LEAVES = (186, 296), (228, 398)
"""Pixels of two leaves that touch."""
MISSED = (186, 296)
"""A pixel of a leaf that the prediction lacks."""
ROUGH = (228, 398)
"""A pixel of a leaf whose border is drawn badly."""
BORDER: Path2D = [(174, 346), (268, 284)]
"""Along where they do."""


def main() -> None:
    """Take all of them."""
    image, truth = plant()
    labels, cut, gone = wrong(truth)
    viewer = napari.Viewer()
    viewer.window.resize(*SIZE)
    viewer.add_image(image, name="plant")
    dock = correct_dock(viewer)
    viewer.add_labels(labels, name="plant labels", opacity=0.5)
    raised(dock)
    until(lambda: dock._trace is not None)
    viewer.reset_view()
    hand = Pointer(viewer)
    merge(viewer, dock, hand, cut)
    split(viewer, dock, hand)
    outline(viewer, dock, hand, truth)
    delete(viewer, dock, hand, gone)
    add(viewer, dock, hand)
    review(viewer, dock)
    close(viewer)


def plant() -> tuple[NDArray[np.uint8], NDArray[np.uint16]]:
    """A drawn plant with its leaves."""
    drawn = draw_plant(PRESET, SEED, SIDE)
    return drawn.image, drawn.labels.astype(np.uint16)


def wrong(truth: NDArray[np.uint16]) -> tuple[NDArray[np.uint16], Path2D, tuple[float, float]]:
    """What a prediction gets wrong: one leaf in two, two leaves in one, and an object that is none."""
    labels = truth.copy()
    large = sorted(np.unique(truth)[1:].tolist(), key=lambda key: -int((truth == key).sum()))
    cut = _cut(labels, large[0], int(truth.max()) + 1)
    one, two = (truth[at] for at in LEAVES)
    labels[truth == two] = one
    corner = np.s_[30:70, 30:80]
    labels[corner][labels[corner] == 0] = int(labels.max()) + 1
    return labels, cut, (50.0, 55.0)


def _cut(labels: NDArray[np.uint16], key: int, new: int) -> Path2D:
    """Cut an object across its length; return the way from one half to the other."""
    inside = np.argwhere(labels == key)
    middle = inside.mean(axis=0)
    along = np.linalg.svd(inside - middle, full_matrices=False)[2][0]
    half = (inside - middle) @ along > 0
    labels[tuple(inside[half].T)] = new
    return [tuple(inside[chosen].mean(axis=0).tolist()) for chosen in (~half, half)]


def _drag_shown(viewer: napari.Viewer, hand: Pointer, path: Path2D, name: str) -> None:
    """Drag, and take the picture before the button is let go."""
    left = Qt.MouseButton.LeftButton
    QTest.mousePress(hand.canvas, left, pos=hand.at(*path[0]))
    if len(path) == 2:
        path = [tuple(np.array(path[0]) + share * np.subtract(path[1], path[0])) for share in np.linspace(0, 1, 12)]
    for corner in path:
        hand.move(hand.at(*corner))
    until(lambda: True)
    take(viewer, name)
    QTest.mouseRelease(hand.canvas, left, pos=hand.at(*path[-1]))
    until(lambda: True)


def merge(viewer: napari.Viewer, dock: CorrectDock, hand: Pointer, way: Path2D) -> None:
    """A drag across the two halves of a leaf."""
    dock.choose("merge")
    _drag_shown(viewer, hand, way, "correct-merge")


def split(viewer: napari.Viewer, dock: CorrectDock, hand: Pointer) -> None:
    """A line along the border of two leaves that are one object."""
    dock.choose("split")
    _drag_shown(viewer, hand, BORDER, "correct-split")
    assert "Undo split" in dock.view.tools.undo.text()


def outline(viewer: napari.Viewer, dock: CorrectDock, hand: Pointer, truth: NDArray[np.uint16]) -> None:
    """A loop around a leaf whose border is wrong; the picture is taken at its end."""
    labels, leaf = dock.correcting.labels, truth == truth[ROUGH]
    assert labels is not None
    dock.correcting.replace(np.where(leaf & ~ndimage.binary_erosion(leaf, iterations=7), 0, labels), "Accept preview")
    around = max(find_contours(leaf.astype(float), 0.5), key=len)[::3]
    dock.choose("outline")
    _drag_shown(viewer, hand, [tuple(corner) for corner in around.tolist()], "correct-outline")
    assert "Undo outline" in dock.view.tools.undo.text()


def delete(viewer: napari.Viewer, dock: CorrectDock, hand: Pointer, place: tuple[float, float]) -> None:
    """A box over an object that is none."""
    dock.choose("delete")
    _drag_shown(viewer, hand, [(place[0] - 30, place[1] - 35), (place[0] + 30, place[1] + 35)], "correct-delete")


def add(viewer: napari.Viewer, dock: CorrectDock, hand: Pointer) -> None:
    """A leaf that was missed, as the model draws it."""
    state_of(viewer).segmenter = load("leafmask", "rosette")
    dock.choose("delete")
    hand.click(*MISSED)
    dock.choose("add")
    hand.click(*MISSED)
    until(lambda: dock.suggesting.offered is not None)
    take(viewer, "correct-add")
    hand.key(Qt.Key.Key_Return)
    until(lambda: True)
    assert "Undo add" in dock.view.tools.undo.text()


def review(viewer: napari.Viewer, dock: CorrectDock) -> None:
    """The least certain object, in the middle; two others are checked."""
    dock.correcting.check([dock.correcting.objects.at(*place) for place in LEAVES])
    dock.choose("")
    dock.view.review.next.click()
    until(lambda: dock.reviewing.current is not None)
    take(viewer, "correct-review")


if __name__ == "__main__":
    main()
