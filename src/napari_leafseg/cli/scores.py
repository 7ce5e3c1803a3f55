"""Scores of predicted objects, where a run wrote them beside its labels.

Knows ``objects.csv``; nothing of layouts or of how scores are judged.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_log = logging.getLogger(__name__)
_TYPES = {"image": str, "plane": int, "id": int, "score": float, "order": float}

Pair = tuple["NDArray[np.int32]", "NDArray[np.int32]"]


class _Row(NamedTuple):
    """What a run wrote of one object; ``order`` is NaN for methods without one."""

    score: float
    order: float


class Ranking:
    """Judges scores, and the order in which objects were found, from the ``objects.csv`` of a run.

    Gives figures only if every object has a row there.

    Parameters
    ----------
    predictions
        The run's folder, or one of its label files.
    """

    def __init__(self, predictions: Path) -> None:
        from napari_leafseg.analysis.order import OrderCorrelation
        from napari_leafseg.analysis.ranked import RankedPrecision

        folder = predictions if predictions.is_dir() else predictions.parent
        self._rows = _read(folder / "objects.csv")
        self._ranked, self._order = RankedPrecision(), OrderCorrelation()

    def follow(self, name: str, planes: Iterator[Pair]) -> Iterator[Pair]:
        """Take in the planes of an image as they pass by."""
        for index, (predicted, true) in enumerate(planes):
            self._add(name, index, predicted, true)
            yield predicted, true

    def as_dict(self) -> dict[str, float]:
        """Give the figures; empty if some object had no score."""
        return self._ranked.as_dict() | self._order.as_dict() if self._rows else {}

    def _add(self, name: str, plane: int, predicted: NDArray[np.int32], true: NDArray[np.int32]) -> None:
        import numpy as np

        from napari_leafseg.core.instances import relabel

        if not self._rows:
            return
        ids = np.unique(predicted[predicted > 0]).tolist()
        try:
            rows = [self._rows[name, plane, index] for index in ids]
        except KeyError as error:
            _log.info("no score for %s: no ranked figures", error)
            self._rows = {}  # labels that were changed since have no ranking
            return
        self._ranked.add(predicted, true, [row.score for row in rows])
        order = np.array([row.order for row in rows])
        if not np.isnan(order).any():
            self._order.add(relabel(predicted), order)


def _read(path: Path) -> dict[tuple[str, int, int], _Row]:
    import pandas as pd

    empty = {"score": [""], "order": [""]}
    try:
        # An image may be called NA.
        table = pd.read_csv(path, usecols=list(_TYPES), dtype=_TYPES, keep_default_na=False, na_values=empty)
    except (OSError, ValueError):
        _log.info("%s holds no scores", path, exc_info=True)
        return {}
    table = table.dropna(subset=["score"])
    keys = zip(table["image"], table["plane"], table["id"], strict=True)
    return dict(zip(keys, map(_Row, table["score"], table["order"]), strict=True))
