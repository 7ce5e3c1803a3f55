"""What is not on the disk yet of one image: whole arrays, patches over them, and the other values.

Values only; no thread and no file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.data.project.change import Change

Part = Literal["labels", "ignore"]
Box = tuple[slice, ...]


class Patch(NamedTuple):
    """A copy of a part of an array, or of the whole (no ``box``)."""

    box: Box | None
    values: NDArray[Any]

    @classmethod
    def of(cls, array: NDArray[Any], box: Box | None) -> Patch:
        """Copy now, in the caller's thread: what is painted later must not show up in it."""
        return cls(box, np.array(array if box is None else array[box], order="C"))


@dataclass
class Unsaved:
    """The changes of one image, oldest first.

    Attributes
    ----------
    since
        Time of the first, by `time.monotonic`.
    patches
        By part; the list of a part may be empty, if its newest state was made but not written.
    change
        All that is no array.
    """

    since: float
    patches: dict[Part, list[Patch]] = field(default_factory=dict)
    change: Change = field(default_factory=Change)

    def add(self, part: Part, patch: Patch) -> None:
        """Add an edit; a whole array makes those before it needless."""
        if patch.box is None:
            self.patches[part] = [patch]
        else:
            self.patches.setdefault(part, []).append(patch)

    def then(self, later: Unsaved | None, now: float) -> Unsaved:
        """What is to be written after this one was not, though `Mirrors` took its patches up."""
        patches: dict[Part, list[Patch]] = {part: [] for part in self.patches}
        if later is None:
            return Unsaved(now, patches, self.change)
        return Unsaved(now, patches | later.patches, self.change.then(later.change))


class Mirrors:
    """The writer's own copies of arrays that a person goes on painting in."""

    def __init__(self) -> None:
        self._arrays: dict[tuple[Any, Part], NDArray[Any]] = {}

    def updated(self, image: Any, unsaved: Unsaved) -> dict[Part, NDArray[Any]]:
        """Bring the copies of an image up to date and return those that changed."""
        for part, patches in unsaved.patches.items():
            for box, values in patches:
                if box is None:
                    self._arrays[image, part] = values
                else:
                    self._arrays[image, part][box] = values
        return {part: self._arrays[image, part] for part in unsaved.patches}

    def forget(self, image: Any) -> None:
        """Let the copies of an image go."""
        for part in ("labels", "ignore"):
            self._arrays.pop((image, part), None)
