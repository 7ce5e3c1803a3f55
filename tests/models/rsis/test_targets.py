"""Which objects a window holds, in which order, and where to point."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from napari_leafseg.core.sample import Sample
from napari_leafseg.models.rsis.targets import objects, places
from napari_leafseg.models.rsis.windows import cut, draw, inside, side_of, typical_size


def _labels() -> torch.Tensor:
    """Object 7 above and small, 3 in the middle and large, 900 below; 5 is a speck."""
    labels = torch.zeros(30, 30, dtype=torch.int64)
    labels[1:4, 20:24] = 7
    labels[8:16, 5:15] = 3
    labels[22:27, 2:8] = 900
    labels[29, 29] = 5
    return labels


ALL = torch.ones(30, 30, dtype=torch.bool)


@pytest.mark.parametrize(("order", "areas"), [("sweep", [12, 80, 30]), ("area", [80, 30, 12])])
def test_objects_are_put_in_order(order: str, areas: list[int]) -> None:
    """From the top to the bottom, or the largest first."""
    found = objects(_labels(), ALL, {}, order, 20)  # type: ignore[arg-type]
    assert found.masks.sum((1, 2)).tolist() == areas
    assert found.classes.tolist() == [-1, -1, -1]


def test_the_first_of_the_order_are_kept() -> None:
    """The largest, as the authors do."""
    assert objects(_labels(), ALL, {}, "area", 2).masks.sum((1, 2)).tolist() == [80, 30]


def test_classes_follow_their_objects() -> None:
    """An object without a class has -1, and is in no class loss."""
    assert objects(_labels(), ALL, {3: 1, 7: 0}, "area", 20).classes.tolist() == [1, -1, 0]


def test_a_speck_is_neither_sought_nor_background() -> None:
    """Its pixels count for nothing."""
    valid = objects(_labels(), ALL, {}, "area", 20).valid
    assert not bool(valid[29, 29])
    assert int(valid.sum()) == 899


def test_what_is_ignored_does_not_exist() -> None:
    """An object wholly under the mask is gone, one partly under it is smaller."""
    valid = ALL.clone()
    valid[0:12] = False
    found = objects(_labels(), valid, {}, "sweep", 20)
    assert found.masks.sum((1, 2)).tolist() == [40, 30]


def test_an_empty_window_has_no_objects() -> None:
    """And all its pixels count."""
    found = objects(torch.zeros(8, 8, dtype=torch.int64), torch.ones(8, 8, dtype=torch.bool), {}, "sweep", 20)
    assert found.masks.shape == (0, 8, 8)
    assert bool(found.valid.all())


def test_places_are_inside_their_object_and_most_at_its_middle() -> None:
    """Probabilities over the coarse map; also for an object smaller than one cell."""
    masks = objects(_labels(), ALL, {}, "sweep", 20).masks
    where = places(masks, (15, 15))
    torch.testing.assert_close(where.sum((1, 2)), torch.ones(3))
    assert [divmod(int(index), 15) for index in where.flatten(1).argmax(1)][1] in [(5, 4), (6, 4), (5, 5), (6, 5)]
    assert float(where[0][4:].sum()) == 0


def test_the_side_of_a_window_is_made_from_the_object_size() -> None:
    """15 objects, each with the room of two squares of its width."""
    assert side_of(20, 15) == pytest.approx(20 * 30**0.5)


def test_the_typical_size_is_the_median_of_visible_objects() -> None:
    """A disc of 80 pixels is 10.1 across; what is ignored is not counted."""
    image = np.zeros((30, 30, 3), np.float32)
    labels = np.where(_labels().numpy() == 5, 0, _labels().numpy()).astype(np.int32)
    assert typical_size([Sample("a", image, labels)]) == pytest.approx(2 * np.sqrt(30 / np.pi))
    assert typical_size([Sample("a", image, labels, labels != 3)]) == pytest.approx(2 * np.sqrt(80 / np.pi))
    assert typical_size([Sample("a", image, np.zeros_like(labels))]) is None


def test_a_window_of_the_image_is_the_image() -> None:
    """Same side, same size: nothing is moved or blurred."""
    image = torch.rand(2, 3, 16, 16)
    torch.testing.assert_close(cut(image, torch.zeros(2, 2), 16.0, 16, "bilinear"), image)


def test_a_window_is_cut_where_it_says_and_resized() -> None:
    """Rows 4 to 8 and columns 8 to 12, twice as large."""
    image = torch.arange(256.0).reshape(1, 1, 16, 16)
    found = cut(image, torch.tensor([[4.0, 8.0]]), 4.0, 8, "nearest")
    torch.testing.assert_close(found[0, 0, ::2, ::2], image[0, 0, 4:8, 8:12])


def test_a_window_larger_than_the_image_repeats_its_border() -> None:
    """And says which of its pixels are the image's."""
    corner = torch.tensor([[-4.0, 0.0]])
    image = torch.arange(256.0).reshape(1, 1, 16, 16)
    found = cut(image, corner, 20.0, 20, "nearest")
    assert float(found[0, 0, 0, 3]) == float(image[0, 0, 0, 3])
    real = inside((16, 16), corner, 20.0, 20)
    assert int(real.sum()) == 256
    assert not bool(real[0, :4].any()) and not bool(real[0, :, 16:].any())


def test_windows_are_drawn_where_few_objects_are() -> None:
    """A crowd on the left, one object on the right."""
    labels = torch.zeros(1, 32, 64, dtype=torch.int64)
    labels[0, :, :32] = torch.arange(32)[:, None] + 1
    labels[0, 4:8, 50:54] = 99
    torch.manual_seed(0)
    lefts = [float(draw(labels, 24.0, 3)[0, 1]) for _ in range(20)]
    assert sum(left > 31 for left in lefts) > 10
    assert all(0 <= left <= 40 for left in lefts)
