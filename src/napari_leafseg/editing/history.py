"""One order of undo and redo for actions of every kind, bounded in steps and in bytes.

Remembers steps and hands them out; knows nothing of what is in them but their size.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Protocol

STEPS = 100
"""Actions that can be taken back."""
BYTES = 256_000_000
"""Most memory for them; the newest action is kept whatever its size."""


class Change(Protocol):
    """What a step consists of."""

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""

    def inverse(self) -> Change:
        """What takes the change back."""


@dataclass(frozen=True, eq=False)
class Note:
    """A change of something that is no pixel: marks, the status, whatever a window keeps beside the labels.

    Attributes
    ----------
    key
        What changed.
    before, after
        Its values; never changed in place.
    """

    key: Hashable
    before: Any
    after: Any

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes; notes are small."""
        return 0

    def inverse(self) -> Note:
        """What takes the note back."""
        return Note(self.key, self.after, self.before)


@dataclass(frozen=True, eq=False)
class Step:
    """One action, as a person sees it.

    Attributes
    ----------
    title
        For "Undo ...": Merge, Brush stroke.
    changes
        All that it changed, in the order in which it did.
    """

    title: str
    changes: tuple[Any, ...]

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        return sum(change.nbytes for change in self.changes)

    def inverse(self) -> Step:
        """What takes the step back."""
        return Step(self.title, tuple(change.inverse() for change in reversed(self.changes)))


class History:
    """The actions of one image.

    Parameters
    ----------
    steps, most_bytes
        What is kept; the oldest go first.
    """

    def __init__(self, steps: int = STEPS, most_bytes: int = BYTES) -> None:
        self._steps, self._most_bytes = steps, most_bytes
        self._done: list[Step] = []
        self._undone: list[Step] = []

    def __len__(self) -> int:
        return len(self._done)

    @property
    def undo_title(self) -> str | None:
        """Title of the action that `undo` takes back; ``None`` if there is none."""
        return self._done[-1].title if self._done else None

    @property
    def redo_title(self) -> str | None:
        """Title of the action that `redo` does again; ``None`` if there is none."""
        return self._undone[-1].title if self._undone else None

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        return sum(step.nbytes for step in (*self._done, *self._undone))

    def push(self, step: Step) -> None:
        """Remember an action that was done; what was undone can no longer be done again."""
        self._undone = []
        self._done.append(step)
        while len(self._done) > 1 and (len(self._done) > self._steps or self.nbytes > self._most_bytes):
            del self._done[0]

    def undo(self) -> Step | None:
        """Take the last action out; the step that is returned is to be carried out, and takes it back."""
        if not self._done:
            return None
        self._undone.append(self._done.pop())
        return self._undone[-1].inverse()

    def redo(self) -> Step | None:
        """Take the action undone last; the step that is returned is to be carried out."""
        if not self._undone:
            return None
        self._done.append(self._undone.pop())
        return self._done[-1]

    def clear(self) -> None:
        """Forget everything."""
        self._done, self._undone = [], []
