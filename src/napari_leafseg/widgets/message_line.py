"""One sentence under the controls: what happened, or what went wrong, in red.

Knows sentences only.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel, QWidget

from napari_leafseg.core.errors import LeafsegError

ERROR, WARNING = "#e05555", "#e0a030"


class MessageLine(QLabel):
    """Shows the latest sentence; empty, it takes no room."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.hide()

    def say(self, sentence: str) -> None:
        """Show a sentence; an empty one hides the line."""
        self._show(escape(sentence), bool(sentence))

    def complain(self, error: Exception) -> None:
        """Show an error, in red."""
        self._show(f"<span style='color:{ERROR}'>{escape(sentence_of(error))}</span>", True)

    def _show(self, text: str, visible: bool) -> None:
        self.setText(text)
        self.setVisible(visible)


def sentence_of(error: Exception) -> str:
    """Return what a person is told of an error; the traceback is in the log."""
    if isinstance(error, LeafsegError):
        return str(error)
    return f"Something went wrong ({type(error).__name__}: {error}); the log has the details."


def in_warning_colour(sentences: Iterable[str]) -> str:
    """Write sentences that warn under each other."""
    return "<br>".join(f"<span style='color:{WARNING}'>⚠ {escape(sentence)}</span>" for sentence in sentences)
