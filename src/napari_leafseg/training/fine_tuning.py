"""What a training is told that goes on from good weights on a person's own few images. Imports no torch.

The window and ``train --fine-tune`` call the same function, so that both train alike.
"""

from __future__ import annotations

from typing import Any

from napari_leafseg.core.weights import Card
from napari_leafseg.training.options import TrainOptions

DEFAULTS: dict[str, Any] = {
    "learning_rate": 3e-4,
    # leafmask-rosette, 96 steps on six plants of a strange style: with a share of 0, 0.25 and 0.5 its SBD on others of
    # that style rose by 0.09, 0.05 and 0.05, and fell on drawn plants by 0.08, 0.05 and 0.03.
    "replay": 0.5,
    # 30 passes on eight plants of that style, 24 of harmonic; SBD on 30 others, and on 50 drawn plants, with weights
    # three quarters of the way to those learned, and half of it: leafmask +0.129 -0.013, +0.111 -0.018; object_guided
    # +0.113 -0.013, +0.094 -0.006; harmonic +0.163 -0.021, +0.158 -0.007. With a warm-up of 0.03, whose first steps
    # lead far away: leafmask +0.126 -0.025, +0.092 -0.011; object_guided +0.104 -0.017, +0.083 -0.012.
    # rsis, after 35 passes, three quarters of the way: +0.196, and +0.014 on 100 drawn plants.
    "mixing": None,
    "warm_up": 0.2,
    # harmonic-rosette on 16 images of grey fluorescence; AP50 on the 133 images of every kind of DSB 2018's val: 0.501
    # after 15 minutes without, 0.603 after 10 with `invert` at 0.3 (on those of its own kind 0.691 and 0.813).
    "invert_grey": 0.3,
    "keep_fitted": True,
    "keep_norms": True,
    "patience": 10,
    "validate_first": True,
    "validation_images": 16,
    "preview": True,
    "compare": True,
    "drawn_size": 384,
}
"""Apart from what follows from the weights' card."""


def fine_tuning_options(
    card: Card, *, epochs: int | None = None, minutes: float | None = None, **changes: Any
) -> TrainOptions:
    """Choose the options of a fine-tuning.

    Parameters
    ----------
    card
        Of the weights that it starts from; those that take images resized, to a size of objects or by a factor, go
        on so.
    epochs, minutes
        How long.
    changes
        Options that the person chose; they go before.

    Raises
    ------
    ParameterError
        If a name is unknown or a value not allowed.
    """
    return TrainOptions.parse({**DEFAULTS, **_sizes(card), "epochs": epochs, "minutes": minutes, **changes})


def _sizes(card: Card) -> dict[str, float]:
    if card.object_sizes is None:
        return {"enlarge": card.enlarge}
    low, high = card.object_sizes
    # The sizes are drawn already; a wide zoom besides would leave the range.
    return {"object_low": low, "object_high": high, "scale_low": 0.9, "scale_high": 1.1}
