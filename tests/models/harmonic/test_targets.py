"""Target embeddings by hand, and the weights of the loss."""

from __future__ import annotations

import math

import numpy as np
import torch

from napari_leafseg.models.harmonic.targets import borders, targets


def test_each_object_gets_the_mean_of_the_guides_over_its_valid_pixels() -> None:
    """Background is an object like the others; ignored pixels count for none."""
    labels = torch.tensor([[[0, 0, 1, 1], [0, 0, 1, 1]]])
    guides = torch.arange(8.0).reshape(1, 1, 2, 4)
    valid = torch.ones(1, 2, 4, dtype=torch.bool)
    valid[0, 1, 3] = False
    result = targets(labels, valid, guides)
    np.testing.assert_allclose(result.embedding[0, 0, :, 0].numpy(), (0 + 1 + 4 + 5) / 4)
    np.testing.assert_allclose(result.embedding[0, 0, :, 2].numpy(), (2 + 3 + 6) / 3, rtol=1e-6)


def test_weights_are_ten_over_the_logarithm_of_the_area() -> None:
    """Small objects weigh more; one pixel is not infinite."""
    labels = torch.zeros(1, 10, 10, dtype=torch.int64)
    labels[0, 0, 0] = 5
    weight = targets(labels, torch.ones(1, 10, 10, dtype=torch.bool), torch.zeros(1, 2, 10, 10)).weight
    np.testing.assert_allclose(float(weight[0, 0, 0]), 10 / math.log(2), rtol=1e-6)
    np.testing.assert_allclose(float(weight[0, 5, 5]), 10 / math.log(99), rtol=1e-6)


def test_images_of_a_batch_do_not_mix() -> None:
    """The same id in two images is two objects."""
    labels = torch.ones(2, 2, 2, dtype=torch.int64)
    guides = torch.stack([torch.zeros(1, 2, 2), torch.ones(1, 2, 2)])
    embedding = targets(labels, torch.ones(2, 2, 2, dtype=torch.bool), guides).embedding
    assert float(embedding[0].max()) == 0 and float(embedding[1].min()) == 1


def test_borders_are_five_pixels_wide_around_every_change() -> None:
    """Two pixels on each side of the pixels that touch another label."""
    labels = torch.zeros(1, 20, 20, dtype=torch.int64)
    labels[0, :, 10:] = 1
    assert borders(labels)[0, 10].nonzero().flatten().tolist() == list(range(7, 13))
