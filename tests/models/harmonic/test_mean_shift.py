"""Mean shift must find every cluster where bin seeding and random seeds lose them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from napari_leafseg.models.harmonic.mean_shift import find_modes, greedy_cover, nearest

BANDWIDTH = 0.5


def _centres(count: int, seed: int = 0) -> torch.Tensor:
    """Points in 12-D at least two bandwidths apart."""
    generator = torch.Generator().manual_seed(seed)
    return greedy_cover(torch.rand(40 * count, 12, generator=generator) * 2 - 1, 2 * BANDWIDTH, count)


def _cloud(centres: torch.Tensor, per_cluster: int, noise: float) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    points = centres.repeat_interleave(per_cluster, 0)
    points = points + noise * torch.randn(points.shape, generator=generator)
    return points[torch.randperm(len(points), generator=generator)]


@pytest.mark.parametrize("noise", [0.0, 0.02, 0.05, 0.1])
def test_all_18_clusters_at_every_noise(noise: float) -> None:
    """A good embedding (little noise) is where bin seeding finds 7 of 18."""
    centres = _centres(18)
    points = _cloud(centres, 400, noise)
    modes = find_modes(points, points, BANDWIDTH, 6)
    assert len(modes.centres) == 18
    distance = torch.cdist(centres, modes.centres).amin(1)
    assert float(distance.max()) < BANDWIDTH / 2


def test_all_300_of_a_crowd() -> None:
    """Random seeds find 116 of 301; a cover of the data finds all."""
    centres = _centres(300)
    assert len(centres) == 300
    points = _cloud(centres, 27, 0.03)
    modes = find_modes(points, points, BANDWIDTH, 6)
    assert len(modes.centres) == 300


def test_modes_come_densest_first_and_apart() -> None:
    """The first is background where no mask is given."""
    centres = _centres(5)
    points = torch.cat([_cloud(centres[i : i + 1], 50 * (i + 1), 0.02) for i in range(5)])
    modes = find_modes(points, points, BANDWIDTH, 6)
    assert modes.support.tolist() == sorted(modes.support.tolist(), reverse=True)
    assert int(torch.cdist(modes.centres[:1], centres).argmin()) == 4
    apart = torch.cdist(modes.centres, modes.centres) + 9 * torch.eye(5)
    assert float(apart.min()) > BANDWIDTH


def test_thinly_supported_modes_are_dropped() -> None:
    """A blurred border between two objects is no object."""
    centres = _centres(2)
    points = torch.cat([_cloud(centres, 100, 0.01), centres.mean(0, keepdim=True).repeat(3, 1)])
    assert len(find_modes(points, points, BANDWIDTH, 6).centres) == 2


def test_no_points_no_modes() -> None:
    """An image without foreground is decoded too."""
    assert len(find_modes(torch.zeros(0, 12), torch.zeros(0, 12), BANDWIDTH, 6).centres) == 0


@pytest.mark.parametrize("most", [3, 1000])
def test_a_cover_leaves_no_point_uncovered_until_it_is_full(most: int) -> None:
    """Seeds are apart, in order, and near every point."""
    points = torch.rand(700, 12, generator=torch.Generator().manual_seed(3))
    cover = greedy_cover(points, 0.6, most)
    assert torch.equal(cover[0], points[0])
    assert len(cover) <= most
    assert float((torch.cdist(cover, cover) + 9 * torch.eye(len(cover))).min()) > 0.6
    if most > len(cover):
        assert float(torch.cdist(points, cover).amin(1).max()) <= 0.6 + 1e-5


def test_nearest_is_the_nearest() -> None:
    """The product form agrees with plain distances."""
    points, centres = torch.rand(5000, 12), torch.rand(700, 12)
    index, squared = nearest(points, centres)
    distance = torch.cdist(points, centres, compute_mode="donot_use_mm_for_euclid_dist")
    np.testing.assert_allclose(squared.sqrt().numpy(), distance.amin(1).numpy(), atol=1e-3)
    chosen = distance[torch.arange(5000), index]
    np.testing.assert_allclose(chosen.numpy(), distance.amin(1).numpy(), atol=1e-3)


def test_all_1500_of_tissue() -> None:
    """More clusters than a few rough steps could keep apart by luck."""
    centres = _centres(1500, seed=2)
    assert len(centres) == 1500
    points = _cloud(centres, 12, 0.02)
    assert len(find_modes(points, points, BANDWIDTH, 6).centres) == 1500
