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


class InstanceNorm(nn.Module):
    """Instance normalisation without scale, shift or running statistics (Eq. 6 without gamma and eta).

    As group normalisation with a group per channel, which is the same and ten times faster where channels lie last
    in memory.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels = channels

    def forward(self, x: Tensor) -> Tensor:
        """(m, channels, h, w) to the same, each map with mean 0 and deviation 1."""
        return torch.nn.functional.group_norm(x.float(), self.channels)


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
        self.mix = nn.Sequential(nn.Conv2d(2 * skip, skip, 1), norm(skip), nn.ReLU(inplace=True))

    def forward(self, deep: Tensor, skip: Tensor) -> Tensor:
        """(m, deep, h', w') and (m, skip, h, w) to (m, skip, h, w)."""
        up = _enlarged(self.narrow(deep), skip) if self.convolve_first else self.narrow(_enlarged(deep, skip))
        return self.mix(torch.cat([skip.to(up.dtype), up], 1))


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
            Combination(deep, skip, InstanceNorm, convolve_first=config.combine == "convolve_first")
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
