"""What an action on the labels being corrected changed, for whoever shows or saves it.

A value; does nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from napari.layers import Labels

from napari_leafseg.editing.correction import IGNORE, LABELS, Placed
from napari_leafseg.editing.edit import Box, Edit
from napari_leafseg.editing.history import Note, Step


@dataclass(frozen=True, eq=False)
class Changed:
    """What an action, or its undoing, changed.

    Attributes
    ----------
    layer
        Whose labels.
    what
        Title of the action.
    labels, ignore, marks
        Whether pixels, the region to ignore, and what is said of objects (checked, classes, scores) are others.
    box
        One slice per axis around all labels that changed; ``None`` if none did, or if any may have.
    """

    layer: Labels
    what: str
    labels: bool
    ignore: bool
    marks: bool
    box: Box | None

    @classmethod
    def by(cls, layer: Labels, step: Step) -> Changed:
        """Say it of a step that was carried out."""
        placed = [change for change in step.changes if isinstance(change, Placed)]
        keys = [change.key for change in step.changes if isinstance(change, Note)]
        edits = [one.change for one in placed if one.on == LABELS]
        box = edits[0].box if len(edits) == 1 and isinstance(edits[0], Edit) else None
        return cls(
            layer, step.title, bool(edits), any(one.on == IGNORE for one in placed), any(map(_is_marks, keys)), box
        )


def _is_marks(key: Any) -> bool:
    return isinstance(key, tuple) and key[:1] == ("marks",)
