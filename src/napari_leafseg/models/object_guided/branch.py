"""The segmentation branch: from the samples of one box on each level to its mask, coarse to fine.

Knows patches only, all of one size; nothing of images, boxes or losses.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import grid_sample, interpolate

from napari_leafseg.models.object_guided.params import ObjectGuidedConfig

_EPSILON = 1e-5


class InstanceNorm(nn.Module):
    """Instance normalisation without scale, shift or running statistics (Eq. 6 without gamma and eta).

    Written out, because torch's own is up to ten times slower where channels lie last in memory.
    """

    def forward(self, x: Tensor) -> Tensor:
        """(m, C, h, w) to float32 of the same shape, each map with mean 0 and deviation 1."""
        flat = x.float().permute(0, 2, 3, 1).flatten(1, 2)
        centred = flat - flat.mean(1, keepdim=True)
        variance = (centred * centred).mean(1, keepdim=True)
        normal = centred * torch.rsqrt(variance + _EPSILON)
        return normal.unflatten(1, (x.shape[2], x.shape[3])).permute(0, 3, 1, 2)


def instance_norm(_channels: int) -> nn.Module:
    """Make an `InstanceNorm`, as normalisations with parameters are made."""
    return InstanceNorm()


class Combination(nn.Module):
    """Deep features brought to a shallower level: modules B and S of the paper's Fig. 1.

    Parameters
    ----------
    deep, skip
        Channels of both; the result has those of ``skip``.
    norm
        Makes the normalisation of a number of channels.
    convolve_first
        Whether to enlarge after the convolution instead of before.
    """

    def __init__(self, deep: int, skip: int, norm: Callable[[int], nn.Module], *, convolve_first: bool) -> None:
        super().__init__()
        self.convolve_first = convolve_first
        self.narrow = nn.Sequential(nn.Conv2d(deep, skip, 3, padding=1), norm(skip), nn.ReLU(inplace=True))
        # A 1 x 1 convolution of both side by side, as the sum of one of each: nothing need be copied together.
        self.mix_skip, self.mix_deep = nn.Conv2d(skip, skip, 1), nn.Conv2d(skip, skip, 1, bias=False)
        self.finish = nn.Sequential(norm(skip), nn.ReLU(inplace=True))

    def forward(self, deep: Tensor, skip: Tensor) -> Tensor:
        """(m, deep, h', w') and (m, skip, h, w) to (m, skip, h, w)."""
        if self.convolve_first:
            up = _enlarged(self.mix_deep(self.narrow(deep)), skip)
        else:
            up = self.mix_deep(self.narrow(_enlarged(deep, skip)))
        return self.finish(self.mix_skip(skip) + up)


def _enlarged(x: Tensor, like: Tensor) -> Tensor:
    return interpolate(x, size=like.shape[2:], mode="bilinear", align_corners=False)


@dataclass
class Refined:
    """The last features of the branch: ``e1`` at the finest level, ``e2`` at the next one if there is one."""

    e1: Tensor
    e2: Tensor | None


class SegmentationBranch(nn.Module):
    """Modules S from the deepest level that a box reaches to the finest, the mask head and the refinement heads.

    Parameters
    ----------
    widths
        Channels of c1 to c5.
    config
        The network's configuration.
    """

    def __init__(self, widths: Sequence[int], config: ObjectGuidedConfig) -> None:
        super().__init__()
        self.combine = nn.ModuleList(
            Combination(deep, skip, instance_norm, convolve_first=config.combine == "convolve_first")
            for skip, deep in itertools.pairwise(widths)
        )
        fine, second = widths[:2]
        self.head = nn.Sequential(
            nn.Conv2d(fine, fine, 3, padding=1), nn.ReLU(inplace=True), nn.Conv2d(fine, 1, 3, padding=1)
        )
        self.refine = nn.ModuleList([nn.Linear(fine, 1), nn.Linear(fine + second, 1)])

    def forward(self, patches: Sequence[Tensor]) -> Refined:
        """Patches (m, widths[i], h_i, w_i), finest first, as many levels as there are."""
        x, before = patches[-1], None
        for level in reversed(range(len(patches) - 1)):
            before, x = x, self.combine[level](x, patches[level])
        return Refined(x, before)

    def logits(self, refined: Refined) -> Tensor:
        """Mask logits, float32 (m, h, w)."""
        return self.head(refined.e1)[:, 0].float()

    def point_logits(self, refined: Refined, points: Tensor) -> list[Tensor]:
        """Logits at points, by both auxiliary heads (section II-C.2).

        Two classifiers, one on e1 and one on e1 and e2, as in the published code (the paper's text has one of two
        layers).

        Parameters
        ----------
        points
            (m, P, 2): row and column, -1 to 1 from the first sample to the last.

        Returns
        -------
        One or two float32 (m, P).
        """
        features = at_points(refined.e1, points)
        result = [self.refine[0](features)[..., 0].float()]
        if refined.e2 is not None:
            both = torch.cat([features, at_points(refined.e2, points)], -1)
            result.append(self.refine[1](both)[..., 0].float())
        return result


def at_points(x: Tensor, points: Tensor) -> Tensor:
    """Interpolate (m, C, h, w) at (m, P, 2) points, -1 to 1 from the first sample to the last: float32 (m, P, C)."""
    grid = points.flip(-1)[:, :, None]  # columns first, as torch has it
    return grid_sample(x.float(), grid, mode="bilinear", align_corners=True)[..., 0].transpose(1, 2)
