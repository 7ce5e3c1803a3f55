"""Asks the chosen model for one object, at a point or in a box, beside the window.

The network runs only on an image on which it never ran; then the answer comes off what was kept. Knows the state and
image layers; nothing of labels or tools.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from napari.layers import Image
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Signal

from napari_leafseg.core.errors import EditError
from napari_leafseg.core.params import Params
from napari_leafseg.core.prediction import Prediction
from napari_leafseg.core.segmenter import Box, Point
from napari_leafseg.core.work import Check
from napari_leafseg.inference.session import Index, Session
from napari_leafseg.widgets.image_source import axes_of_layer
from napari_leafseg.widgets.jobs import LatestWins
from napari_leafseg.widgets.state import State

HELD_MS = 40
"""How long a click waits for an answer off what was kept, which most often takes less."""


@dataclass(frozen=True, eq=False)
class Question:
    """What is asked.

    Attributes
    ----------
    session, index
        The image and its plane.
    prompt
        A point or a box, in pixels.
    params
        Of the method.
    identity
        The object whose border is to be refined; ``None`` for a new one.
    """

    session: Session
    index: Index
    prompt: Point | Box
    params: Params
    identity: int | None


Answer = tuple[Prediction, NDArray[np.bool_]]


class Prompting(QObject):
    """Questions to the model, of which the newest wins.

    Signals
    -------
    answered
        The mask, bool (height, width), and the `Question`.
    failed
        Why there is no answer.
    """

    answered = Signal(object, object)
    failed = Signal(object)

    def __init__(self, state: State, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._session: Session | None = None
        self._asking: LatestWins[Question] = LatestWins(state.jobs, _answer, self)
        self._asking.returned.connect(self._on_answered)
        self._asking.errored.connect(self.failed)

    @property
    def busy(self) -> bool:
        """Whether an answer is awaited."""
        return self._asking.busy

    def ask(self, image: Image | None, index: Index, prompt: Point | Box, identity: int | None = None) -> bool:
        """Ask; whether the network must run first.

        Raises
        ------
        EditError
            If there is no model or no image to ask about.
        """
        session = self._made(image)
        params = self._state.params or session.segmenter.defaults
        known = index in session.tuners
        self._asking.submit(Question(session, index[: len(session.leading)], prompt, params, identity))
        if known:
            self._asking.wait(HELD_MS)
        return not known

    def _made(self, image: Image | None) -> Session:
        segmenter, options, session = self._state.segmenter, self._state.options, self._session
        if segmenter is None:
            raise EditError("There is no model to ask: choose one, with weights, in the Segment dock.")
        if image is None:
            raise EditError("There is no image of the labels' size to ask about: open the one that they belong to.")
        if session is None or not self._is_of(session, image):
            session = Session(image.data, axes_of_layer(image), segmenter, options, self._state.cache)
            self._session = session
        return session

    def _is_of(self, session: Session, image: Image) -> bool:
        state = self._state
        same = session.image is image.data and session.segmenter is state.segmenter
        return same and session.options == state.options and session.axes == axes_of_layer(image)

    def _on_answered(self, answer: Answer, question: Question) -> None:
        prediction, mask = answer
        question.session.know(question.index, prediction)
        if question.session is self._session:
            self.answered.emit(mask, question)


def _answer(question: Question, check: Check) -> Answer:
    return question.session.prompt(question.index, question.prompt, question.params, check)
