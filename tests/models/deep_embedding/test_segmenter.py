"""The method as everybody calls it: notes, prompts, the true objects, and its two stages."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from models.deep_embedding.drawn import LikelyNet, with_background, with_places
from numpy.typing import NDArray

from napari_leafseg.analysis.scores import evaluate_pairs
from napari_leafseg.core import registry
from napari_leafseg.core.errors import ParameterError
from napari_leafseg.core.geometry import Geometry
from napari_leafseg.core.prediction import EmbeddingMap, Prediction, Tile
from napari_leafseg.core.sample import Batch
from napari_leafseg.core.tiles import Window
from napari_leafseg.data.nuclei import draw_nuclei
from napari_leafseg.inference.region import crop
from napari_leafseg.models.deep_embedding.segmenter import UNTRAINED, DeepEmbeddingSegmenter


@pytest.fixture
def segmenter() -> DeepEmbeddingSegmenter:
    made = registry.create("deep_embedding")
    assert isinstance(made, DeepEmbeddingSegmenter)
    return made


@pytest.fixture(scope="module")
def labels() -> NDArray[np.int32]:
    return draw_nuclei(size=128, count=10, seed=3)[1]


def _whole(piece: EmbeddingMap) -> Prediction:
    return Prediction(piece.geometry.image_shape, (Tile(0, 0, piece),))


def test_a_prediction_says_that_clusternet_is_untrained(segmenter: DeepEmbeddingSegmenter) -> None:
    """Until it is trained."""
    image = draw_nuclei(size=64, count=4, seed=0)[0]
    assert UNTRAINED in segmenter.encode(image).notes
    segmenter.network.cluster_net.trained.fill_(1)
    assert segmenter.encode(image).notes == ()


def test_a_point_gives_the_object_under_it(segmenter: DeepEmbeddingSegmenter, labels: NDArray[np.int32]) -> None:
    """Of touching ones that one only; nothing where there is background."""
    prediction = _whole(with_places(labels))
    for number in range(1, labels.max() + 1):
        rows, columns = np.nonzero(labels == number)
        middle = len(rows) // 2
        mask = segmenter.prompt(prediction, (float(rows[middle]), float(columns[middle])))
        assert (mask & (labels == number)).sum() > 0.95 * mask.sum() > 0
    row, column = (int(v[0]) for v in np.nonzero(labels == 0))
    assert not segmenter.prompt(prediction, (row, column)).any()


def test_without_foreground_a_point_gives_its_cluster(labels: NDArray[np.int32]) -> None:
    """Background too, since it is a cluster like the others."""
    paper = DeepEmbeddingSegmenter.create("compact", {"foreground": False, "position_unit": None, "dimensions": 32})
    prediction = _whole(with_background(labels))
    rows, columns = np.nonzero(labels == 2)
    mask = paper.prompt(prediction, (float(rows[9]), float(columns[9])))
    np.testing.assert_array_equal(mask, labels == 2)


def test_a_point_is_in_pixels_of_the_image(segmenter: DeepEmbeddingSegmenter) -> None:
    labels = np.zeros((64, 64), np.int32)
    labels[8:24, 40:56] = 1
    prediction = _whole(with_places(labels, geometry=Geometry.scaled((32, 32), 2.0)))
    mask = segmenter.prompt(prediction, (8.0, 24.0))
    assert mask.shape == (32, 32)
    assert mask[5:11, 21:27].all() and mask.sum() == 64


def test_boxes_are_refused_in_a_sentence(segmenter: DeepEmbeddingSegmenter, labels: NDArray[np.int32]) -> None:
    with pytest.raises(ParameterError, match="deep_embedding answers points"):
        segmenter.prompt(_whole(with_places(labels)), (1.0, 1.0, 9.0, 9.0))


def test_true_objects_need_a_trained_clusternet(segmenter: DeepEmbeddingSegmenter, labels: NDArray[np.int32]) -> None:
    """And are then drawn by it, on tiles as on the whole."""
    prediction = _whole(with_places(labels))
    with pytest.raises(ParameterError, match="hold no trained one"):
        segmenter.decode_with_truth(prediction, labels)
    segmenter.network.cluster_net = LikelyNet()
    drawn = segmenter.decode_with_truth(prediction, labels)
    assert evaluate_pairs([(drawn.labels, labels)]).sbd > 0.95
    tiles = []
    for left in (0, 48):
        part = np.ascontiguousarray(labels[:, left : left + 80])
        tiles.append(Tile(0, left, with_places(part)))
    tiled = segmenter.decode_with_truth(Prediction(labels.shape, tuple(tiles)), labels)
    assert evaluate_pairs([(tiled.labels, labels)]).sbd > 0.9


def test_decoding_leaves_clusternet_as_it_was(segmenter: DeepEmbeddingSegmenter, labels: NDArray[np.int32]) -> None:
    """In training mode its statistics would move."""
    segmenter.network.cluster_net.trained.fill_(1)
    segmenter.network.train()
    before = {name: value.clone() for name, value in segmenter.network.state_dict().items()}
    segmenter.decode(_whole(with_places(labels)), segmenter.defaults.replace(order="hdbscan+clusternet"))
    assert segmenter.network.cluster_net.training
    for name, value in segmenter.network.state_dict().items():
        assert torch.equal(before[name], value), name


def test_a_part_of_a_prediction_is_decoded_like_the_whole(
    segmenter: DeepEmbeddingSegmenter, labels: NDArray[np.int32]
) -> None:
    """While a slider moves, only what is in sight is decoded: places are relative, so nothing changes inside."""
    prediction = _whole(with_places(labels))
    cut = crop(prediction, Window(16, 16, 96, 96))
    assert cut is not None
    part, place = cut
    params = segmenter.defaults.replace(order="hdbscan", min_area=0)
    found = segmenter.decode(part, params).labels
    whole = segmenter.decode(prediction, params).labels[place.slices]
    assert evaluate_pairs([(found, whole)]).sbd > 0.99


def _batch(labels: NDArray[np.int32]) -> Batch:
    truth = torch.from_numpy(labels).long()[None].repeat(2, 1, 1)
    image = torch.rand(2, 3, *labels.shape, generator=torch.Generator().manual_seed(0))
    return Batch(image, truth, torch.zeros_like(truth, dtype=torch.bool), [{}, {}])


def test_the_second_stage_trains_clusternet_alone(segmenter: DeepEmbeddingSegmenter, labels: NDArray[np.int32]) -> None:
    """The embedding stays as it is, statistics and all; afterwards ClusterNet counts as trained."""
    first, second = segmenter.stages()
    assert first.share + second.share == 1
    own = {id(p) for group in second.groups() for p in group["params"]}
    assert own == {id(p) for p in segmenter.network.cluster_net.parameters()}
    second.train()  # type: ignore[attr-defined]
    before = {name: value.clone() for name, value in segmenter.network.embedder.state_dict().items()}
    sum(second.losses(_batch(labels)).values()).backward()
    assert all(p.grad is None for p in segmenter.network.embedder.parameters())
    assert all(p.grad is not None for p in segmenter.network.cluster_net.parameters())
    for name, value in segmenter.network.embedder.state_dict().items():
        assert torch.equal(before[name], value), name
    assert int(segmenter.network.cluster_net.trained)


@pytest.mark.parametrize(
    "config",
    [
        {"cluster_means": "true"},
        {"cluster_maps": "full", "clusters_per_image": 2},
        {"foreground": False, "position_unit": None, "distance_mean": "pairs"},
        {"edge_weight": 1.0, "weighted_mean": True},
    ],
)
def test_every_arrangement_can_be_trained(config: dict[str, object], labels: NDArray[np.int32]) -> None:
    """True or found clusters, full maps or crops, background a cluster or not, all terms."""
    made = DeepEmbeddingSegmenter.create("compact", config)
    for stage in made.stages():
        stage.train()  # type: ignore[attr-defined]
        losses = stage.losses(_batch(labels))
        assert ("edge" in losses) == (stage.name == "embedding" and "edge_weight" in config)
        assert ("foreground" in losses) == (stage.name == "embedding" and config.get("foreground", True))
        total = sum(losses.values())
        assert torch.isfinite(total)
        total.backward()


def test_the_paper_preset_stretches_to_its_input() -> None:
    """224 x 224, aspect not kept, whatever the image."""
    made = DeepEmbeddingSegmenter.create("compact", {"input_size": 224})
    assert made.geometry_for((100, 300), 1.0).padded_shape == (224, 224)
