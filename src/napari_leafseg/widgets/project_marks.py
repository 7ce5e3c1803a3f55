"""What is said of an image's objects, between its two forms: plane by plane in a window, by id in a project.

Ids of a stack count per plane, and a project has one table for all planes: an object is then its id over all planes
that show it, and counts as checked if it is so in each of them. Values only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from napari_leafseg.data.project import Sidecar, Status, Stored
from napari_leafseg.data.project.ids import ids_of
from napari_leafseg.editing.correction import Plane
from napari_leafseg.editing.marks import Marks


@dataclass(frozen=True, eq=False)
class Standing:
    """What is said of an image and its objects, beside its labels.

    Attributes
    ----------
    marks
        By plane.
    ignore
        bool, of the labels' shape; ``None`` for nowhere.
    status
        How far the image is.
    """

    marks: Mapping[Plane, Marks] = field(default_factory=dict)
    ignore: NDArray[np.bool_] | None = None
    status: Status = Status.NEW


def standing_of(labels: NDArray[Any] | None, stored: Stored) -> Standing:
    """Give every plane what a project says of its objects.

    Parameters
    ----------
    labels
        (*leading, height, width), to which it applies; ``None`` for none.
    stored
        Of the image.
    """
    if labels is None:
        return Standing(status=stored.sidecar.status)
    marks = {plane: _kept_to(stored.sidecar, set(ids_of(labels[plane]))) for plane in np.ndindex(labels.shape[:-2])}
    return Standing(marks, stored.ignore, stored.sidecar.status)


def as_change(labels: NDArray[Any], marks: Mapping[Plane, Marks]) -> dict[str, Any]:
    """Say it for all planes at once, as arguments of a `Change`.

    Parameters
    ----------
    labels
        (*leading, height, width).
    marks
        By plane; planes of which nothing is said may be missing.
    """
    classes: dict[int, str] = {}
    scores: dict[int, float] = {}
    for each in marks.values():
        classes |= each.classes
        scores |= each.scores
    return {"checked": _checked(labels, marks), "classes": classes, "scores": scores}


def as_features(scores: Mapping[int, float], classes: Mapping[int, str]) -> pd.DataFrame:
    """Turn scores and classes by id into a labels layer's features; ``index`` is the id."""
    columns: dict[str, Mapping[int, Any]] = {
        name: values for name, values in (("score", scores), ("class", classes)) if values
    }
    ids = sorted({identity for values in columns.values() for identity in values})
    found = {name: [values.get(identity) for identity in ids] for name, values in columns.items()}
    return pd.DataFrame({"index": ids, **found}) if ids else pd.DataFrame()


def _checked(labels: NDArray[Any], marks: Mapping[Plane, Marks]) -> tuple[int, ...]:
    planes = [*np.ndindex(labels.shape[:-2])]
    said = {plane: marks[plane].checked if plane in marks else frozenset() for plane in planes}
    anywhere = frozenset[int]().union(*said.values())
    if len(planes) == 1 or not anywhere:
        return tuple(sorted(anywhere))
    doubted = {identity for plane in planes for identity in anywhere - said[plane] if np.any(labels[plane] == identity)}
    return tuple(sorted(anywhere - doubted))


def _kept_to(sidecar: Sidecar, ids: set[int]) -> Marks:
    return Marks(
        frozenset(ids.intersection(sidecar.checked)),
        {key: name for key, name in sidecar.classes.items() if key in ids},
        {key: score for key, score in sidecar.scores.items() if key in ids},
    )
