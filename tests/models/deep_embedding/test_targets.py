"""Clusters of a batch, their borders and their key pixels, by hand."""

from __future__ import annotations

import torch

from napari_leafseg.models.deep_embedding.targets import borders, clusters_of, key_pixels, some_of_each


def _everywhere(labels: torch.Tensor) -> torch.Tensor:
    return torch.ones_like(labels, dtype=torch.bool)


def test_clusters_of_images_do_not_mix() -> None:
    """The same id in two images is two clusters; images without objects have none."""
    labels = torch.tensor([[[5, 5, 0], [9, 0, 0]], [[0, 0, 0], [0, 0, 0]], [[5, 0, 0], [0, 0, 0]]])
    found = clusters_of(labels, _everywhere(labels), background=False)
    assert found.size.tolist() == [2, 1, 1]
    assert found.image.tolist() == [0, 0, 2]
    assert found.pixels.tolist() == [0, 1, 3, 12]
    assert found.index.tolist() == [0, 0, 1, 2]
    assert found.peers.tolist() == [2, 2, 1]
    torch.testing.assert_close(found.share, torch.tensor([1 / 6, 1 / 6, 1 / 3]))


def test_background_is_a_cluster_if_asked_for() -> None:
    """As published; pixels that do not count are in none."""
    labels = torch.tensor([[[0, 0, 1], [0, 1, 1]]])
    valid = _everywhere(labels)
    valid[0, 0, 0] = False
    found = clusters_of(labels, valid, background=True)
    assert found.size.tolist() == [2, 3]


def test_borders_lie_on_both_sides_of_an_edge() -> None:
    """A pixel whose eight neighbours hold another label; diagonals count."""
    labels = torch.zeros(1, 5, 5, dtype=torch.int64)
    labels[0, 3:, 3:] = 1
    expected = torch.zeros(5, 5, dtype=torch.bool)
    expected[2, 2:] = expected[2:, 2] = True
    expected[3, 3:] = expected[3:, 3] = True
    assert torch.equal(borders(labels, _everywhere(labels))[0], expected)


def test_nobody_knows_of_a_border_beside_the_unknown() -> None:
    """Whatever lies under the ignore mask."""
    labels = torch.zeros(1, 5, 5, dtype=torch.int64)
    labels[0, :, 3:] = 1
    valid = _everywhere(labels)
    valid[0, :, 3:] = False
    assert not borders(labels, valid).any()


def test_at_most_some_border_pixels_of_each_cluster_are_taken() -> None:
    """Among the borders only; all of them where they are few."""
    labels = torch.zeros(1, 20, 20, dtype=torch.int64)
    labels[0, 5:15, 5:15] = 1
    labels[0, 0, 0] = 2
    valid = _everywhere(labels)
    found = clusters_of(labels, valid, background=True)
    border = borders(labels, valid)
    points = some_of_each(found, border, 10)
    assert torch.bincount(found.index[points]).tolist() == [10, 10, 1]
    assert border.flatten()[found.pixels[points]].all()
    assert len(points.unique()) == len(points)


def test_key_pixels_are_the_outermost_and_the_middle_one() -> None:
    """Of a plus sign: its four ends and its crossing."""
    labels = torch.zeros(1, 7, 7, dtype=torch.int64)
    labels[0, 3, 1:6] = 1
    labels[0, 1:6, 3] = 1
    found = clusters_of(labels, _everywhere(labels), background=False)
    extremes, middle = key_pixels(found, (7, 7))
    places = [divmod(int(pixel), 7) for pixel in found.pixels[extremes[0]]]
    assert places == [(1, 3), (5, 3), (3, 1), (3, 5)]
    assert divmod(int(found.pixels[middle[0]]), 7) == (3, 3)


def test_the_middle_of_a_crooked_object_lies_on_it() -> None:
    """The mean of a ring is its hole; the nearest pixel of the ring stands for it."""
    labels = torch.ones(1, 9, 9, dtype=torch.int64)
    labels[0, 1:8, 1:8] = 0
    found = clusters_of(labels, _everywhere(labels), background=False)
    _, middle = key_pixels(found, (9, 9))
    assert labels.flatten()[found.pixels[middle[0]]] == 1
