"""Small drawn fields of nuclei as samples, for tests that train."""

from __future__ import annotations

import numpy as np

from napari_leafseg.core.sample import Sample
from napari_leafseg.data.nuclei import draw_nuclei


def fields(count: int, size: int = 96) -> list[Sample]:
    """Draw some, each with its own seed."""
    found = []
    for seed in range(count):
        image, labels = draw_nuclei(size=size, count=6, seed=seed)
        grey = image.astype(np.float32) / 255
        found.append(Sample(f"field {seed}", np.repeat(grey[:, :, np.newaxis], 3, axis=2), labels))
    return found
