"""Scores of predicted objects, where a run wrote them beside its labels.

Knows ``objects.csv``; nothing of layouts or of how scores are judged.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_log = logging.getLogger(__name__)
_TYPES = {"image": str, "plane": int, "id": int, "score": float}

Pair = tuple["NDArray[np.int32]", "NDArray[np.int32]"]


class Ranking:
    """Ranks the objects of a run by the scores in its ``objects.csv``, if all have one.

    Parameters
    ----------
    predictions
        The run's folder, or one of its label files.
    """

    def __init__(self, predictions: Path) -> None:
        from napari_leafseg.analysis.ranked import RankedPrecision

        folder = predictions if predictions.is_dir() else predictions.parent
        self._scores = _read(folder / "objects.csv")
        self._ranked = RankedPrecision()

    def follow(self, name: str, planes: Iterator[Pair]) -> Iterator[Pair]:
        """Take in the planes of an image as they pass by."""
        for index, (predicted, true) in enumerate(planes):
            self._add(name, index, predicted, true)
            yield predicted, true

    def as_dict(self) -> dict[str, float]:
        """Give the figures; empty if some object had no score."""
        return self._ranked.as_dict() if self._scores else {}

    def _add(self, name: str, plane: int, predicted: NDArray[np.int32], true: NDArray[np.int32]) -> None:
        import numpy as np

        if not self._scores:
            return
        ids = np.unique(predicted[predicted > 0]).tolist()
        try:
            scores = [self._scores[name, plane, index] for index in ids]
        except KeyError as error:
            _log.info("no score for %s: no ranked figures", error)
            self._scores = {}  # labels that were changed since have no ranking
            return
        self._ranked.add(predicted, true, scores)


def _read(path: Path) -> dict[tuple[str, int, int], float]:
    import pandas as pd

    try:
        # An image may be called NA.
        table = pd.read_csv(path, usecols=list(_TYPES), dtype=_TYPES, keep_default_na=False, na_values={"score": [""]})
    except (OSError, ValueError):
        _log.info("%s holds no scores", path, exc_info=True)
        return {}
    table = table.dropna()
    keys = zip(table["image"], table["plane"], table["id"], strict=True)
    return dict(zip(keys, table["score"], strict=True))
