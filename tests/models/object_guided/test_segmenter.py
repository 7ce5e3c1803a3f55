"""What `encode` keeps."""

from __future__ import annotations

import numpy as np
import pytest

from napari_leafseg.core.prediction import Candidates
from napari_leafseg.data.nuclei import draw_nuclei
from napari_leafseg.models.object_guided.params import LEAST_CONFIDENCE
from napari_leafseg.models.object_guided.segmenter import ObjectGuidedSegmenter


@pytest.fixture(scope="module")
def piece(compact: ObjectGuidedSegmenter) -> Candidates:
    found = compact.encode(draw_nuclei(size=96, count=8, seed=0)[0]).tiles[0].piece
    assert isinstance(found, Candidates)
    return found


def test_candidates_are_kept_down_to_the_sliders_end_surest_first(piece: Candidates) -> None:
    assert len(piece.scores) > 0
    assert np.all(np.diff(piece.scores) <= 0) and float(piece.scores.min()) > LEAST_CONFIDENCE
    assert piece.sizes is not None
    assert len(piece.masks) == int(piece.sizes.prod(1).sum())
    assert len(piece.boxes) == len(piece.sizes) == len(piece.scores)


def test_features_are_kept_in_half_precision(piece: Candidates) -> None:
    """The image stands for c1, whose features are made anew where they are asked for."""
    assert {name: value.shape for name, value in piece.features.items()} == {
        "image": (3, 96, 96), "c2": (32, 48, 48), "c3": (48, 24, 24), "c4": (96, 12, 12), "c5": (160, 6, 6),
    }  # fmt: skip
    assert all(value.dtype == np.float16 for value in piece.features.values())
    assert piece.masks.dtype == np.float16
    assert piece.sizes is not None
    features = sum(value.nbytes for value in piece.features.values())
    assert piece.nbytes == features + sum(
        array.nbytes for array in (piece.scores, piece.boxes, piece.masks, piece.sizes)
    )
    with pytest.raises(ValueError, match="read-only"):
        piece.masks[0] = 1
