"""Puts the list of images in the order in which they are best corrected, when a person asks for it.

The order stays until they ask again: a list that moves under the hand cannot be worked through. Between the judging and
the dock's list; reads no file itself.
"""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import QObject, Signal

from napari_leafseg.widgets.images_model import ImagesModel
from napari_leafseg.widgets.images_view import ImagesView
from napari_leafseg.widgets.project_doubts import WHY, Doubts, Judged, ranks
from napari_leafseg.widgets.state import State


class NextToCorrect(QObject):
    """The order of the Images dock.

    Signals
    -------
    row_wanted
        Row of the image to correct first.
    failed
        An error for the person.
    """

    row_wanted = Signal(int)
    failed = Signal(object)

    def __init__(self, state: State, model: ImagesModel, view: ImagesView, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state, self._model, self._view = state, model, view
        self.doubts = Doubts(state.jobs, state.project, self)

    def pairs(self) -> list[tuple[Any, Any]]:
        """Signals and slots, for the dock to connect."""
        return [
            (self._view.bar.order_chosen, self.choose),
            (self.doubts.judged, self._on_judged),
            (self.doubts.progressed, self._on_progressed),
            (self.doubts.ended, self._on_ended),
            (self.doubts.failed, self._on_failed),
        ]

    def choose(self, by_doubt: bool) -> None:
        """Judge the images and put the most doubtful first, or go back to the folder's own order."""
        folder = self._state.folder
        if by_doubt and folder is not None:
            self._view.bar.setByDoubt(True, WHY)
            self.doubts.start(folder.entries, self._state.results)
        else:
            self.reset()

    def reset(self) -> None:
        """Show the images as the folder has them."""
        self.doubts.cancel()
        self._view.setRanked(False)
        self._model.setRanks(())
        self._view.bar.setByDoubt(False)

    def _on_judged(self, judged: Judged) -> None:
        if judged.uncertainty is not None:
            self._model.setDoubt(judged.image, judged.uncertainty.value, judged.uncertainty.sentence)

    def _on_progressed(self, done: int, total: int) -> None:
        self._view.bar.setByDoubt(True, f"Judging image {done} of {total}…" if done < total else WHY)

    def _on_ended(self) -> None:
        rows = range(self._model.rowCount())
        doubts = [self._model.doubt(row) for row in rows]
        places = ranks(doubts, [self._model.status(row) for row in rows])
        self._model.setRanks(places)
        self._view.setRanked(True)
        self._view.bar.setByDoubt(True, WHY)
        if any(doubt is not None for doubt in doubts):
            self.row_wanted.emit(places.index(0))

    def _on_failed(self, error: Exception) -> None:
        self.reset()
        self.failed.emit(error)
