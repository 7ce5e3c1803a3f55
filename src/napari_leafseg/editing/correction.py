"""One image being corrected: every action goes through here, so that there is one order of undo.

Free of windows: what it writes into is a `Surface`. This is how a window puts it to use, with a napari
labels layer:

- **Surface** of a layer: ``labels`` is ``layer.data``. ``write(edit)`` is
  ``with layer.block_history(): layer.data_setitem(edit.where, edit.after)``, the fastest public way, which repaints
  only the box (11 ms at 2048 x 2048). ``replace(plane, labels)`` assigns ``layer.data`` (``plane == ()``) or writes
  ``layer.data[plane]`` and calls ``layer.refresh()``; then it empties napari's own history
  (``layer.editable = False``, then ``True``, and the mode again), which would write the old image's values into
  the new one.
- **Brush, eraser, polygon, fill** are napari's own. It emits ``layer.events.paint`` once for each, with what it did as
  ``event.value``; hand that to `strokes.stroke_of`, and the edit (unless it is empty) to `Correction.took`; then ask
  `pieces.broken` about it. ``data_setitem`` emits ``paint`` too: ignore the event while the surface writes. Autosave
  listens to what `Correction` did, not to the layer.
- **Ctrl+Z** and **Ctrl+Shift+Z**: bind them on the layer (``layer.bind_key("Control-Z", ..., overwrite=True)``) to
  `undo` and `redo`, as the dock's buttons are; a layer's own keys come before its class's. napari's history goes on
  beside ours, unused.
- **A stack** has an `Objects` per plane: pass the plane's index in the leading axes; ids count per plane.
- **Whatever else changes with an action** goes with it as a note: ``do("Accept", edit, {"status": "in work"})``,
  and comes back with undo. `notes` holds the present values; marks of objects follow edits by themselves.
- **Another image**: make another `Correction`.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from napari_leafseg.core.errors import EditError
from napari_leafseg.editing.edit import Edit, Labels, Replacement, fits
from napari_leafseg.editing.history import History, Note, Step
from napari_leafseg.editing.marks import Marks
from napari_leafseg.editing.objects import Objects
from napari_leafseg.editing.whole import replace_all

Plane = tuple[int, ...]
"""Place of a plane in the leading axes; ``()`` for an image of one plane."""

LABELS = "labels"
IGNORE = "ignore"
"""Surface of the region without loss and score: 0 and 1, or bool."""


class Surface(Protocol):
    """What edits are written into."""

    @property
    def labels(self) -> Labels:
        """All pixels, (..., height, width), as they are now."""

    def write(self, edit: Edit) -> None:
        """Put the values after the edit where it says, and show them."""

    def replace(self, plane: Plane, labels: Labels) -> None:
        """Put another label image in a plane's place, or in that of the whole array (``()``), and show it.

        For the whole array the data type is that of ``labels``; a plane has that of the array.
        """


class ArraySurface:
    """An array as a surface, for scripts and tests."""

    def __init__(self, labels: Labels) -> None:
        self.labels = labels

    def write(self, edit: Edit) -> None:
        """See `Surface`."""
        edit.write(self.labels)

    def replace(self, plane: Plane, labels: Labels) -> None:
        """See `Surface`."""
        if plane:
            self.labels[plane] = labels
        else:
            self.labels = labels


@dataclass(frozen=True, eq=False)
class Placed:
    """A change of pixels, and the surface on which it was made."""

    on: str
    change: Edit | Replacement

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        return self.change.nbytes

    def inverse(self) -> Placed:
        """What takes the change back."""
        return Placed(self.on, self.change.inverse())


class Correction:
    """One image's labels, its objects and what is said of them, and the order of undo.

    Parameters
    ----------
    labels
        Where the labels are.
    ignore
        Where the ignore region is, if it can be edited.
    notes
        Values that actions may change besides pixels; ``("marks", plane)`` holds the `Marks` of a plane.
    history
        An empty one of its own if not given.
    """

    def __init__(
        self,
        labels: Surface,
        ignore: Surface | None = None,
        notes: Mapping[Hashable, Any] | None = None,
        history: History | None = None,
    ) -> None:
        self._surfaces = {LABELS: labels} | ({} if ignore is None else {IGNORE: ignore})
        self.notes: dict[Hashable, Any] = dict(notes or {})
        self.history = History() if history is None else history
        self._objects: dict[Plane, Objects] = {}
        self._indexed: Labels | None = None

    @property
    def labels(self) -> Labels:
        """All labels as they are now."""
        return self._surfaces[LABELS].labels

    @property
    def ignore(self) -> Labels:
        """The ignore region as it is now."""
        return self._surfaces[IGNORE].labels

    def objects(self, plane: Plane = ()) -> Objects:
        """The objects of a plane, for the operations; measured once, then kept true."""
        if self._indexed is not self.labels:
            self._objects, self._indexed = {}, self.labels
        if plane not in self._objects:
            self._objects[plane] = Objects(self.labels[plane])
        return self._objects[plane]

    def marks(self, plane: Plane = ()) -> Marks:
        """What is said of the objects of a plane."""
        return self.notes.get(_marks_key(plane)) or Marks()

    # --- actions --------------------------------------------------------------------

    def do(
        self,
        title: str,
        change: Edit | Replacement,
        notes: Mapping[Hashable, Any] | None = None,
        *,
        plane: Plane = (),
        on: str = LABELS,
    ) -> Step:
        """Carry out what an operation gave, as one action.

        Parameters
        ----------
        title
            For "Undo ...".
        change
            Of the plane.
        notes
            What else becomes what with it.
        plane
            The plane that the operation saw.
        on
            `LABELS` or `IGNORE`.

        Raises
        ------
        EditError
            If an id does not fit into 32 bits; nothing is changed then.
        """
        placed = Placed(on, change.on_plane(plane))
        self._write(placed)
        return self._remember(title, placed, notes or {})

    def took(self, title: str, edit: Edit, notes: Mapping[Hashable, Any] | None = None, *, on: str = LABELS) -> Step:
        """Take in what somebody else wrote, or is about to, such as a brush stroke of napari's.

        Parameters as in `do`, but ``edit`` counts in all axes of the array.
        """
        placed = Placed(on, edit)
        # napari tells of some strokes before it writes them; writing twice does no harm.
        edit.write(self._surfaces[on].labels)
        if on == LABELS:
            self._update(edit)
        return self._remember(title, placed, notes or {})

    def exchanged(self, title: str, before: Labels, notes: Mapping[Hashable, Any] | None = None) -> Step:
        """Take in that somebody else put other labels in the place of ``before``: all objects are new ones."""
        return self._remember(title, Placed(LABELS, replace_all(before, self.labels)), notes or {})

    def note(self, title: str, notes: Mapping[Hashable, Any]) -> Step:
        """Change notes only, as one action."""
        return self._remember(title, None, notes)

    def mark(self, title: str, marks: Marks, plane: Plane = ()) -> Step:
        """Change what is said of objects, as one action."""
        return self.note(title, {_marks_key(plane): marks})

    def undo(self) -> Step | None:
        """Take the last action back; returns what was carried out to do so, ``None`` if there was nothing."""
        return self._carry_out(self.history.undo())

    def redo(self) -> Step | None:
        """Do the action undone last again."""
        return self._carry_out(self.history.redo())

    # --- what an action does --------------------------------------------------------

    def _carry_out(self, step: Step | None) -> Step | None:
        for change in () if step is None else step.changes:
            if isinstance(change, Note):
                self.notes[change.key] = change.after
            else:
                self._write(change)
        return step

    def _remember(self, title: str, placed: Placed | None, notes: Mapping[Hashable, Any]) -> Step:
        followed = {} if placed is None or placed.on != LABELS else self._followed(placed.change)
        wanted = {**followed, **notes}
        changed = [
            Note(key, self.notes.get(key), value) for key, value in wanted.items() if self.notes.get(key) != value
        ]
        self.notes |= {note.key: note.after for note in changed}
        step = Step(title, (*(() if placed is None else (placed,)), *changed))
        self.history.push(step)
        return step

    def _followed(self, change: Edit | Replacement) -> dict[Hashable, Marks]:
        planes = _planes(change)
        marked = [key[1] for key in self.notes if isinstance(key, tuple) and key[:1] == _marks_key(())[:1]]
        return {
            _marks_key(plane): self.marks(plane).followed(self.objects(plane), change.parents)
            for plane in marked
            if planes is None or plane in planes
        }

    def _write(self, placed: Placed) -> None:
        surface, change = self._surfaces[placed.on], placed.change
        if isinstance(change, Replacement):
            after = change.after.labels()
            if change.plane:
                self._widen(surface, int(after.max(initial=0)))
            surface.replace(change.plane, after)
            self._forget(change.plane)
        else:
            self._widen(surface, int(change.after.max(initial=0)))
            surface.write(change)
            if placed.on == LABELS:
                self._update(change)

    @staticmethod
    def _widen(surface: Surface, highest: int) -> None:
        """Give the array a data type that holds an id."""
        if fits(surface.labels.dtype, highest):
            return
        wider = next((dtype for dtype in (np.uint16, np.int32) if fits(np.dtype(dtype), highest)), None)
        if wider is None:
            raise EditError(f"The id {highest} does not fit into 32 bits: relabel the objects first.")
        surface.replace((), surface.labels.astype(wider))

    def _update(self, edit: Edit) -> None:
        # What is not measured yet will be measured as it is then.
        if self._indexed is self.labels:
            for plane, part in edit.by_plane().items():
                if plane in self._objects:
                    self._objects[plane].update(part)

    def _forget(self, plane: Plane) -> None:
        self._objects = {key: value for key, value in self._objects.items() if plane and key != plane}


def _marks_key(plane: Plane) -> tuple[str, Plane]:
    return ("marks", plane)


def _planes(change: Edit | Replacement) -> set[Plane] | None:
    """Planes that a change touches; ``None`` for all."""
    if isinstance(change, Replacement):
        return {change.plane} if change.plane else None
    return set(change.by_plane())
