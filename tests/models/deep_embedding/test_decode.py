"""Decoding a perfect embedding gives the exact labels; every order and parameter does what it says."""

from __future__ import annotations

import numpy as np
import pytest
from models.deep_embedding.drawn import LikelyNet, with_background, with_places
from numpy.typing import NDArray

from napari_leafseg.analysis.scores import evaluate_pairs
from napari_leafseg.core.geometry import Geometry
from napari_leafseg.core.instances import Instances
from napari_leafseg.core.memo import NoMemo
from napari_leafseg.core.prediction import EmbeddingMap
from napari_leafseg.data.nuclei import draw_nuclei
from napari_leafseg.inference.memo import BoundedMemo
from napari_leafseg.models.deep_embedding.cluster_net import ClusterNet
from napari_leafseg.models.deep_embedding.decode import Decoding, with_truth
from napari_leafseg.models.deep_embedding.params import COMPACT, PAPER, DeepEmbeddingParams, Order


def _decode(piece: EmbeddingMap, net: ClusterNet | None = None, **changes: object) -> Instances:
    config = PAPER if piece.foreground is None else COMPACT
    params = DeepEmbeddingParams.parse({"min_area": 5, "order": "hdbscan", **changes})
    return Decoding(piece, config, net or LikelyNet(), params, NoMemo()).instances()


@pytest.fixture(scope="module", params=[20, 300])
def labels(request: pytest.FixtureRequest) -> NDArray[np.int32]:
    return draw_nuclei(size=512, count=request.param, seed=1)[1]


@pytest.fixture(scope="module")
def few() -> NDArray[np.int32]:
    return draw_nuclei(size=128, count=10, seed=3)[1]


@pytest.mark.parametrize("make", [with_places, with_background])
def test_every_object_is_found_exactly(labels: NDArray[np.int32], make: object) -> None:
    """All of them, in a crowd too, whether background is known or a cluster."""
    found = _decode(make(labels), split=False, min_area=0)  # type: ignore[operator]
    scores = evaluate_pairs([(found.labels, labels)])
    assert scores.dic == 0
    assert scores.sbd == 1


@pytest.mark.parametrize(("make", "noise"), [(with_places, 0.1), (with_background, 0.3)])
def test_little_noise_changes_little(labels: NDArray[np.int32], make: object, noise: float) -> None:
    """A good network is not perfect."""
    scores = evaluate_pairs([(_decode(make(labels, noise=noise)).labels, labels)])  # type: ignore[operator]
    assert scores.ap50 > 0.97


def test_one_object_alone_is_one_object() -> None:
    """HDBSCAN by itself would rather split it than call everything one cluster."""
    labels = np.zeros((96, 96), np.int32)
    labels[20:70, 30:80] = 1
    for piece in (with_places(labels, noise=0.05), with_background(labels, noise=0.1)):
        assert _decode(piece).count == 1


@pytest.mark.parametrize("size", [0, 1, 3])
def test_hardly_anything_is_no_trouble(size: int) -> None:
    """Less foreground than the smallest cluster."""
    labels = np.zeros((64, 64), np.int32)
    labels[5 : 5 + size, 5 : 5 + size] = 1
    assert _decode(with_places(labels), min_area=0).count == (size > 0)


def test_far_objects_that_look_alike_are_told_apart_by_their_places() -> None:
    """A repetitive picture: every object has the same embedding but for where it lies."""
    labels = np.zeros((128, 128), np.int32)
    labels[10:30, 10:30], labels[10:30, 32:52], labels[90:110, 90:110] = 1, 2, 3
    assert _decode(with_places(labels), split=False).count == 3


@pytest.mark.parametrize(("split", "count"), [(True, 2), (False, 1)])
def test_clusters_are_split_into_connected_pieces(split: bool, count: int) -> None:
    labels = np.zeros((128, 128), np.int32)
    labels[10:30, 10:30] = labels[80:110, 80:110] = 1
    assert _decode(with_background(labels), split=split).count == count


def test_minimum_area_and_cluster_size_are_of_the_image_not_of_the_network() -> None:
    """The image was doubled for the network: 400 network pixels are 100 of the image."""
    labels = np.zeros((128, 128), np.int32)
    labels[10:30, 10:30], labels[10:30, 30:60], labels[80:110, 80:110] = 1, 2, 3
    piece = with_places(labels, geometry=Geometry.scaled((64, 64), 2.0))
    assert _decode(piece, min_area=100).count == 3
    assert _decode(piece, min_area=101).count == 2
    assert _decode(piece, min_cluster_size=90, min_area=5).count == 3
    assert _decode(piece, min_cluster_size=160, min_area=5, split=False).count == 2
    assert _decode(piece).labels.shape == (64, 64)


def test_a_larger_minimum_cluster_size_joins(few: NDArray[np.int32]) -> None:
    piece = with_background(few, noise=0.2)
    counts = [_decode(piece, min_cluster_size=size).count for size in (30, 1000)]
    assert counts[0] == few.max() > counts[1]


def test_the_foreground_threshold_moves_the_outline(few: NDArray[np.int32]) -> None:
    full = with_places(few)
    soft = np.where(full.foreground > 0, 0.9, 0.3).astype(np.float16)
    piece = EmbeddingMap(full.geometry, full.embedding, soft)
    areas = [(_decode(piece, foreground=value).labels > 0).sum() for value in (0.2, 0.5, 0.95)]
    assert areas[0] > areas[1] > areas[2] == 0


def _holed(few: NDArray[np.int32]) -> EmbeddingMap:
    """Single pixels missing from the foreground: smoothing fills them."""
    full = with_places(few)
    foreground = np.array(full.foreground)
    rows, columns = np.nonzero(foreground)
    foreground[rows[::37], columns[::37]] = 0
    return EmbeddingMap(full.geometry, full.embedding, foreground)


def test_the_six_orders_are_six_results(few: NDArray[np.int32]) -> None:
    """Steps are run in the order asked for: no two agree on a rough picture."""
    rng = np.random.default_rng(0)
    full = with_places(few, noise=0.25)
    foreground = np.where(rng.random(few.shape) < 0.1, 1 - full.foreground, full.foreground).astype(np.float16)
    piece = EmbeddingMap(full.geometry, full.embedding, foreground)
    results = {order: _decode(piece, LikelyNet(least=0.7), order=order).labels for order in Order}
    assert len(results) == 6
    assert len({result.tobytes() for result in results.values()}) == 6


def test_smoothing_fills_holes_and_its_strength_is_live(few: NDArray[np.int32]) -> None:
    piece = _holed(few)
    areas = [
        int((_decode(piece, order=order, smoothness=s, solver=solver).labels > 0).sum())
        for order, s, solver in (
            ("hdbscan", 10, "icm"), ("hdbscan+mrf", 0, "icm"), ("hdbscan+mrf", 10, "icm"), ("hdbscan+mrf", 10, "exact"),
        )
    ]  # fmt: skip
    assert areas[0] == areas[1] < areas[2]
    assert areas[3] > areas[0]


def test_clusternet_draws_what_it_is_asked_to(few: NDArray[np.int32]) -> None:
    """Holes in the foreground are no holes in its map."""
    piece = _holed(few)
    drawn = _decode(piece, order="hdbscan+clusternet")
    assert evaluate_pairs([(drawn.labels, few)]).sbd > 0.95
    assert (drawn.labels > 0).sum() > (_decode(piece).labels > 0).sum()
    assert np.allclose(drawn.scores, 1 / (1 + np.exp(-5)), atol=1e-3)


@pytest.mark.parametrize("order", list(Order))
def test_an_untrained_clusternet_is_not_asked(few: NDArray[np.int32], order: Order) -> None:
    """Its steps are left out, the others stay."""
    net = LikelyNet()
    net.trained.fill_(0)
    piece = _holed(few)
    without = "+".join(["hdbscan", *(step for step in order.steps if step != "clusternet")])
    expected = _decode(piece, order=without if without != "hdbscan+mrf+mrf" else "hdbscan+mrf")
    np.testing.assert_array_equal(_decode(piece, net, order=order).labels, expected.labels)


def test_the_paper_asks_clusternet_about_background_too(few: NDArray[np.int32]) -> None:
    """What background claims is nobody's: full maps, one channel."""
    piece = with_background(few, noise=0.3)
    drawn = _decode(piece, LikelyNet(inputs=1), order="hdbscan+clusternet")
    assert evaluate_pairs([(drawn.labels, few)]).sbd > 0.95
    greedy = LikelyNet(inputs=1, least=-1.0)
    assert _decode(piece, greedy, order="hdbscan+clusternet").count == 0


def test_true_objects_can_be_handed_to_clusternet(few: NDArray[np.int32]) -> None:
    """The seventh row of Table 1."""
    for piece, config, inputs in ((with_places(few), COMPACT, 2), (with_background(few), PAPER, 1)):
        drawn = with_truth(piece, config, LikelyNet(inputs), few, min_area=5)
        assert evaluate_pairs([(drawn.labels, few)]).sbd > 0.95


def test_moving_the_minimum_cluster_size_cuts_the_kept_tree(few: NDArray[np.int32]) -> None:
    """The tree is in the memo and is not grown again."""
    memo, piece = BoundedMemo(), with_places(few, noise=0.05)

    def decode(size: int, neighbours: int = 5) -> Instances:
        params = DeepEmbeddingParams(order=Order.HDBSCAN, min_cluster_size=size, min_samples=neighbours)
        return Decoding(piece, COMPACT, LikelyNet(), params, memo).instances()

    decode(30)
    before = len(memo)
    decode(60)
    assert len(memo) == before + 2  # new clusters and pieces; the same sample and tree
    decode(60, neighbours=9)
    assert len(memo) == before + 5  # and a new tree


def test_scores_fall_with_noise(few: NDArray[np.int32]) -> None:
    """The review order of a user starts with the least certain object."""
    clean, noisy = (_decode(with_places(few, noise=noise)).scores.mean() for noise in (0.0, 0.2))
    assert clean > 0.9
    assert noisy < clean


def test_doubtful_objects_are_dropped_when_a_score_is_asked_for(few: NDArray[np.int32]) -> None:
    """Those that score less go, and nothing else changes."""
    piece = with_places(few, noise=0.1)
    every = _decode(piece)
    least = float(np.median(every.scores))
    sure = _decode(piece, score=least)
    assert 0 < sure.count == int((every.scores >= least).sum()) < every.count
    assert np.array_equal(sure.labels > 0, np.isin(every.labels, 1 + np.flatnonzero(every.scores >= least)))
