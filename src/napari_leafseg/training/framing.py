"""Cuts the part of an image that a crop needs, so that its objects get a size that was chosen for them.

Knows tensors; nothing of methods and of what else is changed in a crop.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import interpolate
from torchvision import tv_tensors

from napari_leafseg.core.sizes import main_diameter

_MOST = 8.0
"""Images are neither enlarged nor reduced further."""
_ASIDE = 0.15
"""How far from the middle an object may lie that a crop was cut around, over its side."""
_ANYWHERE, _ANY_OBJECT = 0.12, 0.5
"""Shares of the crops that are cut around any pixel of the image, so that what is no object is seen at all scales,
and around an object of whatever size, so that small ones are seen as often as large ones; the rest is cut around
any pixel of an object."""


def framed(image: Tensor, mask: Tensor, side: int, sizes: tuple[float, float], fill: int) -> tuple[Tensor, Tensor]:
    """Bring an image's objects to a size drawn from a range, and cut a square around one of them.

    Parameters
    ----------
    image
        float32 (3, h, w).
    mask
        Integers (h, w): ids, or below 0 for what is ignored.
    side
        Of the square, in pixels.
    sizes
        Least and greatest diameter of the objects (`core.sizes.main_diameter`); evenly on a logarithmic scale.
    fill
        Put into the mask beyond the image.

    Returns
    -------
    image, mask
        float32 (3, side, side) and (side, side). An image without objects keeps its scale.
    """
    diameter = main_diameter(mask.numpy())
    low, high = sizes
    wanted = low * (high / low) ** float(torch.rand(()))
    factor = 1.0 if diameter is None else min(_MOST, max(1 / _MOST, wanted / diameter))
    shape = (mask.shape[0], mask.shape[1])
    middle = [at + (float(torch.rand(())) * 2 - 1) * _ASIDE * side / factor for at in _somewhere(mask)]
    spans = [_span(at, length, side, factor) for at, length in zip(middle, shape, strict=True)]
    (top, bottom, above), (left, right, before) = spans
    new = [min(side - off, max(1, round((b - a) * factor))) for a, b, off in spans]
    part, ids = image[None, :, top:bottom, left:right], mask[None, None, top:bottom, left:right]
    resized = interpolate(part, size=new, mode="bilinear", antialias=True)[0].clamp(0, 1)
    nearest = interpolate(ids.float(), size=new, mode="nearest-exact")[0, 0].to(mask.dtype)
    picture, labels = torch.zeros(3, side, side), torch.full((side, side), fill, dtype=mask.dtype)
    picture[:, above : above + new[0], before : before + new[1]] = resized
    labels[above : above + new[0], before : before + new[1]] = nearest
    return tv_tensors.Image(picture), tv_tensors.Mask(labels)


def _somewhere(mask: Tensor) -> tuple[float, float]:
    """Choose the pixel to cut around."""
    chance = float(torch.rand(()))
    inside = mask > 0
    if chance < _ANYWHERE or not inside.any():
        return float(torch.rand(())) * mask.shape[0], float(torch.rand(())) * mask.shape[1]
    if chance < _ANYWHERE + _ANY_OBJECT:
        ids = torch.unique(mask[inside])
        inside = mask == ids[int(torch.randint(len(ids), ()))]
    pixels = torch.nonzero(inside)
    row, column = pixels[int(torch.randint(len(pixels), ()))].tolist()
    return row, column


def _span(middle: float, length: int, side: int, factor: float) -> tuple[int, int, int]:
    """Where a side of the square begins and ends in the image, and how far from its own edge the image begins."""
    first = middle - side / factor / 2
    begin, end = max(0, math.floor(first)), min(length, math.ceil(first + side / factor))
    begin = min(begin, length - 1)
    end = max(end, begin + 1)
    return begin, end, min(side - 1, max(0, round((begin - first) * factor)))
