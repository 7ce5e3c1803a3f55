"""What a hand does on a labels layer with a tool: clicks and drags, in pixels of its plane.

The layer is in its pick mode meanwhile, in which napari itself changes no label, and moves the camera only while Space
is held. Knows layers and tools' gestures; nothing of operations.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from napari.layers import Labels
from qtpy.QtCore import QObject, QTimer, Signal

from napari_leafseg.editing.choose import Point
from napari_leafseg.widgets.correct_tools import Tool
from napari_leafseg.widgets.trace_view import TraceView

MODE = "pick"
MOVED = 4.0
"""Pixels of the canvas that a click may slip."""
ENTER, ESCAPE, SPACE = "Enter", "Escape", "Space"


class Hand(QObject):
    """A hand with one tool, or none.

    Signals
    -------
    clicked, dragged
        Points (row, column) in pixels of the plane: of the clicks so far that complete a use of the tool, of a path.
    confirmed, dropped
        Enter and Esc were pressed.
    put_down
        The person chose a mode of napari's own.
    """

    clicked = Signal(object)
    dragged = Signal(object)
    confirmed = Signal()
    dropped = Signal()
    put_down = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._layer: Labels | None = None
        self._tool: Tool | None = None
        self._view: TraceView | None = None
        self._points: list[Point] = []
        self._seen: list[tuple[float, float]] = []
        self._held = False
        self._brush = 1

    @property
    def tool(self) -> Tool | None:
        """What the hand holds."""
        return self._tool

    @property
    def points(self) -> list[Point]:
        """Clicks so far."""
        return list(self._points)

    def draw_on(self, view: TraceView) -> None:
        """Show there what is drawn."""
        self._view = view
        view.destroyed.connect(self._on_view_gone)

    def _on_view_gone(self) -> None:
        self._view = None

    # --- taking and putting down ----------------------------------------------------

    def take(self, tool: Tool, layer: Labels) -> None:
        """Take a tool, to use it on a layer."""
        self.put()
        self._layer, self._tool, self._brush = layer, tool, layer.selected_label
        layer.mode = MODE
        layer.cursor, layer.help = tool.cursor, f"{tool.title}: {tool.told}"
        layer.mouse_drag_callbacks.append(self._on_press)
        layer.events.mode.connect(self._on_mode)
        for key, slot in self._keys().items():
            layer.bind_key(key, slot, overwrite=True)

    def put(self) -> None:
        """Put the tool down; the layer can be moved again."""
        layer, self._layer, self._tool = self._layer, None, None
        self.forget()
        if layer is None:
            return
        layer.mouse_drag_callbacks.remove(self._on_press)
        layer.events.mode.disconnect(self._on_mode)
        for key in self._keys():
            layer.bind_key(key, None, overwrite=True)
        layer.help = ""
        if layer.mode == MODE:
            layer.mode = "pan_zoom"

    def forget(self) -> None:
        """Forget the clicks so far."""
        self._points, self._seen = [], []
        if self._view is not None:
            self._view.clear()

    def _keys(self) -> dict[str, Any]:
        return {ENTER: self._on_enter, ESCAPE: self._on_escape, SPACE: self._on_space}

    def _on_mode(self, _: Any = None) -> None:
        # Other labels in the layer change its mode for a moment.
        if not self._held:
            QTimer.singleShot(0, self._on_mode_settled)

    def _on_mode_settled(self) -> None:
        if self._layer is not None and not self._held and self._layer.mode != MODE:
            self.put()
            self.put_down.emit()
        elif self._layer is not None and self._tool is not None:
            self._layer.cursor = self._tool.cursor

    # --- what it does ---------------------------------------------------------------

    def _on_press(self, layer: Labels, event: Any) -> Iterator[None]:
        if event.button != 1 or self._held or self._tool is None:
            return
        # Picking an object means the brush, too; picking background would make that an eraser.
        self._brush = layer.selected_label = layer.selected_label or self._brush
        trace = self._tool.trace
        path, seen = [_place(layer, event)], [_seen(event)]
        yield
        while event.type == "mouse_move":
            path.append(_place(layer, event))
            seen.append(_seen(event))
            if self._view is not None and trace is not None and _moved(seen):
                self._view.setPath(trace, seen)
            yield
        # Moves in quick succession are not told: where the button is let go counts.
        path.append(_place(layer, event))
        seen.append(_seen(event))
        if trace is not None and _moved(seen):
            self.forget()
            self.dragged.emit(path)
        else:
            self._click(path[0], seen[0])

    def _click(self, point: Point, seen: tuple[float, float]) -> None:
        assert self._tool is not None
        self._points.append(point)
        self._seen.append(seen)
        if len(self._points) == self._tool.clicks:
            points = self.points
            self.forget()
            self.clicked.emit(points)
        elif self._view is not None:
            self._view.setDots(self._seen)

    def _on_enter(self, _: Any) -> None:
        if self._points:
            points = self.points
            self.forget()
            self.clicked.emit(points)
        else:
            self.confirmed.emit()

    def _on_escape(self, _: Any) -> None:
        if self._points:
            self.forget()
        else:
            self.dropped.emit()

    def _on_space(self, layer: Labels) -> Iterator[None]:
        self._held = True
        layer.mode = "pan_zoom"
        yield
        self._held = False
        if self._tool is not None:
            layer.mode = MODE
            layer.cursor = self._tool.cursor


def _place(layer: Labels, event: Any) -> Point:
    row, column = layer.world_to_data(event.position)[-2:]
    return float(row), float(column)


def _seen(event: Any) -> tuple[float, float]:
    return float(event.pos[0]), float(event.pos[1])


def _moved(seen: list[tuple[float, float]]) -> bool:
    away = np.asarray(seen) - seen[0]
    return bool(np.hypot(*away.T).max() > MOVED)
