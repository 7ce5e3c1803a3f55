"""What a person or a method said of objects: checked, class, score. It follows the objects through edits.

Knows ids; nothing of pixels or windows.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from napari_leafseg.editing.edit import Parents

T = TypeVar("T")


@dataclass(frozen=True)
class Marks:
    """Marks of the objects of one plane, by id.

    Attributes
    ----------
    checked
        Objects that the person confirmed.
    classes
        Name of the class, where one is known.
    scores
        The method's confidence, 0 to 1, where there is one.
    """

    checked: frozenset[int] = frozenset()
    classes: Mapping[int, str] = field(default_factory=dict)
    scores: Mapping[int, float] = field(default_factory=dict)

    def check(self, identity: int, checked: bool = True) -> Marks:
        """Confirm an object, or take the confirmation back."""
        own = frozenset([identity])
        return replace(self, checked=self.checked | own if checked else self.checked - own)

    def classify(self, identity: int, name: str | None) -> Marks:
        """Give an object a class, or take it away."""
        others = {key: value for key, value in self.classes.items() if key != identity}
        return replace(self, classes=others if name is None else {**others, identity: name})

    def followed(self, present: Container[int], parents: Parents | None) -> Marks:
        """Marks after an edit: new objects inherit from their parents, those that vanished leave nothing.

        ``None`` as parents: all objects are new, and nobody inherits.
        """
        if parents is None:
            return Marks()
        return Marks(
            frozenset(_followed(dict.fromkeys(self.checked, True), present, parents)),
            _followed(self.classes, present, parents),
            _followed(self.scores, present, parents),
        )


def _followed(marks: Mapping[int, T], present: Container[int], parents: Parents) -> dict[int, T]:
    candidates = {*marks, *parents}
    return {key: marks[old] for key in sorted(candidates) if key in present and (old := parents.get(key, key)) in marks}
