"""Predictions cannot be changed by whoever reads them, and know what they weigh."""

from __future__ import annotations

import numpy as np
import pytest

from napari_leafseg.core.geometry import Geometry
from napari_leafseg.core.prediction import Candidates, EmbeddingMap, Prediction, Tile

GEOMETRY = Geometry.scaled((4, 5))


def embedding() -> EmbeddingMap:
    return EmbeddingMap(GEOMETRY, np.zeros((2, 4, 5), np.float16), np.zeros((4, 5), np.float32))


def candidates() -> Candidates:
    return Candidates(
        GEOMETRY,
        scores=np.zeros(3, np.float32),
        boxes=np.zeros((3, 4), np.float32),
        masks=np.zeros((3, 4, 5), np.float16),
        classes=np.zeros(3, np.int64),
        features={"base": np.zeros((2, 4, 5), np.float32)},
    )


@pytest.mark.parametrize(
    ("piece", "name"),
    [(embedding(), "embedding"), (embedding(), "foreground")]
    + [(candidates(), name) for name in ("scores", "boxes", "masks", "classes")],
)
def test_arrays_are_read_only(piece: EmbeddingMap | Candidates, name: str) -> None:
    with pytest.raises(ValueError, match="read-only"):
        getattr(piece, name)[...] = 1


def test_features_are_read_only() -> None:
    with pytest.raises(ValueError, match="read-only"):
        candidates().features["base"][...] = 1  # type: ignore[index]


def test_bytes_are_counted() -> None:
    assert embedding().nbytes == 2 * 20 * 2 + 20 * 4
    assert candidates().nbytes == 12 + 48 + 120 + 24 + 160
    assert EmbeddingMap(GEOMETRY, np.zeros((2, 4, 5), np.float16)).nbytes == 80
    two = (Tile(0, 0, embedding()), Tile(0, 3, candidates()))
    assert Prediction((4, 8), two).nbytes == embedding().nbytes + candidates().nbytes
