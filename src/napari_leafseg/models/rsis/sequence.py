"""What the decoder says at each step, gathered for images of which some need fewer steps than others."""

from __future__ import annotations

import torch
from torch import Tensor

_SURE = 0.05
"""Below the lowest stop threshold, no step can be believed."""


class Sequence:
    """Gathers steps, and says which images need more of them.

    Parameters
    ----------
    images
        How many.
    patience
        An image needs no more after so many steps in a row that are almost sure to be too
        many; ``None``: it always does.

    Attributes
    ----------
    taken
        Steps of each image so far.
    """

    def __init__(self, images: int, patience: int | None) -> None:
        self.taken = [0] * images
        self._patience = patience
        self._idle = [0] * images
        self._present = list(range(images))
        self._said: list[tuple[list[int], tuple[Tensor, ...]]] = []

    def add(self, said: tuple[Tensor, ...]) -> Tensor | None:
        """Take in one step of the images still present.

        Parameters
        ----------
        said
            Tensors (b, ...) of those images; the second is the logit that an object was left.

        Returns
        -------
        Which of the b images need more steps, int64; ``None`` if all do.
        """
        self._said.append((self._present, said))
        for image in self._present:
            self.taken[image] += 1
        if self._patience is None:
            return None
        for image, left in zip(self._present, said[1].sigmoid().tolist(), strict=True):
            self._idle[image] = self._idle[image] + 1 if left < _SURE else 0
        stay = [place for place, image in enumerate(self._present) if self._idle[image] < self._patience]
        if len(stay) == len(self._present):
            return None
        self._present = [self._present[place] for place in stay]
        return torch.tensor(stay, dtype=torch.int64, device=said[1].device)

    def stacked(self) -> list[Tensor]:
        """Put the steps together: (images, T, ...) each, zeros where a step was not taken."""
        whole = all(len(present) == len(self.taken) for present, _ in self._said)
        columns = zip(*(said for _, said in self._said), strict=True)
        return [torch.stack(column, 1) if whole else self._filled(column) for column in columns]

    def _filled(self, column: tuple[Tensor, ...]) -> Tensor:
        result = column[0].new_zeros(len(self.taken), len(column), *column[0].shape[1:])
        for step, ((present, _), part) in enumerate(zip(self._said, column, strict=True)):
            result[present, step] = part
        return result
