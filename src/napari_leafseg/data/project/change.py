"""What is to be changed of one image, and what a project holds of it: two values."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.core.provenance import Record
from napari_leafseg.data.project.sidecar import Sidecar, Status


@dataclass(frozen=True, eq=False)
class Change:
    """New values for one image; ``None`` leaves a value as it is.

    Attributes
    ----------
    labels
        Integers, (height, width) or (*leading, height, width).
    ignore
        bool, same shape: where nothing is to be learned; all False takes the region away.
    status
        How far the image is. Without it, new labels make a new or predicted image one in work.
    checked
        Ids of all objects that a person found right.
    classes
        Names of classes by id, of all objects that have one.
    scores
        Confidence by id.
    uncertainty
        Of the whole image.
    record
        How the labels were predicted.
    what
        In words, for the history, for example ``"split objects"``.
    """

    labels: NDArray[Any] | None = None
    ignore: NDArray[np.bool_] | None = None
    status: Status | None = None
    checked: Collection[int] | None = None
    classes: Mapping[int, str] | None = None
    scores: Mapping[int, float] | None = None
    uncertainty: float | None = None
    record: Record | None = None
    what: tuple[str, ...] = ()

    def then(self, later: Change) -> Change:
        """Add what came later; it wins."""
        newer = {each.name: getattr(later, each.name) for each in fields(later)}
        newer = {name: value for name, value in newer.items() if value is not None}
        return replace(self, **{**newer, "what": tuple(dict.fromkeys((*self.what, *later.what)))})


@dataclass(frozen=True, eq=False)
class Stored:
    """What a project holds of one image.

    Attributes
    ----------
    labels
        int32, as saved; ``None`` if the project has none of this image.
    ignore
        bool, same shape; ``None`` for nowhere.
    sidecar
        Status, checked objects, classes, provenance.
    notices
        Sentences for the person.
    image_changed
        Whether the image's file is another than the one that was labelled.
    """

    labels: NDArray[np.int32] | None
    ignore: NDArray[np.bool_] | None
    sidecar: Sidecar
    notices: tuple[str, ...] = ()
    image_changed: bool = False


class Version(NamedTuple):
    """An older state of an image's labels.

    Attributes
    ----------
    path
        Its file.
    when
        Time of writing.
    what
        ``"the save before"`` or ``"before this sitting"``.
    """

    path: Path
    when: datetime
    what: str

    @property
    def in_words(self) -> str:
        """Time and occasion."""
        return f"{self.when.astimezone():%d %B %H:%M} ({self.what})"
