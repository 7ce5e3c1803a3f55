"""The convolutional LSTM that the decoder is made of; knows nothing of masks or steps."""

from __future__ import annotations

import torch
from torch import Tensor, nn

State = tuple[Tensor, Tensor]
"""Hidden and cell state, each (B, hidden, h, w)."""


class ConvLSTM(nn.Module):
    """One ConvLSTM (Shi et al. 2015) without peepholes, 3 x 3.

    The published one convolves the concatenation of what lies still over all steps (a skip
    connection) and what changes. The convolution of the first part is the same at every
    step, so that it is a layer of its own here and computed once: same function, same
    number of weights.

    Parameters
    ----------
    still
        Channels that are the same at every step.
    changing
        Channels that differ, apart from the hidden state.
    hidden
        Channels of the hidden state.
    """

    def __init__(self, still: int, changing: int, hidden: int) -> None:
        super().__init__()
        self.still = nn.Conv2d(still, 4 * hidden, 3, padding=1)
        self.changing = nn.Conv2d(changing + hidden, 4 * hidden, 3, padding=1, bias=False)

    def fixed(self, skip: Tensor) -> Tensor:
        """Compute what the part that lies still adds to the gates: (B, still, h, w) to (B, 4 hidden, h, w)."""
        gates: Tensor = self.still(skip)
        return gates

    def forward(self, gates: Tensor, changing: list[Tensor], state: State) -> State:
        """Take one step.

        Parameters
        ----------
        gates
            (B, 4 hidden, h, w): from `fixed`.
        changing
            The other inputs, (B, ., h, w) each.
        state
            After the step before.
        """
        hidden, cell = state
        keep, forget, show, write = (gates + self.changing(torch.cat([*changing, hidden], 1))).chunk(4, 1)
        cell = torch.sigmoid(forget) * cell + torch.sigmoid(keep) * torch.tanh(write)
        return torch.sigmoid(show) * torch.tanh(cell), cell


def start(gates: Tensor) -> State:
    """Return the state before the first step, zeros, for gates (B, 4 hidden, h, w)."""
    zeros = gates.new_zeros(gates.shape[0], gates.shape[1] // 4, *gates.shape[2:])
    return zeros, zeros
