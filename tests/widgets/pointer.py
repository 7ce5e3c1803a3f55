"""A mouse and a keyboard on the canvas of a real viewer."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from qtpy.QtCore import QEvent, QPoint, QPointF, Qt
from qtpy.QtGui import QMouseEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication

PAUSE_MS = 12
STEPS = 4
"""Mouse moves between two corners of a path."""


class Pointer:
    """Points at pixels of an image of one plane."""

    def __init__(self, viewer: Any, steps: int = STEPS) -> None:
        self._viewer, self._steps = viewer, steps
        self.canvas = viewer.window._qt_viewer.canvas.native

    def at(self, row: float, column: float) -> QPoint:
        """Place of a pixel on the canvas."""
        camera, size = self._viewer.scene.camera, self.canvas.size()
        down, right = (np.array((row, column)) - camera.center[-2:]) * camera.zoom
        return QPoint(round(size.width() / 2 + right), round(size.height() / 2 + down))

    def click(self, row: float, column: float) -> None:
        """Click on a pixel."""
        self.drag([(row, column)])

    def drag(self, path: Sequence[tuple[float, float]]) -> None:
        """Press on the first pixel, move along the others, release on the last."""
        left = Qt.MouseButton.LeftButton
        QTest.mouseMove(self.canvas, self.at(*path[0]))
        QTest.mousePress(self.canvas, left, pos=self.at(*path[0]))
        for one, two in pairwise(np.asarray(path, float)):
            for share in np.linspace(0, 1, self._steps + 1)[1:]:
                self.move(self.at(*(one + share * (two - one))))
        QTest.mouseRelease(self.canvas, left, pos=self.at(*path[-1]))

    def move(self, pos: QPoint) -> None:
        """Move with the left button held."""
        # Qt's own test mouse forgets the button that is held, and vispy does not hear of moves in quick succession.
        QTest.qWait(PAUSE_MS)
        left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
        place = QPointF(pos)
        event = QMouseEvent(
            QEvent.Type.MouseMove, place, QPointF(self.canvas.mapToGlobal(pos)), none, left,
            Qt.KeyboardModifier.NoModifier,
        )  # fmt: skip
        QApplication.sendEvent(self.canvas, event)

    def key(self, key: Any, modifiers: Any = Qt.KeyboardModifier.NoModifier) -> None:
        """Press and release a key with the canvas in focus."""
        QTest.keyClick(self.canvas, key, modifiers)
