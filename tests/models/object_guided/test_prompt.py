"""Points and boxes are answered from what `encode` kept."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_leafseg.core.geometry import Geometry
from napari_leafseg.core.paste import paste
from napari_leafseg.core.prediction import Candidates, Prediction, Tile
from napari_leafseg.data.nuclei import draw_nuclei
from napari_leafseg.models.object_guided.prompt import at_point
from napari_leafseg.models.object_guided.rois import frames
from napari_leafseg.models.object_guided.segmenter import ObjectGuidedSegmenter


@pytest.fixture(scope="module", params=["compact", "paper"])
def encoded(request: pytest.FixtureRequest) -> tuple[ObjectGuidedSegmenter, Prediction]:
    segmenter: ObjectGuidedSegmenter = request.getfixturevalue(request.param)
    return segmenter, segmenter.encode(draw_nuclei(size=128, count=8, seed=0)[0])


@pytest.mark.parametrize("box", [(30, 40, 52, 70), (0, 0, 20, 30), (100, 90, 128, 128), (10, 10, 13, 14)])
def test_a_box_gets_the_mask_that_encode_would_draw_in_it(
    encoded: tuple[ObjectGuidedSegmenter, Prediction], box: tuple[float, float, float, float]
) -> None:
    """From half-precision features around it only; at the border too."""
    import torch

    segmenter, prediction = encoded
    piece = prediction.tiles[0].piece
    edges = np.array([box], np.float32)
    with torch.inference_mode():
        assert isinstance(piece, Candidates)
        image = torch.from_numpy(piece.features["image"].astype(np.float32))[None]
        (values,) = segmenter.masks(segmenter.network.eval()(image)[1], edges)
    threshold = float(np.median(values))  # an untrained network says nearly the same everywhere
    params = segmenter.defaults.replace(mask_threshold=min(max(threshold, 0.05), 0.95))
    found = segmenter.prompt(prediction, box, params)
    (wanted,) = paste(values[None].astype(np.float32), frames(edges, segmenter.config), piece.geometry, threshold)
    whole = np.zeros(found.shape, bool)
    whole[wanted.top : wanted.top + wanted.pixels.shape[0], wanted.left : wanted.left + wanted.pixels.shape[1]] = (
        wanted.pixels
    )
    assert whole.any()
    assert (found != whole).sum() <= 0.05 * whole.sum() + 2


def test_a_box_may_be_drawn_in_any_direction(encoded: tuple[ObjectGuidedSegmenter, Prediction]) -> None:
    segmenter, prediction = encoded
    np.testing.assert_array_equal(
        segmenter.prompt(prediction, (30, 40, 52, 70)), segmenter.prompt(prediction, (52, 70, 30, 40))
    )


@pytest.mark.parametrize("box", [(10, 10, 10, 10), (5, 5, 6, 60)])
def test_a_box_of_less_than_two_pixels_holds_nothing(
    encoded: tuple[ObjectGuidedSegmenter, Prediction], box: tuple[float, float, float, float]
) -> None:
    segmenter, prediction = encoded
    assert not segmenter.prompt(prediction, box).any()


def _candidates(scale: float = 1.0) -> Candidates:
    """A large sure square, a small one within it that is less sure, and a faint one elsewhere."""
    boxes = np.array([[0, 0, 20, 20], [5, 5, 11, 11], [30, 30, 36, 38]], np.float32) * scale
    return Candidates(
        Geometry.scaled((40, 40), scale),
        scores=np.array([0.9, 0.6, 0.06], np.float32),
        boxes=boxes,
        masks=np.concatenate([_with_hole().ravel(), np.ones(4), np.ones(6)]).astype(np.float16),
        sizes=np.array([[20, 20], [2, 2], [2, 3]]),
    )


def _with_hole() -> NDArray[np.float32]:
    mask = np.ones((20, 20), np.float32)
    mask[4:12, 4:12] = 0
    return mask


@pytest.mark.parametrize("scale", [1.0, 2.0])
@pytest.mark.parametrize(("point", "area"), [((2, 2), 336), ((8, 8), 36), ((32, 33), 48), ((25, 25), 0), ((39, 0), 0)])
def test_a_point_gets_the_surest_mask_that_covers_it(point: tuple[int, int], area: int, scale: float) -> None:
    """Also one below the slider; nothing where there is nothing."""
    found = at_point(_candidates(scale), point, 0.5)
    assert found.shape == (40, 40) and int(found.sum()) == pytest.approx(area, abs=12 if scale > 1 else 0)
    assert not area or found[point]


def test_a_box_in_the_second_tile_is_answered_there(compact: ObjectGuidedSegmenter) -> None:
    """Whole images and tiles speak of the same pixels."""
    segmenter = compact
    piece = segmenter.encode(draw_nuclei(size=128, count=8, seed=0)[0]).tiles[0].piece
    moved = Prediction((128, 256), (Tile(0, 0, piece), Tile(0, 128, piece)))
    first = segmenter.prompt(moved, (30, 40, 52, 70))
    second = segmenter.prompt(moved, (30, 168, 52, 198))
    np.testing.assert_array_equal(first[:, :128], second[:, 128:])
