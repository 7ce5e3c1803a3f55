"""What all networks share: devices, memory running out, checks, and weights that do not fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from napari_leafseg.core.errors import Cancelled, DeviceError, WeightsError
from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.core.registry import create, load
from napari_leafseg.core.work import never
from napari_leafseg.nets.checking import checking
from napari_leafseg.nets.encoder import CompactEncoder
from napari_leafseg.nets.segmenter import NetworkSegmenter


@pytest.fixture
def segmenter() -> NetworkSegmenter:
    made = create("harmonic")
    assert isinstance(made, NetworkSegmenter)
    return made


@pytest.fixture
def image() -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 255, (700, 600), np.uint8)


def _small_memory(segmenter: NetworkSegmenter, pixels: int, error: Exception) -> None:
    """Make the network fail as an allocator does, above a number of pixels."""

    def hook(_module: Any, inputs: Any) -> None:
        if inputs[0].shape[-1] * inputs[0].shape[-2] > pixels:
            raise error

    segmenter.network.register_forward_pre_hook(hook)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB"),
        RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory"),
        MemoryError(),
    ],
)
def test_out_of_memory_is_retried_by_tiles_and_said(
    segmenter: NetworkSegmenter, image: NDArray[np.uint8], error: Exception
) -> None:
    """The person gets labels and is told why they took longer."""
    _small_memory(segmenter, 520 * 520, error)
    prediction = segmenter.encode(image, EncodeOptions(tile="off", device="cpu"))
    assert len(prediction.tiles) > 1
    assert "memory of CPU did not suffice" in prediction.notes[0]
    assert "by tiles of 512 px instead" in prediction.notes[-1]
    assert segmenter.decode(prediction).labels.shape == image.shape


def test_no_memory_at_all_is_one_sentence(segmenter: NetworkSegmenter, image: NDArray[np.uint8]) -> None:
    """Naming the image's size and what to do."""
    _small_memory(segmenter, 0, torch.OutOfMemoryError("CUDA out of memory"))
    with pytest.raises(DeviceError, match=r"700 x 600 pixels.*choose smaller tiles"):
        segmenter.encode(image, EncodeOptions(device="cpu"))


def test_other_errors_are_not_taken_for_memory(segmenter: NetworkSegmenter, image: NDArray[np.uint8]) -> None:
    """A bug must not be hidden by trying again."""
    _small_memory(segmenter, 0, RuntimeError("shapes do not match"))
    with pytest.raises(RuntimeError, match="shapes do not match"):
        segmenter.encode(image, EncodeOptions(device="cpu"))


def test_precision_is_an_option(segmenter: NetworkSegmenter, image: NDArray[np.uint8]) -> None:
    """Half precision gives about the same embedding."""
    full, half = (
        segmenter.encode(image[:128, :128], EncodeOptions(precision=precision, device="cpu")).tiles[0].piece
        for precision in ("fp32", "bf16")
    )
    difference = np.abs(full.embedding.astype(np.float32) - half.embedding.astype(np.float32))  # type: ignore[union-attr]
    assert 0 < difference.mean() < 0.05


def test_checks_come_before_every_leaf_and_leave_no_trace() -> None:
    """Cancel needs no cooperation from a method's network."""
    encoder = CompactEncoder().eval()
    leaves = [module for module in encoder.modules() if not list(module.children())]
    calls = 0

    def check() -> None:
        nonlocal calls
        calls += 1

    with checking(encoder, check):
        encoder(torch.zeros(1, 3, 64, 64))
    assert calls == len(leaves)
    encoder(torch.zeros(1, 3, 64, 64))
    assert calls == len(leaves)
    with checking(encoder, never):
        assert not any(module._forward_pre_hooks for module in encoder.modules())


def test_a_cancelled_network_can_run_again(segmenter: NetworkSegmenter, image: NDArray[np.uint8]) -> None:
    """Its hooks and its lock are given back."""

    def check() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        segmenter.encode(image[:64, :64], check=check)
    assert segmenter.encode(image[:64, :64]).tiles


def test_weights_of_another_configuration_are_refused(segmenter: NetworkSegmenter, tmp_path: Path) -> None:
    """One sentence that names the file and a tensor."""
    create("harmonic", "compact", {"dimensions": 6}).save(tmp_path / "six.safetensors")
    loaded = load("harmonic", tmp_path / "six.safetensors")
    with pytest.raises(WeightsError, match=r"six\.safetensors does not fit.*tensor"):
        segmenter.restore(tmp_path / "six.safetensors")
    assert loaded.encode(np.eye(64)).tiles[0].piece.embedding.shape[0] == 6  # type: ignore[union-attr]


@pytest.mark.parametrize("method", ["deep_embedding", "leafmask", "object_guided", "rsis"])
def test_the_backbone_of_one_method_starts_another(segmenter: NetworkSegmenter, method: str, tmp_path: Path) -> None:
    """All compact presets share one encoder; what was learned for one task is a start for the next."""
    for value in _encoder(segmenter).state_dict().values():
        value.copy_(torch.randn(value.shape).to(value.dtype))
    segmenter.card = segmenter.card.replace(data="many nuclei", licence="CC0")
    segmenter.save(tmp_path / "first.safetensors")
    other = create(method)
    assert isinstance(other, NetworkSegmenter)
    other.start_from_backbone(tmp_path / "first.safetensors")
    want, got = _encoder(segmenter).state_dict(), _encoder(other).state_dict()
    assert all(torch.equal(want[name], got[name]) for name in want)
    assert (other.card.data, other.card.licence) == ("many nuclei", "CC0")


def test_a_backbone_that_does_not_fit_is_refused(segmenter: NetworkSegmenter, tmp_path: Path) -> None:
    """By either side, in a sentence."""
    segmenter.save(tmp_path / "compact.safetensors")
    published = create("rsis", "paper", {"encoder": "resnet18", "imagenet": False})
    with pytest.raises(WeightsError, match="paper preset of rsis has a backbone of its own"):
        published.start_from_backbone(tmp_path / "compact.safetensors")
    published.save(tmp_path / "paper.safetensors")
    with pytest.raises(WeightsError, match=r"paper\.safetensors has no compact backbone"):
        segmenter.start_from_backbone(tmp_path / "paper.safetensors")


def _encoder(segmenter: NetworkSegmenter) -> CompactEncoder:
    return next(module for module in segmenter.network.modules() if isinstance(module, CompactEncoder))


def test_half_precision_files_load_into_full_precision_networks(segmenter: NetworkSegmenter, tmp_path: Path) -> None:
    """What ships is half the size, and runs as any other."""
    segmenter.save(tmp_path / "full.safetensors")
    segmenter.save(tmp_path / "half.safetensors", half=True)
    sizes = [(tmp_path / f"{name}.safetensors").stat().st_size for name in ("full", "half")]
    assert sizes[1] < 0.55 * sizes[0]
    network = load("harmonic", tmp_path / "half.safetensors").network  # type: ignore[attr-defined]
    assert all(p.dtype == torch.float32 for p in network.parameters())


@pytest.mark.parametrize("side", [64, 96])
def test_the_encoder_halves_at_every_step(side: int) -> None:
    """Strides 2 to 32, widths as it says."""
    encoder = CompactEncoder()
    maps = encoder.eval()(torch.zeros(1, 3, side, side))
    assert [m.shape[1] for m in maps] == list(encoder.widths)
    assert [m.shape[2] for m in maps] == [side // 2**i for i in range(1, 6)]


def test_a_network_that_knows_a_range_of_sizes_looks_before_it_runs(segmenter, image) -> None:
    segmenter.card = segmenter.card.replace(object_size=40, object_sizes=(20, 80))

    prediction = segmenter.encode(image)

    assert prediction.tiles
    assert not segmenter.network.training
    assert segmenter.decode(prediction).labels.shape == image.shape
