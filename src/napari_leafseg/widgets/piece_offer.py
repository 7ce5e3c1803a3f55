"""What to do about an object that a stroke left in several pieces: a question that can be left unanswered.

Emits the answer; knows nothing of labels.
"""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

KEEP, SEPARATE = "keep", "separate"


class PieceOffer(QFrame):
    """Asks, and goes away.

    Signals
    -------
    answered
        `KEEP` or `SEPARATE`, and the ids.
    """

    answered = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ids: tuple[int, ...] = ()
        self._question = QLabel()
        self.keep, self.separate = QPushButton("Keep the largest"), QPushButton("Make two")
        self.leave = QPushButton("Leave")
        self._lay_out()
        self.keep.clicked.connect(self._on_keep)
        self.separate.clicked.connect(self._on_separate)
        self.leave.clicked.connect(self.withdraw)
        self.withdraw()

    def _lay_out(self) -> None:
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self._question.setWordWrap(True)
        layout, answers = QVBoxLayout(self), QHBoxLayout()
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addWidget(self._question)
        for button in (self.keep, self.separate, self.leave):
            answers.addWidget(button)
        layout.addLayout(answers)
        self.keep.setToolTip("The other pieces become background.")
        self.separate.setToolTip("Each piece becomes an object of its own.")
        self.leave.setToolTip("One object in several pieces, as a leaf is under another one.")

    def ask(self, ids: Sequence[int], pieces: int = 2) -> None:
        """Ask about objects, of which the first lies in so many pieces."""
        self._ids = tuple(ids)
        self.separate.setText("Make two" if pieces == 2 and len(ids) == 1 else "Make each its own")
        which = f"object {ids[0]}" if len(ids) == 1 else f"{len(ids)} objects"
        self._question.setText(f"The stroke left {which} in pieces.")
        self.show()

    def withdraw(self) -> None:
        """Ask no longer."""
        self._ids = ()
        self.hide()

    def _on_keep(self) -> None:
        self._answer(KEEP)

    def _on_separate(self) -> None:
        self._answer(SEPARATE)

    def _answer(self, how: str) -> None:
        ids = self._ids
        self.withdraw()
        self.answered.emit(how, ids)
