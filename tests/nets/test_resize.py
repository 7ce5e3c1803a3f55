"""Maps are resized as torch does it, forwards and backwards, and laid out as convolutions like them."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import interpolate

from napari_leafseg.nets.resize import packed, resized


@pytest.mark.parametrize("align_corners", [False, True])
def test_values_and_gradients_are_torchs_own(align_corners: bool) -> None:
    """Also where the gradient is a part of that of a concatenation."""
    torch.manual_seed(0)
    skip, target = torch.randn(2, 3, 12, 10), torch.randn(2, 8, 12, 10)
    gradients = []
    for resize in (resized, lambda x, size, **more: interpolate(x, size=size, mode="bilinear", **more)):
        below = torch.arange(2 * 5 * 6 * 5.0).reshape(2, 5, 6, 5).sin().requires_grad_()
        both = torch.cat([skip, resize(below, (12, 10), align_corners=align_corners)], 1)
        (both * target).sum().backward()
        gradients.append((both.detach(), below.grad))
    for ours, theirs in zip(*gradients, strict=True):
        torch.testing.assert_close(ours, theirs)


def test_the_gradient_comes_back_in_one_piece() -> None:
    """What this module is for: the slow way back is taken where it is a part of another tensor."""
    below = torch.randn(2, 4, 8, 8).to(memory_format=torch.channels_last).requires_grad_()
    up = resized(below, (16, 16))
    seen = []
    up.register_hook(lambda gradient: seen.append(gradient.is_contiguous(memory_format=torch.channels_last)))
    skip = torch.randn(2, 3, 16, 16).to(memory_format=torch.channels_last).requires_grad_()
    torch.cat([skip, up], 1).pow(2).sum().backward()
    assert seen == [True]


def test_packed_maps_keep_their_values() -> None:
    maps = torch.randn(1, 4, 5, 6).expand(3, -1, -1, -1)
    assert torch.equal(packed(maps), maps)
    assert packed(maps).is_contiguous(memory_format=torch.channels_last)
