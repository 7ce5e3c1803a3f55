"""The networks: size for size as published, and what is an option."""

from __future__ import annotations

import pytest
import torch
from torch.nn import Module

from napari_leafseg.models.deep_embedding.network import DeepEmbeddingNetwork
from napari_leafseg.models.deep_embedding.params import COMPACT, PAPER
from napari_leafseg.models.deep_embedding.stages import EmbeddingStage


def _parameters(module: Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.fixture(scope="module")
def paper() -> DeepEmbeddingNetwork:
    return DeepEmbeddingNetwork(PAPER)


def test_the_paper_preset_has_the_published_size(paper: DeepEmbeddingNetwork) -> None:
    """84,684,808 with ImageNet's classifier of 2,049,000, which nobody uses; 40,135,648 in the decoder."""
    assert _parameters(paper.embedder) == 84_684_808 - 2_049_000
    assert _parameters(paper.embedder) - _parameters(paper.embedder.encoder) == 40_135_648  # type: ignore[attr-defined]
    assert _parameters(paper.cluster_net) == 34_525_889


def test_the_compact_preset_has_at_most_4_million_parameters() -> None:
    """Both networks together."""
    assert _parameters(DeepEmbeddingNetwork(COMPACT)) <= 4_000_000


def test_the_paper_preset_gives_32_dimensions_at_full_resolution(paper: DeepEmbeddingNetwork) -> None:
    """Without foreground; ClusterNet takes one map of any size."""
    with torch.inference_mode():
        output = paper.eval()(torch.rand(1, 3, 64, 96))
        mask = paper.cluster_net(torch.rand(2, 1, 30, 50))
    assert output.embedding.shape == (1, 32, 64, 96)
    assert output.foreground is None
    assert mask.shape == (2, 30, 50)


@pytest.mark.parametrize("architecture", ["compact", "resnet"])
@pytest.mark.parametrize("foreground", [False, True])
def test_foreground_and_dimensions_are_options(architecture: str, foreground: bool) -> None:
    config = COMPACT.replace(architecture=architecture, foreground=foreground, dimensions=6)
    network = DeepEmbeddingNetwork(config).eval()
    with torch.inference_mode():
        output = network(torch.rand(1, 3, 64, 32))
    assert output.embedding.shape == (1, 6, 64, 32)
    assert (output.foreground is not None) == foreground
    assert network.cluster_net.inputs == 1 + foreground


@pytest.mark.parametrize("rate", [0.1, 0.0])
def test_the_published_backbone_has_a_rate_of_its_own_or_none(rate: float) -> None:
    """0.1 fine-tunes it, as the paper says; 0 freezes it, as its code does."""
    stage = EmbeddingStage(DeepEmbeddingNetwork(PAPER.replace(backbone_rate=rate)).embedder)
    groups = stage.groups()
    assert [group["factor"] for group in groups] == ([1.0, 0.1] if rate else [1.0])
    sizes = [sum(p.numel() for p in group["params"]) for group in groups]
    assert sizes[0] == 40_135_648
    assert all(p.requires_grad for group in groups for p in group["params"])
