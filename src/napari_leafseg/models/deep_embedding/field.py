"""One vector per pixel, with the pixel's own place added where the configuration says so.

The network says what looks alike; the place tells apart what looks alike in two places. Knows arrays only.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def places(pixels: Tensor, shape: tuple[int, int], dimensions: int, unit: float) -> Tensor:
    """What is added to the vectors of some pixels.

    Parameters
    ----------
    pixels
        int64 (n,): indices into (H * W) or (B * H * W).
    shape
        H and W.
    dimensions
        Of the vectors; all but the first two get nothing.
    unit
        Pixels per unit.

    Returns
    -------
    float32 (n, dimensions).
    """
    result = torch.zeros(len(pixels), dimensions, device=pixels.device)
    result[:, 0] = (pixels // shape[1] % shape[0]) / unit
    result[:, 1] = (pixels % shape[1]) / unit
    return result


class Field:
    """The embedding of one image, ready to be asked pixel by pixel.

    Parameters
    ----------
    embedding
        (D, H, W), any floating type.
    unit
        Pixels per unit of place; ``None`` where places are not added.

    Attributes
    ----------
    shape
        H and W.
    """

    def __init__(self, embedding: NDArray[Any], unit: float | None) -> None:
        self.dimensions, height, width = embedding.shape
        self.shape = (int(height), int(width))
        self.unit = unit
        # Pixel by pixel in memory, so that a pixel's vector is read in one go.
        self._vectors = torch.from_numpy(np.ascontiguousarray(embedding.reshape(self.dimensions, -1).T))

    def at(self, index: NDArray[np.intp]) -> Tensor:
        """Vectors of some pixels: float32 (n, D) for flat indices (n,)."""
        pixels = torch.from_numpy(index)
        vectors = self._vectors[pixels].float()
        return vectors if self.unit is None else vectors + places(pixels, self.shape, self.dimensions, self.unit)

    def slope(self, index: NDArray[np.intp], mask: NDArray[np.bool_]) -> Tensor:
        """How much the embedding changes around some pixels: the larger L2 step of both axes, float32 (n,).

        Only neighbours inside the mask, bool (H, W), are looked at: beyond it the embedding means nothing.
        """
        height, width = self.shape
        rows, columns = np.divmod(index, width)
        inside = mask.ravel()
        steps = []
        for down, across in ((1, 0), (0, 1)):
            ends = []
            for sign in (1, -1):
                there = np.clip(rows + sign * down, 0, height - 1) * width
                there += np.clip(columns + sign * across, 0, width - 1)
                ends.append(self.at(np.where(inside[there], there, index)))
            steps.append((ends[0] - ends[1]).square().sum(1))
        return torch.stack(steps).amax(0).sqrt()
