"""One order of undo, bounded in steps and bytes."""

from __future__ import annotations

import numpy as np

from napari_leafseg.editing.edit import Edit
from napari_leafseg.editing.history import History, Note, Step


def step(title: str, size: int = 0) -> Step:
    empty = np.zeros(0, np.intp)
    return Step(title, (Edit((empty, empty), np.zeros(size, np.uint8), np.zeros((), np.uint8)),))


def test_undo_and_redo_go_back_and_forth_in_order() -> None:
    history = History()
    for title in "abc":
        history.push(Step(title, (Note("n", title, title.upper()),)))
    assert [history.undo_title, history.redo_title] == ["c", None]
    undone = [history.undo() for _ in "abc"]
    assert [item.changes[0].after for item in undone] == ["c", "b", "a"]
    assert [history.undo_title, history.redo_title, history.undo()] == [None, "a", None]
    assert [history.redo().changes[0].after for _ in "abc"] == ["A", "B", "C"]
    assert history.redo() is None


def test_a_new_action_drops_what_was_undone() -> None:
    history = History()
    history.push(step("a"))
    history.push(step("b"))
    history.undo()
    history.push(step("c"))
    assert history.redo() is None
    assert [history.undo().title, history.undo().title, history.undo()] == ["c", "a", None]


def test_the_oldest_go_when_there_are_too_many() -> None:
    history = History(steps=3)
    for title in "abcde":
        history.push(step(title))
    assert len(history) == 3
    assert [history.undo().title for _ in range(3)] == ["e", "d", "c"]


def test_the_oldest_go_when_they_take_too_much() -> None:
    history = History(most_bytes=1000)
    for title in "abcd":
        history.push(step(title, 400))
    assert len(history) == 2
    assert history.nbytes <= 1000


def test_the_newest_can_be_taken_back_however_large() -> None:
    history = History(most_bytes=1000)
    history.push(step("a"))
    history.push(step("large", 5000))
    assert len(history) == 1
    assert history.undo_title == "large"


def test_a_step_is_taken_back_last_change_first() -> None:
    both = Step("two", (Note("n", 1, 2), Note("n", 2, 3)))
    assert [change.after for change in both.inverse().changes] == [2, 1]
