"""A crop shows the objects at the size that was drawn for them, image and labels together."""

import numpy as np
import pytest
import torch

from napari_leafseg.core.sample import Sample
from napari_leafseg.core.sizes import main_diameter
from napari_leafseg.training.crops import as_learned
from napari_leafseg.training.framing import framed
from napari_leafseg.training.options import TrainOptions


def sample(side=200, radius=10):
    rows, columns = np.mgrid[:side, :side]
    ids = np.zeros((side, side), np.int64)
    for number, (row, column) in enumerate(((60, 60), (60, 100), (120, 90)), start=1):
        ids[(rows - row) ** 2 + (columns - column) ** 2 < radius**2] = number
    mask = torch.from_numpy(ids)
    return (mask > 0).float().repeat(3, 1, 1), mask


@pytest.mark.parametrize("wanted", [6.0, 20.0, 60.0])
def test_objects_get_the_wanted_diameter(wanted):
    torch.manual_seed(1)
    image, mask = framed(*sample(), 256, (wanted, wanted), -1)

    assert image.shape == (3, 256, 256)
    assert mask.shape == (256, 256)
    whole = [main_diameter(np.where(mask.numpy() == number, 1, 0)) for number in (1, 2, 3)]
    assert max(size for size in whole if size) == pytest.approx(wanted, rel=0.15)


@pytest.mark.parametrize("seed", range(8))
def test_image_and_labels_stay_together_and_what_lies_beyond_is_filled(seed):
    torch.manual_seed(seed)
    image, mask = framed(*sample(), 192, (8.0, 40.0), -1)

    inside = mask >= 0
    agree = (image[0] > 0.5) == (mask > 0)
    assert agree[inside].float().mean() > 0.98
    assert (image[:, ~inside] == 0).all()


def test_small_objects_and_bare_ground_are_in_the_middle_too():
    """A crop in eight shows what is no object; a small object is met far more often than its share of the pixels."""
    mask = torch.zeros(400, 400, dtype=torch.int64)
    mask[40:140, 40:140], mask[300:310, 300:310] = 1, 2
    torch.manual_seed(0)
    crops = [framed(torch.zeros(3, 400, 400), mask, 64, (100, 100), -1)[1] for _ in range(300)]

    assert 0.04 < np.mean([not (crop > 0).any() for crop in crops]) < 0.2
    assert 0.15 < np.mean([bool((crop == 2).any()) for crop in crops]) < 0.4


def test_sizes_are_spread_over_the_range():
    torch.manual_seed(0)
    sizes = [main_diameter(framed(*sample(radius=9), 256, (8.0, 32.0), -1)[1].numpy()) for _ in range(60)]

    assert min(sizes) < 11
    assert max(sizes) > 25


def test_an_image_without_objects_keeps_its_scale():
    image, mask = framed(torch.rand(3, 300, 300), torch.zeros(300, 300, dtype=torch.int64), 128, (5, 5), -1)

    assert image.shape == (3, 128, 128)
    assert not (mask > 0).any()


@pytest.mark.parametrize("shape", [(1, 1), (3, 400), (20, 7)])
def test_odd_images_are_no_trouble(shape):
    for seed in range(10):
        torch.manual_seed(seed)
        mask = torch.zeros(shape, dtype=torch.int64)
        mask[0, 0] = 1
        assert framed(torch.rand(3, *shape), mask, 128, (4, 90), -1)[1].shape == (128, 128)


def test_what_is_prepared_on_has_the_sizes_that_are_learned():
    image, mask = sample(radius=6)
    options = TrainOptions(epochs=1, crop=128, object_low=24, object_high=24)
    given = [Sample("a", np.ascontiguousarray(image.permute(1, 2, 0).numpy()), mask.numpy().astype(np.int32))] * 3

    shown = as_learned(given, options)

    assert as_learned(given, TrainOptions(epochs=1)) is given
    for one in shown:
        assert one.image.shape == (128, 128, 3)
        largest = max(main_diameter(one.labels == i) or 0 for i in (1, 2, 3))
        assert largest == pytest.approx(24, rel=0.2)
