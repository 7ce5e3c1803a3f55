"""What is sampled, how the tree is kept, and where the rest goes."""

from __future__ import annotations

import numpy as np
import torch
from models.deep_embedding.drawn import with_background, with_places
from scipy import ndimage

from napari_leafseg.core.memo import NoMemo
from napari_leafseg.data.nuclei import draw_nuclei
from napari_leafseg.inference.memo import BoundedMemo
from napari_leafseg.models.deep_embedding.clustering import Cut, TreeMemo, assign, centres, cluster
from napari_leafseg.models.deep_embedding.field import Field
from napari_leafseg.models.deep_embedding.sampling import (
    BACKGROUND_SAMPLES,
    flattest,
    near_densest,
    principal_components,
    sample,
)


def test_the_densest_place_of_a_picture_is_its_background() -> None:
    labels = draw_nuclei(size=256, count=20, seed=2)[1]
    field = Field(with_background(labels, noise=0.1).embedding, None)
    np.testing.assert_array_equal(near_densest(field, np.ones(labels.shape, bool), 4.0), labels == 0)


def test_background_is_thinned() -> None:
    """Most pixels are background, most sampled ones are not; one stands for as many as an object's pixel needs."""
    labels = draw_nuclei(size=256, count=20, seed=2)[1]
    field = Field(with_background(labels, noise=0.1).embedding, None)
    chosen = sample(field, np.ones(labels.shape, bool), 4.0, 2000, background=True)
    ground = field.at(np.flatnonzero(labels == 0)).mean(0)
    thinned = int(((chosen.vectors - ground).norm(dim=1) < 4).sum())
    assert 0.5 * BACKGROUND_SAMPLES < thinned < 2 * BACKGROUND_SAMPLES
    assert len(chosen.vectors) - thinned > 2 * thinned


def test_borders_between_objects_are_left_out() -> None:
    """There the embedding is neither the one nor the other."""
    labels = np.zeros((64, 64), np.int32)
    labels[8:56, 8:32], labels[8:56, 32:56] = 1, 2
    sharp = with_places(labels)
    blurred = np.stack([ndimage.gaussian_filter(channel.astype(np.float32), 1.5) for channel in sharp.embedding])
    index, area = flattest(Field(blurred, 8.0), labels > 0, 1.0, 10_000)
    columns = index % 64
    assert ((columns < 31) | (columns > 32)).all()
    assert 0.5 * (labels > 0).sum() < len(index) * area <= (labels > 0).sum() + 1


def test_principal_components_keep_distances_that_fit_into_them() -> None:
    generator = torch.Generator().manual_seed(0)
    flat = torch.randn(50, 8, generator=generator) @ torch.linalg.qr(torch.randn(32, 8, generator=generator))[0].T
    reduced = torch.from_numpy(principal_components(flat))
    assert reduced.shape == (50, 8)
    torch.testing.assert_close(
        torch.cdist(reduced, reduced), torch.cdist(flat.double(), flat.double()), atol=1e-4, rtol=1e-4
    )


def test_the_tree_is_remembered_under_its_key() -> None:
    """In the form that hdbscan asks of a memory."""
    asked = []
    memory = TreeMemo(BoundedMemo(), ("tree", 5))
    for _ in range(2):
        assert memory.cache(lambda a, b: asked.append(a) or a + b)(1, b=2) == 3
    assert asked == [1]


def test_noise_goes_to_the_nearest_mean() -> None:
    """And is no object of its own."""
    vectors = torch.tensor([[0.0, 0], [0, 2], [10, 0], [4, 0]])
    means = centres(vectors, np.array([0, 0, 1, -1]))
    assert means.tolist() == [[0, 1], [10, 0]]
    field = Field(vectors.T.reshape(2, 1, 4).numpy(), None)
    assert assign(field, np.ones((1, 4), bool), means).tolist() == [[1, 1, 2, 1]]


def test_where_nothing_is_grouped_all_is_one() -> None:
    assert centres(torch.tensor([[1.0], [3.0]]), np.array([-1, -1])).tolist() == [[2.0]]


def test_nothing_is_grouped_into_nothing() -> None:
    labels = np.zeros((16, 16), np.int32)
    field = Field(with_places(labels).embedding, 8.0)
    assert cluster(field, labels > 0, Cut(30, 5, 1.0), NoMemo()).max() == 0
