"""What the stages of all networks have in common; the training loop sees `core.sample.Stage`."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from torch import Tensor, nn

from napari_leafseg.core.sample import Batch


class NetworkStage(nn.Module):
    """One network to train; a method adds its losses.

    Attributes
    ----------
    name
        For events and files.
    share
        Part of the time budget, 0 to 1; the shares of a method's stages sum to 1.
    """

    name: str
    share: float = 1.0

    @abstractmethod
    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Return the named losses of a batch, each a scalar; their sum is minimised."""
        raise NotImplementedError

    def advance(self, done: float) -> None:
        """Be told, before each epoch, what share of the stage is done (0 to 1): for a curriculum."""

    def groups(self) -> list[dict[str, Any]]:
        """Divide the parameters for the optimiser; ``factor`` multiplies the learning rate of its group."""
        return [{"params": [p for p in self.parameters() if p.requires_grad], "factor": 1.0}]
