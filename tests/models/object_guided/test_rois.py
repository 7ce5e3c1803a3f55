"""Which samples a box is made of, on which levels, and that they are taken right."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch.nn.functional import grid_sample

from napari_leafseg.core.geometry import Geometry
from napari_leafseg.core.paste import paste
from napari_leafseg.models.object_guided.params import COMPACT, PAPER, ObjectGuidedConfig
from napari_leafseg.models.object_guided.rois import GRIDS, frames, groups, places, sample, weighted


def _boxes(*rows: tuple[float, float, float, float]) -> NDArray[np.float32]:
    return np.array(rows, np.float32).reshape(-1, 4)


@pytest.mark.parametrize(
    ("side", "sizes"),
    [
        (1.5, None),
        (3, [3]),
        (6, [6, 3]),
        (20, [22, 11, 5, 2]),
        (40, [44, 22, 11, 5, 2]),
        (300, [330, 165, 82, 41, 20]),
    ],
)
def test_published_boxes_have_a_sample_per_pixel_until_there_are_fewer_than_two(
    side: float, sizes: list[int] | None
) -> None:
    """Times 1.1, on every level; boxes of less than two pixels are left out."""
    found = list(groups(_boxes((10, 10, 10 + side, 10 + side)), PAPER))
    assert [[size[0] for size in group.sizes] for group in found] == ([] if sizes is None else [sizes])


def test_both_sides_of_a_box_must_reach_a_level() -> None:
    (group,) = groups(_boxes((0, 0, 10, 100)), PAPER)
    assert group.sizes == ((11, 110), (5, 55), (2, 27))


@pytest.mark.parametrize("config", [COMPACT, PAPER])
def test_every_box_is_in_one_group_with_its_like(config: ObjectGuidedConfig) -> None:
    """And no group is too large to be cancelled in time."""
    rng = np.random.default_rng(0)
    first = rng.uniform(0, 400, (500, 2))
    boxes = np.concatenate([first, first + rng.uniform(3, 60, (500, 2))], 1).astype(np.float32)
    found = list(groups(boxes, config))
    assert sorted(np.concatenate([group.index for group in found]).tolist()) == list(range(500))
    assert all(len(group.index) * np.prod(group.sizes[0]) <= 1 << 16 for group in found)
    for group in found:
        alone = {next(iter(groups(boxes[[index]], config))).sizes for index in group.index}
        assert alone == {group.sizes}


@pytest.mark.parametrize("side", [8, 14, 25, 40, 75, 150, 600])
def test_grids_have_cells_of_one_to_two_pixels_as_far_as_there_are_grids(side: int) -> None:
    (group,) = groups(_boxes((0, 0, side, side / 2)), COMPACT)
    (rows, columns), cell = group.sizes[0], side * COMPACT.expand / group.sizes[0][0]
    assert rows == columns and rows in GRIDS
    assert 1 <= cell <= 2.01 or rows in {GRIDS[0], GRIDS[-1]}
    assert group.sizes == tuple((rows >> level, rows >> level) for level in range(len(group.sizes)))


def test_published_samples_run_from_edge_to_edge() -> None:
    """A box of pixels 20 to 29, times 1.1, has its middle at index 24.5: 19 to 30, and half of that one level up."""
    boxes = torch.tensor([[20.0, 0, 30, 50]])
    rows, _ = places(boxes, 0, (11, 55), PAPER)
    np.testing.assert_allclose(rows[0].numpy(), np.linspace(19, 30, 11), atol=1e-5)
    rows, columns = places(boxes, 1, (5, 27), PAPER)
    np.testing.assert_allclose(rows[0].numpy(), np.linspace(9.5, 15, 5), atol=1e-5)
    assert columns.shape == (1, 27)


def test_grid_samples_are_the_centres_of_its_cells() -> None:
    """A box of 16 px, times 1.25, is 20 px in 4 cells; on stride 2 the same places have half the index."""
    boxes = torch.tensor([[22.0, 22, 38, 38]])
    rows, _ = places(boxes, 0, (4, 4), COMPACT)
    assert rows[0].tolist() == [22.0, 27.0, 32.0, 37.0]
    half, _ = places(boxes, 1, (4, 4), COMPACT)
    np.testing.assert_allclose(half[0].numpy(), (rows[0].numpy() + 0.5) / 2 - 0.5)


@pytest.mark.parametrize("channels", [1, 3, 40])
def test_sampling_is_bilinear_with_zeros_outside(channels: int) -> None:
    """As torch's grid_sample has it, from the right image of the batch."""
    generator = torch.Generator().manual_seed(0)
    maps = torch.rand(3, channels, 13, 17, generator=generator)
    image = torch.tensor([2, 0, 1, 2])
    rows = torch.rand(4, 6, generator=generator) * 17 - 2
    columns = torch.rand(4, 9, generator=generator) * 21 - 2
    grid = torch.stack(
        [(columns[:, None] / 16 * 2 - 1).expand(-1, 6, -1), (rows[:, :, None] / 12 * 2 - 1).expand(-1, -1, 9)], -1
    )
    wanted = grid_sample(maps[image], grid, mode="bilinear", padding_mode="zeros", align_corners=True)
    found = sample(maps, image, rows, columns)
    assert found.shape == (4, channels, 6, 9)
    np.testing.assert_allclose(found.numpy(), wanted.numpy(), atol=1e-5)


def test_gradients_reach_the_sampled_map() -> None:
    maps = torch.zeros(1, 2, 5, 5, requires_grad=True)
    sample(maps, torch.zeros(1, dtype=torch.long), torch.tensor([[1.25]]), torch.tensor([[2.0]])).sum().backward()
    assert maps.grad is not None
    assert maps.grad[0, 1, 1:3, 2].tolist() == [0.75, 0.25] and float(maps.grad.sum()) == 2


def test_devices_without_a_bag_sum_the_same() -> None:
    """The plain way and the fast way agree."""
    generator = torch.Generator().manual_seed(0)
    table, weight = torch.rand(50, 7, generator=generator), torch.rand(30, 4, generator=generator)
    index = torch.randint(0, 50, (30, 4), generator=generator).int()
    plain = (table[index.long()] * weight[..., None]).sum(1)
    np.testing.assert_allclose(weighted(table, index, weight).numpy(), plain.numpy(), atol=1e-6)


@pytest.mark.parametrize("config", [COMPACT, PAPER])
def test_what_is_sampled_in_a_box_is_pasted_back_where_it_was(config: ObjectGuidedConfig) -> None:
    """Boxes at any fraction of a pixel: a soft disc comes back to within a pixel's width."""
    rows, columns = np.indices((80, 90))
    disc = np.clip(12.5 - np.hypot(rows - 40.2, columns - 37.6), 0, 1).astype(np.float32)
    boxes = _boxes((26.9, 24.1, 53.7, 51.3))
    (group,) = groups(boxes, config)
    at = places(torch.from_numpy(boxes), 0, group.sizes[0], config)
    values = sample(torch.from_numpy(disc)[None, None], torch.zeros(1, dtype=torch.long), *at)
    (mask,) = paste(values[:, 0].numpy(), frames(boxes, config), Geometry.scaled((80, 90)), 0.5)
    whole = np.zeros(disc.shape, bool)
    whole[mask.top : mask.top + mask.pixels.shape[0], mask.left : mask.left + mask.pixels.shape[1]] = mask.pixels
    wrong = whole != (disc > 0.5)
    assert wrong.sum() <= 0.01 * (disc > 0.5).sum()
    offset = np.argwhere(whole).mean(0) - np.argwhere(disc > 0.5).mean(0)
    assert np.abs(offset).max() < 0.05
