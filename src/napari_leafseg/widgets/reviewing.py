"""Steps through the objects of a plane from the least to the most certain.

The order is worked out beside the window, once per label image; objects that edits make later are a person's, and
need no review. Knows the labels being corrected; no control and no camera.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Signal

from napari_leafseg.analysis.confidence import Confidence, object_confidence
from napari_leafseg.core.work import Check
from napari_leafseg.editing import place
from napari_leafseg.widgets.correcting import Correcting
from napari_leafseg.widgets.jobs import Jobs, LatestWins

LOOKING = "Looking for doubtful objects…"
SURE = 0.9
"""From here on nothing is odd enough to be said."""


@dataclass(frozen=True, eq=False)
class Plane2D:
    """What is ranked: a plane's labels, its objects' scores, and its image if there is one."""

    labels: NDArray[Any]
    scores: dict[int, float]
    image: NDArray[Any] | None


Order = list[tuple[int, Confidence]]


class Reviewing(QObject):
    """The object that is looked at.

    Signals
    -------
    turned
        Another object is looked at: its id or ``None``, and what is to be said.
    failed
        The error of the ranking.
    """

    turned = Signal(object, str)
    failed = Signal(object)

    def __init__(self, correcting: Correcting, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._correcting = correcting
        self._order: Order | None = None
        self._place = -1
        self._ranking: LatestWins[Plane2D] = LatestWins(jobs, _ranked, self)
        self._ranking.returned.connect(self._on_ranked)
        self._ranking.errored.connect(self.failed)
        self._asked: Plane2D | None = None
        self.current: int | None = None

    def forget(self) -> None:
        """Other labels: begin anew, when asked to."""
        self._order, self._place, self._asked = None, -1, None
        self._turn(None, "")

    def begin(self, image: NDArray[Any] | None) -> None:
        """Work the order out, then look at the first object.

        Parameters
        ----------
        image
            (height, width) or (height, width, channels), of the plane in sight.
        """
        labels = self._correcting.labels
        if labels is None:
            return
        self._asked = Plane2D(labels[self._correcting.plane].copy(), dict(self._correcting.marks.scores), image)
        self._turn(None, LOOKING)
        self._ranking.submit(self._asked)

    @property
    def begun(self) -> bool:
        """Whether there is an order, or will be."""
        return self._asked is not None

    def step(self, by: int) -> None:
        """Look at the next object that is not checked, or go back to the one before."""
        if self._order is None:
            return
        place = self._next(by)
        if place is None and by > 0:
            self._place = -1
            self._turn(None, self._ending())
        elif place is not None:
            self._place = place
            identity, confidence = self._order[place]
            why = confidence.reason if confidence.value < SURE else "nothing is odd about it"
            told = f"Object {identity}, {place + 1} of {len(self._order)}, confidence {confidence.value:.0%}: {why}."
            self._turn(identity, told)

    def confirm(self) -> None:
        """Mark the object as checked, and go on."""
        if self.current is not None:
            self._correcting.check([self.current])
            self.step(1)

    def remove(self) -> None:
        """Delete the object, and go on."""
        if self.current is not None:
            self._correcting.apply("Delete", place.delete(self._correcting.objects, [self.current]))
            self.step(1)

    def look_again(self) -> None:
        """Look at nothing if the object is gone."""
        if self.current is not None and self.current not in self._correcting.objects:
            self._turn(None, "")

    def _next(self, by: int) -> int | None:
        assert self._order is not None
        objects, checked = self._correcting.objects, self._correcting.marks.checked
        end = len(self._order) if by > 0 else -1
        for place_ in range(self._place + by, end, by):
            identity = self._order[place_][0]
            # Going back is for those that were just confirmed, too.
            if identity in objects and (by < 0 or identity not in checked):
                return place_
        return None

    def _ending(self) -> str:
        left = len(set(self._correcting.objects.ids) - self._correcting.marks.checked)
        return "All objects are checked." if not left else f"That was the last one; {left} are not checked."

    def _turn(self, identity: int | None, told: str) -> None:
        self.current = identity
        self.turned.emit(identity, told)

    def _on_ranked(self, order: Order, asked: Plane2D) -> None:
        if asked is self._asked:
            self._order = order
            self.step(1)


def _ranked(plane: Plane2D, _check: Check) -> Order:
    """Objects by how far they can be trusted, the least first."""
    judged = object_confidence(plane.labels, plane.scores, None if plane.image is None else np.asarray(plane.image))
    return sorted(judged.items(), key=lambda item: (item[1].value, item[0]))
