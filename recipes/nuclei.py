"""What the recipes for nuclei have in common: data, licence, and how they are trained."""

from __future__ import annotations

from typing import Any

from napari_leafseg.core.weights import Card
from napari_leafseg.training.options import TrainOptions

FOLDER = "dsb2018"


def options(minutes: float) -> TrainOptions:
    """400 crops of 256² a pass, seed 0; the best weights are chosen on 32 of the validation images."""
    return TrainOptions(minutes=minutes, samples_per_epoch=400, validation_images=32, seed=0)


def onward(minutes: float, *, enlarge: float = 1.0) -> dict[str, Any]:
    """Say what a second leg does otherwise: slower, and on images enlarged as the first leg's weights liked them."""
    return {"minutes": minutes, "enlarge": enlarge, "learning_rate": 5e-4, "validate_every": 4}


def card(failures: str = "") -> Card:
    """Say what is true of every file for nuclei; ``failures`` is what this one is known to do badly."""
    return Card(
        title="Nuclei under many microscopes",
        subject="nuclei",
        data="DSB 2018 training images (BBBC038v1, masks corrected by K. Lopuhin and others; Caicedo et al. 2019), "
        "CC0: 397 images, fluorescence, histology and bright field",
        licence="CC0 1.0: may be used for anything, also commercially",
        failures=failures,
        source="drawn:nuclei",
    )
