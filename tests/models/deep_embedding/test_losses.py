"""The terms of the discriminative loss against sums done by hand, and their gradients."""

from __future__ import annotations

import math

import pytest
import torch

from napari_leafseg.models.deep_embedding.losses import (
    cluster_means,
    discriminative,
    distance,
    edge,
    key_weights,
    regularisation,
    variance,
)
from napari_leafseg.models.deep_embedding.params import PAPER, DeepEmbeddingConfig
from napari_leafseg.models.deep_embedding.targets import Clusters, borders, clusters_of

CONFIG = DeepEmbeddingConfig(
    dimensions=2, variance_margin=0.5, distance_margin=1.5, variance_weight=1.0, distance_weight=1.0
)


def _two_clusters() -> tuple[torch.Tensor, Clusters]:
    """Of four and two pixels, in one image."""
    labels = torch.tensor([[[1, 1, 1], [1, 2, 2]]])
    vectors = torch.tensor([[0.0, 0], [2, 0], [0, 0], [2, 0], [1, 2], [1, 2]])
    return vectors, clusters_of(labels, labels > 0, background=False)


def test_means_are_of_the_clusters() -> None:
    vectors, clusters = _two_clusters()
    assert cluster_means(vectors, clusters).tolist() == [[1, 0], [1, 2]]


def test_variance_is_hinged_and_averaged_over_pixels_then_clusters() -> None:
    """Eq. 1: four pixels at distance 1 of the first mean, two at 0 of the second."""
    vectors, clusters = _two_clusters()
    term = variance(vectors, cluster_means(vectors, clusters), clusters, 0.5)
    assert float(term) == pytest.approx((1 - 0.5) ** 2 / 2, rel=1e-5)
    assert float(variance(vectors, cluster_means(vectors, clusters), clusters, 1.0)) == pytest.approx(0, abs=1e-10)


def test_distance_counts_every_ordered_pair() -> None:
    """Eq. 2 as printed: means 2 apart, 3 asked for; (1 + 1) / (2 * 1)."""
    vectors, clusters = _two_clusters()
    means = cluster_means(vectors, clusters)
    assert float(distance(means, clusters, 1.5)) == pytest.approx(1.0, rel=1e-5)
    assert float(distance(means, clusters, 1.0)) == pytest.approx(0, abs=1e-10)


def test_distance_over_objects_does_not_fade_in_a_crowd() -> None:
    """One near pair among many far ones: 2 / (C (C - 1)) of it as printed, 2 / C by the option."""
    labels = torch.arange(1, 11)[None, None]
    clusters = clusters_of(labels, labels > 0, background=False)
    means = torch.stack([torch.arange(10) * 100.0, torch.zeros(10)], 1)
    means[1, 0] = 1.0
    assert float(distance(means, clusters, 1.5)) == pytest.approx(4 * 2 / 90, rel=1e-5)
    assert float(distance(means, clusters, 1.5, over_objects=True)) == pytest.approx(4 * 2 / 10, rel=1e-5)


def test_regularisation_is_the_mean_length() -> None:
    """Eq. 3."""
    vectors, clusters = _two_clusters()
    term = regularisation(cluster_means(vectors, clusters), clusters)
    assert float(term) == pytest.approx((1 + math.sqrt(5)) / 2, rel=1e-5)


def test_images_are_averaged_and_do_not_see_each_other() -> None:
    """Two images of one cluster each have no pair; their variances are averaged."""
    labels = torch.tensor([[[1, 1]], [[1, 1]]])
    clusters = clusters_of(labels, labels > 0, background=False)
    vectors = torch.tensor([[0.0, 0], [4, 0], [0, 0], [0, 0]])
    means = cluster_means(vectors, clusters)
    assert float(variance(vectors, means, clusters, 1.0)) == pytest.approx(1 / 2, rel=1e-5)
    assert float(distance(means, clusters, 50.0)) == 0


def test_weighted_means_lean_to_the_key_pixels() -> None:
    """A row of ten: both ends are twice extreme (first of equals), the middle has a tenth more."""
    labels = torch.ones(1, 1, 10, dtype=torch.int64)
    clusters = clusters_of(labels, labels > 0, background=False)
    extra = key_weights(clusters, (1, 10))
    assert extra.tolist() == [3, 0, 0, 0, 1, 0, 0, 0, 0, 1]
    mean = cluster_means(torch.arange(10.0)[:, None], clusters, extra)
    assert float(mean) == pytest.approx((45 + 0 * 3 + 4 + 9) / 15)


def test_the_edge_term_looks_at_border_pixels_only() -> None:
    """Two stripes of one border column each: the hinge is at 2 (1.5 - 0.5) = 2, the borders are 1 apart."""
    labels = torch.tensor([[[1, 1, 2, 2], [1, 1, 2, 2]]])
    clusters = clusters_of(labels, labels > 0, background=False)
    column = torch.tensor([50.0, 0, 1, -50]).repeat(2)
    vectors = torch.stack([column, torch.zeros(8)], 1)
    border = borders(labels, torch.ones_like(labels, dtype=torch.bool))
    term = edge(vectors, clusters, border, CONFIG.replace(edge_weight=1.0))
    assert float(term) == pytest.approx((2 - 1) ** 2, rel=1e-5)


def test_the_edge_term_samples_borders_fairly_when_they_are_long() -> None:
    """More border than points: still only border pixels, so the term does not change where all are alike."""
    labels = torch.ones(1, 40, 40, dtype=torch.int64)
    labels[0, :, 20:] = 2
    clusters = clusters_of(labels, labels > 0, background=False)
    border = borders(labels, labels > 0)
    vectors = torch.where(border.flatten(), 0.5, 40.0) * torch.where(labels.flatten() == 1, -1.0, 1.0)
    vectors = torch.stack([vectors, torch.zeros(1600)], 1)
    for points in (5, 200):
        term = edge(vectors, clusters, border, CONFIG.replace(edge_weight=1.0, edge_points=points))
        assert float(term) == pytest.approx((2 - 1) ** 2, rel=1e-5)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("labels", ["objects", "one", "none"])
def test_every_term_has_a_finite_gradient(labels: str, weighted: bool) -> None:
    """Also with one object, with none, and where vectors are equal."""
    picture = torch.zeros(2, 8, 8, dtype=torch.int64)
    if labels != "none":
        picture[0, 1:4, 1:4] = 3
    if labels == "objects":
        picture[0, 4:7, 4:8] = 7
    valid = torch.ones_like(picture, dtype=torch.bool)
    clusters = clusters_of(picture, valid, background=False)
    own = torch.zeros(len(clusters.pixels), 2, requires_grad=True)
    config = CONFIG.replace(edge_weight=1.0, weighted_mean=weighted)
    terms = discriminative(own, None, clusters, borders(picture, valid), config)
    assert set(terms) == {"variance", "distance", "regularisation", "edge"}
    sum(terms.values()).backward()
    assert own.grad is not None and bool(torch.isfinite(own.grad).all())


def test_each_term_has_a_gradient_of_its_own() -> None:
    vectors, clusters = _two_clusters()
    border = torch.ones(1, 2, 3, dtype=torch.bool)
    config = CONFIG.replace(edge_weight=1.0)
    for name in ("variance", "distance", "regularisation", "edge"):
        own = (0.6 * vectors + 0.1 * torch.arange(6)[:, None]).requires_grad_()
        discriminative(own, None, clusters, border, config)[name].backward()
        assert float(own.grad.abs().sum()) > 0, name


def test_the_edge_term_and_the_weighted_mean_are_options() -> None:
    """Off by default, as in the paper's best run; weights multiply the terms."""
    vectors, clusters = _two_clusters()
    border = torch.ones(1, 2, 3, dtype=torch.bool)
    plain = discriminative(vectors, None, clusters, border, PAPER.replace(dimensions=2))
    assert set(plain) == {"variance", "distance", "regularisation"}
    half = discriminative(vectors, None, clusters, border, PAPER.replace(dimensions=2, distance_weight=0.5))
    assert float(half["distance"]) == pytest.approx(float(plain["distance"]) / 2)
    crooked = vectors + torch.arange(6.0)[:, None] ** 2
    terms = [
        discriminative(crooked, None, clusters, border, CONFIG.replace(weighted_mean=on))["variance"]
        for on in (False, True)
    ]
    assert float(terms[0]) != pytest.approx(float(terms[1]))


def test_places_are_not_the_networks_to_regularise() -> None:
    """They push clusters apart but are not pulled to the origin."""
    vectors, clusters = _two_clusters()
    border = torch.ones(1, 2, 3, dtype=torch.bool)
    places = torch.tensor([100.0, 0]) * (clusters.index[:, None] == 1)
    with_places = discriminative(vectors, places, clusters, border, CONFIG)
    without = discriminative(vectors, None, clusters, border, CONFIG)
    assert float(with_places["distance"]) == 0 < float(without["distance"])
    assert float(with_places["regularisation"]) == pytest.approx(float(without["regularisation"]))
