"""The published backbone: its size, its strides, and ImageNet weights only when asked for."""

from __future__ import annotations

from pathlib import Path
from urllib.error import URLError

import pytest
import torch
from torchvision.models import resnet18

from napari_leafseg.core.errors import WeightsError
from napari_leafseg.core.registry import create
from napari_leafseg.nets.resnet import _WEIGHTS, Depth, ResNetEncoder


@pytest.mark.parametrize(("depth", "millions"), [(18, 11.177), (50, 23.508), (101, 42.500)])
def test_it_is_torchvisions_without_the_classifier(depth: Depth, millions: float) -> None:
    """The published counts stand on it."""
    count = sum(p.numel() for p in ResNetEncoder(depth).parameters())
    assert count / 1e6 == pytest.approx(millions, abs=1e-3)


def test_maps_halve_from_stride_2_to_32() -> None:
    encoder = ResNetEncoder(18).eval()
    maps = encoder(torch.zeros(1, 3, 64, 96))
    assert [tuple(m.shape[1:]) for m in maps] == [
        (width, 64 // stride, 96 // stride) for width, stride in zip(encoder.widths, (2, 4, 8, 16, 32), strict=True)
    ]


def test_frozen_norm_has_nothing_to_train() -> None:
    """Statistics of a batch of one or two images would only harm."""
    frozen = ResNetEncoder(18, frozen_norm=True)
    assert not any("bn" in name for name, _ in frozen.named_parameters())


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty torch cache, and no internet."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))

    def offline(*_arguments: object, **_options: object) -> None:
        raise URLError("no route to host")

    monkeypatch.setattr(torch.hub, "download_url_to_file", offline)
    return tmp_path / "hub" / "checkpoints"


def test_imagenet_weights_come_from_the_cache(cache: Path) -> None:
    """A file that was fetched before, or put there by hand, is all it takes."""
    cache.mkdir(parents=True)
    torch.manual_seed(1)
    whole = resnet18()
    torch.save(whole.state_dict(), cache / _WEIGHTS[18].url.rsplit("/", 1)[-1])
    encoder = ResNetEncoder(18)
    encoder.start_from_imagenet()
    torch.testing.assert_close(encoder.layer4[1].conv2.weight, whole.layer4[1].conv2.weight)


def test_offline_says_what_to_do(cache: Path) -> None:
    encoder = ResNetEncoder(18)
    with pytest.raises(WeightsError, match=r"ResNet-18 cannot be had.*connect to the internet, or put resnet18-"):
        encoder.start_from_imagenet()


def test_a_network_without_a_backbone_refuses() -> None:
    """Never a silent start from nothing."""
    with pytest.raises(WeightsError, match=r"compact preset of harmonic has no backbone"):
        create("harmonic", "compact").start_from_imagenet()
