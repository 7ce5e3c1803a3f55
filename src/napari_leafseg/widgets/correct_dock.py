"""The Correct dock: connects its controls, the hand on the canvas, and the labels being corrected.

What each part does is in its own file; here they only meet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from napari import Viewer
from napari.layers import Image, Labels
from napari.utils.theme import get_theme
from qtpy.QtCore import QTimer
from qtpy.QtOpenGLWidgets import QOpenGLWidget
from qtpy.QtWidgets import QMainWindow, QVBoxLayout, QWidget

from napari_leafseg.core.errors import EditError, LeafsegError
from napari_leafseg.data.project import Status
from napari_leafseg.editing import pieces, whole
from napari_leafseg.editing.choose import Point
from napari_leafseg.editing.correction import Plane
from napari_leafseg.editing.edit import Edit
from napari_leafseg.editing.objects import Objects
from napari_leafseg.widgets.changed import Changed
from napari_leafseg.widgets.check_marks import CheckMarks
from napari_leafseg.widgets.connections import Connections
from napari_leafseg.widgets.correct_tools import ADD, BY_NAME, CHECK, FIX, IGNORE, TOOLS, Given, Operation, Tool
from napari_leafseg.widgets.correct_view import CorrectView
from napari_leafseg.widgets.correcting import Correcting
from napari_leafseg.widgets.hand import Hand
from napari_leafseg.widgets.image_source import image_under, plane_of
from napari_leafseg.widgets.keys import Keys
from napari_leafseg.widgets.looking import look_at
from napari_leafseg.widgets.marker_layers import IGNORED, SUGGESTION, MarkerLayers
from napari_leafseg.widgets.other_tools import OtherTools
from napari_leafseg.widgets.piece_offer import SEPARATE
from napari_leafseg.widgets.review_bar import CONFIRM, NEXT, PREVIOUS, REMOVE
from napari_leafseg.widgets.reviewing import Reviewing
from napari_leafseg.widgets.state import state_of, unwrapped
from napari_leafseg.widgets.suggesting import Suggesting
from napari_leafseg.widgets.trace_view import TraceView

NO_REFINEMENT = "The chosen model does not refine borders: choose one that does, such as LeafMask."
SHOWN_IN = {ADD: SUGGESTION, IGNORE: IGNORED}
"""Tools whose answer is a layer of its own."""


class CorrectDock(QWidget):
    """Tools that mend labels, in one order of undo, and the review of doubtful objects."""

    def __init__(self, napari_viewer: Viewer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._viewer = unwrapped(napari_viewer)
        self._state = state_of(napari_viewer)
        self.correcting = self._state.correcting
        self.view, self.hand = CorrectView(self), Hand(self)
        self._markers, self._checks = MarkerLayers(self._viewer), CheckMarks(self._viewer)
        self.suggesting = Suggesting(self._state, self._markers, self)
        self.reviewing = Reviewing(self.correcting, self._state.jobs, self)
        self._others = OtherTools(self.correcting, self.suggesting, self._image, self)
        self._trace: TraceView | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.view)
        self._connections = Connections(self._pairs())
        self._keys = Keys(self._viewer)
        self.destroyed.connect(self._connections.close)
        self.destroyed.connect(self._keys.close)
        self.destroyed.connect(self.hand.put)
        self._bind_keys()
        self._on_theme()
        self._on_segmenter()
        self._on_opened()

    def _bind_keys(self) -> None:
        for tool in TOOLS:
            self._keys.bind(tool.key, self._on_tool_key, tool.name)
        self._keys.bind(NEXT, self._on_step, 1)
        self._keys.bind(PREVIOUS, self._on_step, -1)
        self._keys.bind(CONFIRM, self._on_confirm)
        self._keys.bind(REMOVE, self._on_remove)

    def _pairs(self) -> list[tuple[Any, Any]]:
        view, hand, correcting, viewer = self.view, self.hand, self.correcting, self._viewer
        return [
            (view.tools.tool_requested, self.choose),
            (view.tools.mode_requested, self._on_mode_requested),
            (view.tools.undo_requested, self._on_undo),
            (view.tools.redo_requested, self._on_redo),
            (view.offer.answered, self._on_answered),
            (view.small_requested, self._on_small),
            (view.relabel_requested, self._on_relabel),
            (view.corrected_chosen, self._on_corrected),
            (view.review.step_requested, self._on_step),
            (view.review.confirm_requested, self._on_confirm),
            (view.review.remove_requested, self._on_remove),
            (view.review.class_chosen, self._on_class),
            (hand.clicked, self._on_clicked),
            (hand.dragged, self._on_dragged),
            (hand.confirmed, self._on_confirmed),
            (hand.dropped, self._on_dropped),
            (hand.put_down, self._on_put_down),
            (self.suggesting.told, view.message.say),
            (self.suggesting.failed, self._complain),
            (self.reviewing.turned, self._on_turned),
            (self.reviewing.failed, self._complain),
            (self._others.checked, self._on_checked),
            (self._state.events.segmenter, self._on_segmenter),
            (correcting.opened, self._on_opened),
            (correcting.changed, self._on_changed),
            (correcting.history_changed, self._on_history),
            (correcting.status_changed, self._refresh_facts),
            (correcting.broke, self._on_broke),
            (correcting.failed, self._complain),
            (viewer.layers.selection.events.active, self._on_active),
            (viewer.dims.events.current_step, self._on_plane),
            (viewer.events.theme, self._on_theme),
        ]

    # --- which tool -----------------------------------------------------------------

    def choose(self, name: str) -> None:
        """Take a tool by its name; an empty one puts it down."""
        layer = self.correcting.layer
        self.view.message.say("")
        self.suggesting.drop()
        self.hand.put()
        if name and layer is None:
            self._complain(EditError("There are no labels to correct: select a labels layer first."))
        elif name and layer is not None:
            layer.visible = True
            self._prepare(name, layer)
            self._viewer.layers.selection.active = layer
            self.hand.take(BY_NAME[name], layer)
        self.view.tools.setChosen("" if self.hand.tool is None else name)

    def _prepare(self, name: str, layer: Labels) -> None:
        """Make the layer in which a tool shows its answer."""
        if name == CHECK:
            self._checks.prepare()
        elif name in SHOWN_IN:
            self._markers.prepare(SHOWN_IN[name], layer)

    def _on_tool_key(self, name: str) -> None:
        held = self.hand.tool
        self.choose("" if held is not None and held.name == name else name)

    def _on_mode_requested(self, mode: str) -> None:
        layer = self.correcting.layer
        self.choose("")
        if layer is not None:
            layer.visible = True
            self._viewer.layers.selection.active = layer
            layer.mode = mode
            self.view.tools.setMode(mode)

    def _on_put_down(self) -> None:
        layer = self.correcting.layer
        self.view.tools.setMode("" if layer is None else layer.mode)

    def _on_active(self, _: Any = None) -> None:
        # New layers are selected for a moment.
        QTimer.singleShot(0, self._on_active_settled)

    def _on_active_settled(self) -> None:
        if self.hand.tool is not None and self._viewer.layers.selection.active is not self.correcting.layer:
            self.choose("")

    # --- what it does ---------------------------------------------------------------

    def _on_clicked(self, points: list[Point]) -> None:
        if self.hand.tool is not None:
            self._use(self.hand.tool, self.hand.tool.clicked, points, dragged=False)

    def _on_dragged(self, path: list[Point]) -> None:
        if self.hand.tool is not None:
            self._use(self.hand.tool, self.hand.tool.dragged, path, dragged=True)

    def _use(self, tool: Tool, operation: Operation | None, points: list[Point], *, dragged: bool) -> None:
        if operation is None:
            self.view.message.say("")
            self._try(lambda: self._others.use(tool.name, points, dragged))
        else:
            given = Given(float(self.view.tools.pixels.value()), self.correcting.marks.checked)
            self._do(tool.title, lambda: operation(self.correcting.objects, points, given))

    def _on_confirmed(self) -> None:
        self._try(self.suggesting.accept)

    def _on_dropped(self) -> None:
        self.suggesting.drop()
        self.view.message.say("")

    def _do(self, title: str, change: Callable[[], Any]) -> None:
        """Carry out what an operation gives; a sentence if it refuses."""
        self.view.message.say("")
        self._try(lambda: self.correcting.apply(title, change()))

    def _check_view(self) -> None:
        shown = tuple(self._viewer.dims.displayed)
        if shown != tuple(range(self._viewer.dims.ndim))[-2:]:
            raise EditError("Labels are corrected in their own plane: go back to 2D, with the axes in their order.")

    def _on_undo(self) -> None:
        self._try(self.correcting.undo)

    def _on_redo(self) -> None:
        self._try(self.correcting.redo)

    def _try(self, action: Callable[[], None]) -> None:
        try:
            self._check_view()
            action()
        except EditError as error:
            self._complain(error)

    def _on_small(self, least: int) -> None:
        self._do("Remove small objects", lambda: whole.remove_small(self.correcting.objects, least))

    def _on_relabel(self) -> None:
        self._do("Renumber", lambda: whole.relabel(self.correcting.objects))

    def _on_corrected(self, on: bool) -> None:
        self.correcting.set_status(Status.CORRECTED if on else Status.IN_WORK)

    # --- review ---------------------------------------------------------------------

    def _image(self) -> Image | None:
        """The image that the labels belong to."""
        layer = self.correcting.layer
        return None if layer is None else image_under(self._viewer, layer)

    def _on_step(self, by: int) -> None:
        if self.reviewing.begun:
            self.reviewing.step(by)
        elif by > 0:
            image = self._image()
            self.reviewing.begin(None if image is None else plane_of(image, self.correcting.plane))

    def _on_confirm(self) -> None:
        self._try(self.reviewing.confirm)

    def _on_remove(self) -> None:
        self._try(self.reviewing.remove)

    def _on_turned(self, identity: int | None, told: str) -> None:
        layer = self.correcting.layer
        self.view.review.setObject(identity, told)
        if identity is not None and layer is not None:
            layer.selected_label = identity
            self._checks.prepare()
            look_at(self._viewer, layer, self.correcting.objects.box(identity))
        self._refresh_class()

    def _on_checked(self, sentence: str, _: Any) -> None:
        self.view.message.say(sentence)

    def _on_class(self, name: str) -> None:
        identity = self.reviewing.current
        if identity is not None:
            self._try(lambda: self.correcting.set_class([identity], name or None))

    def _refresh_class(self) -> None:
        identity = self.reviewing.current
        self.view.review.setClass("" if identity is None else self.correcting.marks.classes.get(identity, ""))

    def _on_segmenter(self, _: Any = None) -> None:
        segmenter = self._state.segmenter
        self.view.review.setClasses(() if segmenter is None else segmenter.classes)
        self._refresh_class()
        why_not = "" if segmenter is not None and segmenter.refines else NO_REFINEMENT
        self.view.tools.setAvailable(FIX, why_not)

    # --- pieces ---------------------------------------------------------------------

    def _on_broke(self, plane: Plane, ids: Sequence[int]) -> None:
        if plane == self.correcting.plane:
            self.view.offer.ask(ids, len(pieces.areas(self.correcting.objects, ids[0])))

    def _on_answered(self, how: str, ids: Iterable[int]) -> None:
        operation, title = (pieces.separate, "Make two") if how == SEPARATE else (pieces.keep_largest, "Keep largest")
        for identity in ids:
            self._do(title, partial(_of, operation, self.correcting, identity))

    # --- what is shown --------------------------------------------------------------

    def _on_opened(self) -> None:
        held = self.hand.tool
        self.view.offer.withdraw()
        self.view.message.say("")
        self.suggesting.drop()
        self.reviewing.forget()
        self._show_ignored()
        self._show_checked()
        if held is not None:
            self.choose(held.name if self.correcting.layer is not None else "")
        self._on_history()
        self._refresh_facts()

    def _on_changed(self, changed: Changed) -> None:
        self.view.offer.withdraw()
        if changed.labels and changed.box is None:
            self.reviewing.forget()
        self.reviewing.look_again()
        if changed.ignore:
            self._show_ignored()
        self._show_checked()
        self._refresh_class()
        self._refresh_facts()

    def _show_ignored(self) -> None:
        layer, region = self.correcting.layer, self.correcting.ignore
        if layer is not None and region is not None:
            self._markers.ignore(layer, region)

    def _show_checked(self) -> None:
        layer, correcting = self.correcting.layer, self.correcting
        if layer is None:
            self._checks.clear()
        else:
            self._checks.show(layer, correcting.objects, correcting.marks.checked)

    def _on_plane(self, _: Any = None) -> None:
        self.hand.forget()
        self.suggesting.drop()
        self.reviewing.forget()
        self.view.offer.withdraw()
        self._show_checked()
        self._refresh_facts()

    def _on_history(self) -> None:
        history = self.correcting.history
        self.view.tools.setHistory(history.undo_title, history.redo_title)

    def _refresh_facts(self, _: Any = None) -> None:
        layer, correcting = self.correcting.layer, self.correcting
        if layer is None:
            self.view.setFacts("", "", 0, 0)
        else:
            self.view.setFacts(layer.name, correcting.status, len(correcting.objects), len(correcting.marks.checked))

    def _complain(self, error: LeafsegError) -> None:
        self.view.message.complain(error)

    def _on_theme(self, _: Any = None) -> None:
        theme = get_theme(self._viewer.theme)
        self.view.tools.setColours(theme.icon.as_hex(), theme.current.as_hex())

    def showEvent(self, event: Any) -> None:
        """Draw on the canvas, as soon as there is a window around."""
        super().showEvent(event)
        window = self.window()
        centre = window.centralWidget() if isinstance(window, QMainWindow) else None
        canvas = centre.findChild(QOpenGLWidget) if centre is not None else None
        if self._trace is None and canvas is not None:
            self._trace = TraceView(canvas)
            self.hand.draw_on(self._trace)


def _of(operation: Callable[[Objects, int], Edit], correcting: Correcting, identity: int) -> Edit:
    return operation(correcting.objects, identity)
