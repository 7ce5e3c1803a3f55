"""Labelled images, as training and evaluation see them, and what a network to train must offer.

Knows no method, no file and no augmentation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from napari_leafseg.core.errors import ImageError

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Sample:
    """One labelled image for training or evaluation.

    Attributes
    ----------
    name
        For messages.
    image
        float32 (height, width, 3), values 0 to 1 (`core.image.as_rgb`).
    labels
        int32 (height, width), 0 background; ids need not be consecutive.
    ignore
        bool (height, width): no loss and no score there; ``None`` for nowhere.
    classes
        Class of each id, where classes are known.
    path
        The image's file; ``None`` for what was drawn.
    """

    name: str
    image: NDArray[np.float32]
    labels: NDArray[np.int32]
    ignore: NDArray[np.bool_] | None = None
    classes: dict[int, int] = field(default_factory=dict)
    path: Path | None = None

    def __post_init__(self) -> None:
        for what, other in (("labels are", self.labels), ("ignore mask is", self.ignore)):
            if other is not None and other.shape != self.image.shape[:2]:
                raise ImageError(
                    f"{self.name}: the {what} {_by(other.shape)} pixels but the image is "
                    f"{_by(self.image.shape[:2])}; they must have the same size."
                )


def _by(shape: Sequence[int]) -> str:
    return " x ".join(str(side) for side in shape)


@dataclass
class Batch:
    """Samples as tensors, as the training loop hands them to a stage.

    Attributes
    ----------
    image
        float32 (B, 3, H, W), values 0 to 1.
    labels
        int64 (B, H, W).
    ignore
        bool (B, H, W).
    classes
        Per image, the class of each id.
    """

    image: torch.Tensor
    labels: torch.Tensor
    ignore: torch.Tensor
    classes: list[dict[int, int]]


class Stage(Protocol):
    """One network to train, as the loop sees it (a `torch.nn.Module` besides).

    Attributes
    ----------
    name
        For events and files.
    share
        Part of the time budget, 0 to 1; the shares of a method's stages sum to 1.
    """

    name: str
    share: float

    def losses(self, batch: Batch) -> dict[str, torch.Tensor]:
        """Return the named losses, each a scalar; their sum is minimised."""

    def advance(self, done: float) -> None:
        """Be told, before each epoch, what share of the stage is done."""

    def groups(self) -> list[dict[str, Any]]:
        """Divide the parameters for the optimiser; ``factor`` multiplies the learning rate of its group."""
