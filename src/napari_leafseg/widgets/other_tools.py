"""The tools that are more, or less, than an edit: asking the model, checking, ignoring.

Knows the labels being corrected and the model's suggestions; no control.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from napari.layers import Image
from qtpy.QtCore import QObject, Signal
from scipy import ndimage
from skimage.draw import polygon

from napari_leafseg.core.errors import EditError
from napari_leafseg.editing import choose
from napari_leafseg.editing.choose import Point
from napari_leafseg.widgets.correct_tools import ADD, CHECK, FIX, IGNORE, Points, one
from napari_leafseg.widgets.correcting import Correcting
from napari_leafseg.widgets.suggesting import Suggesting


class OtherTools(QObject):
    """What clicks and drags mean for those tools.

    Signals
    -------
    checked
        A sentence, and the object that it is about.
    """

    checked = Signal(str, object)

    def __init__(
        self,
        correcting: Correcting,
        suggesting: Suggesting,
        image: Callable[[], Image | None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._correcting, self._suggesting, self._image = correcting, suggesting, image

    def use(self, name: str, points: Points, dragged: bool) -> None:
        """Use a tool on points, or along a path.

        Raises
        ------
        EditError
            If it means nothing there.
        """
        if name == ADD:
            self._suggesting.ask(self._image(), points)
        elif name == FIX:
            one(self._correcting.objects, points)
            self._suggesting.refine(self._image(), points[0])
        elif name == CHECK:
            self._check(points, dragged)
        elif name == IGNORE and dragged:
            self._ignore(points)
        elif name == IGNORE:
            self._heed(points[0])

    def _check(self, points: Points, dragged: bool) -> None:
        objects, marks = self._correcting.objects, self._correcting.marks
        if dragged:
            self._correcting.check(choose.along(objects, points))
            return
        identity = one(objects, points)
        on = identity not in marks.checked
        self._correcting.check([identity], on)
        self.checked.emit(f"Object {identity} is {'checked' if on else 'not checked any more'}.", identity)

    def _ignore(self, loop: Points) -> None:
        region, plane = self._region()
        corners = np.asarray(loop)
        rows, columns = polygon(corners[:, 0], corners[:, 1], region[plane].shape)
        region[plane][rows, columns] = True
        self._correcting.set_ignore(region)

    def _heed(self, point: Point) -> None:
        region, plane = self._region()
        row, column = (int(np.floor(at + 0.5)) for at in point)
        height, width = region[plane].shape
        if not (0 <= row < height and 0 <= column < width and region[plane][row, column]):
            raise EditError(
                "Nothing is ignored here: draw around a part to ignore it, and click in it to take it back."
            )
        parts, _ = ndimage.label(region[plane])
        region[plane][parts == parts[row, column]] = False
        self._correcting.set_ignore(region, "Heed region")

    def _region(self) -> tuple[np.ndarray, tuple[int, ...]]:
        ignored = self._correcting.ignore
        if ignored is None:
            raise EditError("There are no labels to correct: select a labels layer first.")
        return ignored.copy(), self._correcting.plane
