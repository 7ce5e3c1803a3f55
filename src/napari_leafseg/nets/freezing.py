"""Encoders that can be kept as they are while the rest of a network is trained."""

from __future__ import annotations

from typing import Self

from torch import nn


class Freezable(nn.Module):
    """A part of a network that may be frozen: neither its weights change nor what its normalisation has counted."""

    frozen = False

    def freeze(self) -> None:
        """Keep it as it is from now on."""
        self.frozen = True
        self.requires_grad_(False)
        self.train(False)

    def train(self, mode: bool = True) -> Self:
        """Change to training, or back; what is frozen never trains."""
        return super().train(mode and not self.frozen)
