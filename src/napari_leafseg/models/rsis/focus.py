"""A mask head that points at a place and makes the mask of what is there (compact preset; not in the paper).

What costs much is computed once for the image: maps of features at half resolution. A step
then says only where its object is, and how to add up the maps to the object's mask. Knows
nothing of losses.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d

from napari_leafseg.nets.blocks import conv_norm_relu
from napari_leafseg.nets.resize import resized

STRIDE = 2
"""Network pixels per pixel of the maps."""
CANVAS = 3
"""Maps of what was found before."""
SLANT = 0.37
"""Part of a column that counts as a row in the order of places, so that no two are the same."""
_UNIT = 32.0
"""Network pixels in which masks measure distances from the place pointed at."""
_RADIUS = 12.0
"""Radius in network pixels of the disc that is every mask before any training."""
_SWEEP_UNIT = 128.0
_GAIN = 8.0
_HIDDEN = 64
_QUADRATIC = 6


@dataclass
class Ground:
    """What is the same at every step.

    Attributes
    ----------
    maps
        (B, C, H / 2, W / 2) features that masks are made of.
    coarse
        The same at the resolution of the places.
    places
        (B, F, h, w) features of the places.
    sweep
        (h, w), growing from the top to the bottom and a little from left to right.
    """

    maps: Tensor
    coarse: Tensor
    places: Tensor
    sweep: Tensor


class FocusHead(nn.Module):
    """Points at a place, and makes the mask of the object there.

    Parameters
    ----------
    encoder
        Channels of the encoder's maps, from stride 2 on.
    level
        Which of them has the resolution of the places.
    hidden
        Channels of the hidden state at the places.
    maps
        Channels of the features that masks are made of.
    """

    def __init__(self, encoder: tuple[int, ...], level: int, hidden: int, maps: int) -> None:
        super().__init__()
        self.level = level
        self.up = nn.ModuleList(
            conv_norm_relu(encoder[i + 1] + encoder[i], encoder[i]) for i in reversed(range(len(encoder) - 1))
        )
        self.maps = nn.Conv2d(encoder[0], maps, 1)
        self.places = conv_norm_relu(encoder[level] + maps, _HIDDEN, kernel=1)
        seen = _HIDDEN + hidden + CANVAS
        self.score = nn.Sequential(nn.Conv2d(seen, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 1, 1))
        self.stop = nn.Linear(1, 1)
        nn.init.constant_(self.stop.weight, 6.0)
        nn.init.zeros_(self.stop.bias)
        self.slope = nn.Parameter(torch.tensor(20.0))
        last = nn.Linear(64, maps + _QUADRATIC)
        last.bias.data.copy_(_disc(maps))
        self.query = nn.Sequential(nn.Linear(_HIDDEN + hidden, 64), nn.ReLU(), last)

    def ground(self, encoded: list[Tensor]) -> Ground:
        """Compute what is the same at every step from the encoder's maps, stride 2 first."""
        x, wanted = encoded[-1], encoded[self.level]
        for level, merge in zip(reversed(range(len(encoded) - 1)), self.up, strict=True):
            skip = encoded[level]
            x = merge(torch.cat([skip, resized(x, skip.shape[2:])], 1))
            if level == self.level:
                wanted = x
        maps = self.maps(x)
        size = (wanted.shape[2], wanted.shape[3])
        coarse = adaptive_avg_pool2d(maps, size)
        rows, columns = centres(size, STRIDE * maps.shape[2] / size[0], maps)
        sweep = (rows[:, None] + SLANT * columns) / _SWEEP_UNIT
        return Ground(maps, coarse, self.places(torch.cat([wanted, coarse], 1)), sweep)

    def forward(self, ground: Ground, hidden: Tensor, canvas: Tensor) -> tuple[Tensor, Tensor]:
        """Score the places.

        Returns
        -------
        Logits (B, h, w), the highest where the step's object is; and (B,), the logit that an
        object was left. The second is read off the best place, before the order of places
        is added, so that it depends on no count and on no size of the image.
        """
        score = self.score(torch.cat([ground.places, hidden, canvas], 1))[:, 0].float()
        left = self.stop(score.amax((1, 2))[:, None])[:, 0]
        return _GAIN * score - self.slope * ground.sweep, left.float()

    def weights(self, ground: Ground, hidden: Tensor, place: Tensor) -> Tensor:
        """How to add up the maps to a mask.

        Parameters
        ----------
        ground
            As `ground` said.
        hidden
            (B, T, hidden, h, w).
        place
            int64 (B, T): index of the place in the flattened (h, w).

        Returns
        -------
        float32 (B, T, C + 6): weights of the maps, and of 1, y, x, y², x², yx.
        """
        steps = place.shape[1]
        index = place[:, :, None, None]
        here = hidden.flatten(3).gather(3, index.expand(-1, -1, hidden.shape[2], 1))[..., 0]
        still = ground.places.flatten(2)[:, None].expand(-1, steps, -1, -1)
        around = still.gather(3, index.expand(-1, -1, still.shape[2], 1))[..., 0]
        return _moved(self.query(torch.cat([around, here], 2)).float(), self._position(ground, place))

    @staticmethod
    def _position(ground: Ground, place: Tensor) -> Tensor:
        """Rows and columns of places, in units: (B, T, 2)."""
        height, width = ground.sweep.shape
        rows, columns = centres((height, width), STRIDE * ground.maps.shape[2] / height, ground.maps)
        return torch.stack([rows[place // width], columns[place % width]], 2) / _UNIT


def _disc(maps: int) -> Tensor:
    """Weights of a disc, which every mask is before any training, and of one map to begin with."""
    weights = torch.zeros(maps + _QUADRATIC)
    weights[0], weights[maps] = 4.0, 3.0
    weights[maps + 3 : maps + 5] = -3.0 * (_UNIT / _RADIUS) ** 2
    return weights


def _moved(weights: Tensor, position: Tensor) -> Tensor:
    """Rewrite the quadratic part, said relative to a position, for coordinates of the whole frame."""
    maps, (one, y, x, yy, xx, yx) = weights[..., :-_QUADRATIC], weights[..., -_QUADRATIC:].unbind(-1)
    row, column = position.unbind(-1)
    constant = one - y * row - x * column + yy * row**2 + xx * column**2 + yx * row * column
    down = y - 2 * yy * row - yx * column
    across = x - 2 * xx * column - yx * row
    return torch.cat([maps, torch.stack([constant, down, across, yy, xx, yx], -1)], -1)


def masks(maps: Tensor, weights: Tensor, stride: float) -> Tensor:
    """Add up maps (B, C, h, w) by `FocusHead.weights` (B, T, C + 6) to logits (B, T, h, w), in float32.

    The maps may be at any resolution of the frame; ``stride`` says which, in network pixels.
    """
    height, width = maps.shape[2:]
    with torch.autocast(maps.device.type, enabled=False):
        rows, columns = (values / _UNIT for values in centres((height, width), stride, maps))
        rows, columns = rows[:, None].expand(height, width), columns.expand(height, width)
        powers = [torch.ones_like(rows), rows, columns, rows**2, columns**2, rows * columns]
        quadratic = torch.stack(powers).flatten(1)
        linear = weights[..., :-_QUADRATIC].float() @ maps.float().flatten(2)
        return (linear + weights[..., -_QUADRATIC:].float() @ quadratic).unflatten(2, (height, width))


def centres(size: tuple[int, int], stride: float, like: Tensor) -> tuple[Tensor, Tensor]:
    """Rows and columns of the centres of a map's pixels, in network pixels, float32."""
    rows, columns = ((torch.arange(length, device=like.device, dtype=torch.float32) + 0.5) * stride for length in size)
    return rows, columns
