"""Small drawn fields of nuclei as samples, for tests that train."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

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


def write_fields(root: Path, count: int, size: int = 96) -> Path:
    """Write such fields as a folder with images and labels."""
    for part in ("images", "labels"):
        (root / part).mkdir(parents=True)
    for seed in range(count):
        image, labels = draw_nuclei(size=size, count=6, seed=seed)
        Image.fromarray(image).save(root / "images" / f"{seed}.png")
        Image.fromarray(labels.astype("uint8")).save(root / "labels" / f"{seed}.png")
    return root
