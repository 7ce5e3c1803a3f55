"""ClusterNet's maps by hand, and what becomes of its masks."""

from __future__ import annotations

import numpy as np
import torch
from models.deep_embedding.drawn import LikelyNet, with_places

from napari_leafseg.models.deep_embedding.field import Field
from napari_leafseg.models.deep_embedding.params import COMPACT, PAPER
from napari_leafseg.models.deep_embedding.refining import AROUND, maps, pixels_of, refine, segments_of

FULL = PAPER.replace(dimensions=2)


def _field() -> Field:
    """Three columns at 0, 3 and 10 of the first dimension."""
    embedding = np.zeros((2, 2, 3), np.float32)
    embedding[0] = [[0, 3, 10], [0, 3, 10]]
    return Field(embedding, None)


def test_full_maps_are_one_minus_the_distance_over_the_largest() -> None:
    """I = 1 - d / max(d), for background too if asked for."""
    labels = np.array([[1, 0, 2], [1, 0, 2]], np.int32)
    segments = segments_of(_field(), labels, FULL, background=True)
    assert segments.ids.tolist() == [0, 1, 2]
    assert segments.means[:, 0].tolist() == [3, 0, 10]
    seen = maps(_field(), None, segments, FULL)
    assert seen.shape == (3, 1, 2, 3)
    torch.testing.assert_close(seen[1, 0, 0], torch.tensor([1, 0.7, 0]))
    torch.testing.assert_close(seen[0, 0, 0], torch.tensor([1 - 3 / 7, 1, 0]))


def test_crops_are_half_as_large_again_as_the_cluster() -> None:
    labels = np.zeros((40, 60), np.int32)
    labels[10:20, 20:40] = 4
    piece = with_places(labels)
    segments = segments_of(Field(piece.embedding, COMPACT.position_unit), labels, COMPACT)
    np.testing.assert_allclose(segments.boxes, [[15 - 5 * AROUND, 30 - 10 * AROUND, 15 + 5 * AROUND, 30 + 10 * AROUND]])
    assert segments.ids.tolist() == [4]


def test_a_grid_over_a_box_takes_the_nearest_pixels_and_stops_at_the_border() -> None:
    boxes = np.array([[-2, 1, 2, 5]], np.float32)
    index = pixels_of(boxes, (4, 2), (10, 10))
    assert (index[0] // 10).tolist() == [[0, 0], [0, 0], [0, 0], [1, 1]]
    assert (index[0] % 10)[0].tolist() == [2, 4]


def test_crops_show_likelihood_by_the_margin_and_foreground() -> None:
    """1 at the mean, 0 at twice the distance margin, never below -1."""
    labels = np.zeros((32, 32), np.int32)
    labels[8:24, 8:24] = 1
    piece = with_places(labels)
    field = Field(piece.embedding, COMPACT.position_unit)
    segments = segments_of(field, labels, COMPACT)
    seen = maps(field, piece.foreground, segments, COMPACT)
    side = COMPACT.cluster_crop
    assert seen.shape == (1, 2, side, side)
    assert float(seen[0, 0, side // 2, side // 2]) > 0.99
    assert set(np.unique(seen[0, 1].numpy())) == {0, 1}
    assert float(seen[0, 0].min()) >= -1


def test_masks_come_back_to_their_places() -> None:
    """From crops of other sizes, to the pixel up to a cell of the crop."""
    labels = np.zeros((64, 64), np.int32)
    labels[5:15, 5:45], labels[30:60, 20:50] = 1, 2
    piece = with_places(labels)
    field = Field(piece.embedding, COMPACT.position_unit)
    drawn = refine(field, piece.foreground, segments_of(field, labels, COMPACT), LikelyNet(least=0.9), COMPACT)
    assert drawn.count == 2
    for number in (1, 2):
        inside = labels == number
        found = drawn.labels == np.bincount(drawn.labels[inside]).argmax()
        assert (found & inside).sum() / (found | inside).sum() > 0.9


def test_nothing_to_ask_about_is_nothing_found() -> None:
    labels = np.zeros((16, 16), np.int32)
    piece = with_places(labels)
    field = Field(piece.embedding, COMPACT.position_unit)
    assert refine(field, piece.foreground, segments_of(field, labels, COMPACT), LikelyNet(), COMPACT).count == 0
