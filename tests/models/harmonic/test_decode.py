"""Decoding a perfect embedding gives the exact labels, 20 objects and 300, both ways of background."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from napari_leafseg.analysis.scores import evaluate_pairs
from napari_leafseg.core.geometry import Geometry
from napari_leafseg.core.instances import Instances
from napari_leafseg.core.memo import NoMemo
from napari_leafseg.core.prediction import EmbeddingMap
from napari_leafseg.data.nuclei import draw_nuclei
from napari_leafseg.models.harmonic.decode import decode
from napari_leafseg.models.harmonic.guides import coordinates, evaluate, fit_guides, random_guides
from napari_leafseg.models.harmonic.params import HarmonicParams
from napari_leafseg.models.harmonic.targets import targets


def perfect(labels: NDArray[np.int32], *, noise: float = 0.0, geometry: Geometry | None = None) -> EmbeddingMap:
    """Embed labels as a network without error would."""
    start = random_guides(12, 4, 40, torch.Generator().manual_seed(0))
    guides = fit_guides([labels], [start], "pixel", 1.0)
    truth = torch.from_numpy(labels).long()[None]
    maps = evaluate(guides, *coordinates(labels.shape, "pixel"))[None]
    embedding = targets(truth, torch.ones_like(truth, dtype=torch.bool), maps).embedding[0]
    embedding = embedding + noise * torch.randn(embedding.shape, generator=torch.Generator().manual_seed(0))
    foreground = (labels > 0).astype(np.float16)
    return EmbeddingMap(geometry or Geometry.scaled(labels.shape), embedding.half().numpy(), foreground)


def _decode(piece: EmbeddingMap, **changes: object) -> Instances:
    return decode(piece, HarmonicParams.parse({"min_area": 5, **changes}), NoMemo())


@pytest.fixture(scope="module", params=[20, 300])
def labels(request: pytest.FixtureRequest) -> NDArray[np.int32]:
    return draw_nuclei(size=512, count=request.param, seed=1)[1]


@pytest.mark.parametrize("background", ["foreground", "cluster"])
def test_every_object_is_found(labels: NDArray[np.int32], background: str) -> None:
    """All of them, in a crowd too, whether background is known or a cluster."""
    found = _decode(perfect(labels), background=background)
    scores = evaluate_pairs([(found.labels, labels)])
    assert scores.dic == 0
    assert scores.ap50 == 1
    assert scores.sbd > 0.99


def test_little_noise_changes_little(labels: NDArray[np.int32]) -> None:
    """A good network is not perfect."""
    scores = evaluate_pairs([(_decode(perfect(labels, noise=0.05)).labels, labels)])
    assert scores.ap50 > 0.98


def _two_far_squares() -> NDArray[np.int32]:
    labels = np.zeros((128, 128), np.int32)
    labels[10:30, 10:30] = 1
    labels[80:110, 80:110] = 1
    return labels


@pytest.mark.parametrize(("split", "count"), [(True, 2), (False, 1)])
def test_clusters_are_split_into_connected_pieces(split: bool, count: int) -> None:
    """Far objects may share an embedding, since guides repeat."""
    assert _decode(perfect(_two_far_squares()), split=split).count == count


@pytest.mark.parametrize(("min_area", "count"), [(0, 2), (400, 2), (401, 1), (901, 0)])
def test_minimum_area_counts_each_piece_in_image_pixels(min_area: int, count: int) -> None:
    """400 and 900 pixels, though both are of one cluster."""
    assert _decode(perfect(_two_far_squares()), min_area=min_area).count == count


def test_minimum_area_is_of_the_image_not_of_the_network() -> None:
    """The image was doubled for the network: 400 network pixels are 100 of the image."""
    geometry = Geometry.scaled((64, 64), 2.0)
    piece = perfect(_two_far_squares(), geometry=geometry)
    assert _decode(piece, min_area=100).count == 2
    assert _decode(piece, min_area=101).count == 1
    assert _decode(piece, min_area=1).labels.shape == (64, 64)


def test_without_a_foreground_map_the_densest_cluster_is_background() -> None:
    """As published, and whatever the parameter says."""
    full = perfect(_two_far_squares())
    assert _decode(EmbeddingMap(full.geometry, full.embedding, None)).count == 2


def test_the_foreground_threshold_moves_the_outline() -> None:
    """A lower threshold takes more pixels."""
    full = perfect(_two_far_squares())
    soft = np.where(full.foreground > 0, 0.9, 0.3).astype(np.float16)
    soft[10:30, 30:34] = 0.4
    piece = EmbeddingMap(full.geometry, full.embedding, soft)
    areas = [(_decode(piece, foreground=value).labels > 0).sum() for value in (0.35, 0.5, 0.95)]
    assert areas[0] > areas[1] > areas[2] == 0


def test_scores_fall_with_noise() -> None:
    """The review order of a user starts with the least certain object."""
    labels = draw_nuclei(size=256, count=12, seed=2)[1]
    clean, noisy = (_decode(perfect(labels, noise=noise)).scores.mean() for noise in (0.0, 0.1))
    assert clean > 0.9
    assert noisy < clean


def test_doubtful_objects_are_dropped_when_a_score_is_asked_for() -> None:
    """Those that score less go, and nothing else changes."""
    labels = draw_nuclei(size=256, count=12, seed=2)[1]
    piece = perfect(labels, noise=0.05)
    every = _decode(piece)
    least = float(np.median(every.scores))
    sure = _decode(piece, score=least)
    assert 0 < sure.count == int((every.scores >= least).sum()) < every.count
    assert np.array_equal(sure.labels > 0, np.isin(every.labels, 1 + np.flatnonzero(every.scores >= least)))
