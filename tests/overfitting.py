"""Teaching a method one small drawn image, until it knows it: what the contract tests start from."""

from __future__ import annotations

import numpy as np

from napari_leafseg.core.sample import Sample
from napari_leafseg.data.nuclei import draw_nuclei
from napari_leafseg.training.options import TrainOptions

OVERFIT = TrainOptions(
    epochs=10, batch=2, crop=96, samples_per_epoch=24, learning_rate=3e-3, validate_every=5,
    rotate=0, scale_low=1, scale_high=1, shear=0, brightness=0, contrast=0, saturation=0, hue=0, blur=0, noise=0,
)  # fmt: skip


def drawn_sample() -> Sample:
    """Five nuclei, some of which touch: as few and as small as every method still learns in ten short passes."""
    image, labels = draw_nuclei(size=96, count=6, seed=3)
    grey = image.astype(np.float32) / image.max()
    return Sample("drawn", np.repeat(grey[:, :, np.newaxis], 3, axis=2), labels)
