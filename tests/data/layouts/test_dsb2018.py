"""One binary image per nucleus becomes one label image."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from napari_leafseg.core.errors import ImageError
from napari_leafseg.data.layouts import labels_of, load_sample, open_folder


def test_masks_become_ids_with_the_smaller_on_top(make: Any) -> None:
    make.image("c1/images/c1.png")
    make.image("c1/masks/m1.png", make.box(1, 1, 2, 2, 255))
    make.image("c1/masks/m2.png", make.box(0, 0, 3, 3, 255))
    make.image("c1/masks/m10.png", make.box(4, 4, 6, 8, 255))
    make.image("c1/masks/m11.png", 0)
    (entry,) = open_folder(make.root).entries
    expected = make.box(0, 0, 3, 3, 2) + make.box(4, 4, 6, 8, 3) - make.box(1, 1, 2, 2)
    labels = labels_of(entry)
    assert labels is not None and np.array_equal(labels, expected)
    assert np.array_equal(load_sample(entry).labels, expected)


def test_an_image_without_nuclei_has_empty_labels(make: Any) -> None:
    make.image("c1/images/c1.png")
    (make.root / "c1" / "masks").mkdir()
    (entry,) = open_folder(make.root).entries
    labels = labels_of(entry)
    assert labels is not None and labels.shape == make.shape and not labels.any()


def test_a_mask_of_another_size_is_named(make: Any) -> None:
    make.image("c1/images/c1.png")
    make.image("c1/masks/m1.png", np.zeros((3, 3)))
    (entry,) = open_folder(make.root).entries
    with pytest.raises(ImageError, match=r"m1\.png: the labels are 3 x 3 pixels but the image is 6 x 8"):
        labels_of(entry)
