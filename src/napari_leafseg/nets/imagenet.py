"""What ImageNet asks of an image: the mean and deviation its published weights were trained with."""

from __future__ import annotations

from torch import Tensor

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def normalised(image: Tensor) -> Tensor:
    """Bring (B, 3, H, W), values 0 to 1, to ImageNet's mean and deviation."""
    mean, deviation = (image.new_tensor(values)[:, None, None] for values in (MEAN, DEVIATION))
    return (image - mean) / deviation
