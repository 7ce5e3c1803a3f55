"""Decoding perfect steps gives the exact labels, and every parameter does what it says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_leafseg.core import registry
from napari_leafseg.core.errors import ParameterError
from napari_leafseg.core.geometry import Geometry
from napari_leafseg.core.instances import Instances, relabel
from napari_leafseg.core.memo import NoMemo
from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.core.prediction import Candidates, Prediction, Tile
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.data.nuclei import draw_nuclei
from napari_leafseg.models.rsis.decode import STEPS, STOP, boxes_of, decode
from napari_leafseg.models.rsis.params import RsisParams


def perfect(labels: NDArray[np.int32], stop: list[float] | None = None) -> Candidates:
    """Say each object as a decoder without error would, in the order of ids."""
    ids = np.unique(labels[labels > 0])
    sure = np.linspace(0.99, 0.9, len(ids)) if stop is None else np.array(stop)
    masks = np.where(labels == ids[:, None, None], 8, -8).astype(np.float16)
    best = np.argsort(-sure, kind="stable")
    features: dict[str, NDArray[Any]] = {STEPS: best, STOP: sure[best].astype(np.float32)}
    scores = sure[best].astype(np.float32)
    masks = masks[best]
    return Candidates(Geometry.scaled(labels.shape), scores, boxes_of(masks, (1, 1), -3), masks, best % 3, features)


def _decode(piece: Candidates, **changes: object) -> Instances:
    return decode(piece, RsisParams.parse({"min_area": 1, **changes}), NoMemo())


def _same_partition(found: NDArray[np.int32], truth: NDArray[np.int32]) -> bool:
    """Whether two label images are equal but for the numbers."""
    pairs = np.unique(np.stack([found.ravel(), truth.ravel()]), axis=1)
    return pairs.shape[1] == len(np.unique(pairs[0])) == len(np.unique(pairs[1])) and pairs[:, 0].tolist() == [0, 0]


@pytest.mark.parametrize(("size", "count"), [(256, 20), (256, 300)])
def test_perfect_steps_give_the_exact_labels(size: int, count: int) -> None:
    """Of all objects, with their step and class."""
    labels = relabel(draw_nuclei(size, count, 1)[1])
    found = _decode(perfect(labels))
    assert found.count == labels.max() > count * 0.8
    assert _same_partition(found.labels, labels)
    ids = np.array([labels[found.labels == index][0] for index in range(1, found.count + 1)])
    assert found.order is not None and found.classes is not None
    np.testing.assert_array_equal(found.order, ids)
    np.testing.assert_array_equal(found.classes, (ids - 1) % 3)


@pytest.fixture
def segmenter() -> Segmenter:
    made = registry.create("rsis")
    made.network.object_size.fill_(24.0)  # type: ignore[attr-defined]
    return made


@pytest.mark.parametrize("count", [20, 300])
def test_perfect_windows_are_joined_to_the_exact_labels(segmenter: Segmenter, count: int) -> None:
    """A crowd is cut into windows of few objects, and each object is whole again."""
    labels = relabel(draw_nuclei(512, count, 1)[1])
    places = segmenter.windows_for(labels.shape, 1.0, EncodeOptions())
    tiles = tuple(Tile(w.top, w.left, perfect(labels[w.slices])) for w in places)
    found = segmenter.decode(Prediction(labels.shape, tiles), RsisParams(min_area=0))
    assert len(tiles) > 9
    assert _same_partition(found.labels, labels)
    assert found.order is not None and found.order.min() == 1
    assert found.classes is not None and len(found.classes) == found.count


THREE = np.zeros((24, 24), np.int32)
THREE[1:5, 1:5], THREE[8:14, 2:12], THREE[16:22, 10:22] = 1, 2, 3


def test_the_ending_says_which_steps_are_believed() -> None:
    """The second step is unsure: all ends there, or only that step is left out."""
    piece = perfect(THREE, [0.9, 0.3, 0.8])
    assert _decode(piece, ending="first").count == 1
    assert _decode(piece, ending="each").order.tolist() == [1, 3]  # type: ignore[union-attr]
    assert _decode(piece, ending="first", stop=0.2).count == 3
    assert _decode(piece, ending="each", stop=0.85).count == 1


def test_the_number_of_steps_is_a_limit() -> None:
    """By time, whatever the scores."""
    piece = perfect(THREE, [0.7, 0.8, 0.9])
    assert _decode(piece, steps=2).order.tolist() == [2, 1]  # type: ignore[union-attr]


def test_small_objects_are_dropped_by_their_area_in_the_image() -> None:
    """Areas are 16, 60 and 72."""
    assert [_decode(perfect(THREE), min_area=area).count for area in (16, 17, 61, 73)] == [3, 2, 1, 0]


def test_the_mask_threshold_moves_outlines() -> None:
    """A slope of logits: the lower the threshold, the wider the object."""
    slope = np.broadcast_to(np.linspace(4, -4, 64, dtype=np.float16), (1, 32, 64)).copy()
    piece = Candidates(
        Geometry.scaled((32, 64)),
        np.ones(1, np.float32),
        boxes_of(slope, (1, 1), -3),
        slope,
        None,
        {STEPS: np.zeros(1, np.int64), STOP: np.ones(1, np.float32)},
    )
    widths = [int((_decode(piece, mask=mask).labels[0] > 0).sum()) for mask in (0.1, 0.5, 0.9)]
    assert widths == [49, 32, 15]


def test_masks_of_half_resolution_reach_the_image_smoothly() -> None:
    """Logits between the cells decide, so that an outline is no staircase of cells."""
    fine = np.hypot(*np.mgrid[-32:32, -32:32]) < 20
    distance = 20 - np.hypot(*(np.mgrid[0:32, 0:32] * 2 + 0.5 - 32))
    masks = np.clip(distance, -8, 8)[None].astype(np.float16)
    geometry = Geometry.scaled((64, 64))
    features: dict[str, NDArray[Any]] = {STEPS: np.zeros(1, np.int64), STOP: np.ones(1, np.float32)}
    piece = Candidates(geometry, np.ones(1, np.float32), boxes_of(masks, (2, 2), -3), masks, None, features)
    found = _decode(piece).labels > 0
    assert (found & fine).sum() / (found | fine).sum() > 0.97


def test_no_step_is_no_object() -> None:
    """Also where the network said nothing at all."""
    assert _decode(perfect(np.zeros((16, 16), np.int32))).count == 0


def test_boxes_hold_all_that_a_threshold_can_show() -> None:
    """One cell around it, within the frame; none where nothing is."""
    masks = np.full((2, 10, 12), -8.0)
    masks[0, 3:5, 9:12] = 2
    np.testing.assert_array_equal(boxes_of(masks, (2, 4), -3), [[4, 32, 12, 48], [0, 0, 0, 0]])


def test_a_point_gives_the_step_that_best_covers_it(segmenter: Segmenter) -> None:
    """Believed or not, from what was kept."""
    prediction = Prediction(THREE.shape, (Tile(0, 0, perfect(THREE, [0.9, 0.01, 0.9])),))
    for row, column in ((2, 2), (10, 11), (20, 12)):
        mask, labels = segmenter.prompt(prediction, (row, column)), THREE
        np.testing.assert_array_equal(mask, labels == THREE[row, column])


def test_a_point_on_background_gives_nothing(segmenter: Segmenter) -> None:
    """The nearest object is not what was meant."""
    prediction = Prediction(THREE.shape, (Tile(0, 0, perfect(THREE)),))
    assert not segmenter.prompt(prediction, (23, 1)).any()


def test_a_box_is_refused(segmenter: Segmenter) -> None:
    """In a sentence."""
    prediction = Prediction(THREE.shape, (Tile(0, 0, perfect(THREE)),))
    with pytest.raises(ParameterError, match="rsis answers points"):
        segmenter.prompt(prediction, (1, 1, 5, 5))
