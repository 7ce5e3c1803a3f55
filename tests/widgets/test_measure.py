"""The measured object size is the median diameter, whatever the ids."""

import numpy as np
import pytest

from napari_leafseg.core.errors import ImageError
from napari_leafseg.widgets.measure import typical_diameter


def test_median_diameter(nuclei_image):
    _, labels = nuclei_image
    assert typical_diameter(labels) == pytest.approx(17, abs=1)
    assert typical_diameter(labels.astype(np.uint16) * 100) == typical_diameter(labels)


def test_nothing_to_measure():
    with pytest.raises(ImageError, match="no labels to measure"):
        typical_diameter(np.zeros((9, 9), np.int32))
