"""The networks: size for size as published, and the ablations as options."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from napari_leafseg.core import registry
from napari_leafseg.models.harmonic.guides import coordinates, evaluate
from napari_leafseg.models.harmonic.network import CompactNetwork, PublishedUNet, SinConv, build
from napari_leafseg.models.harmonic.params import COMPACT, PAPER
from napari_leafseg.models.harmonic.targets import targets


def _parameters(network: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def test_the_paper_preset_has_the_published_size() -> None:
    """28,837,440 with RGB input, of which 180 are frozen guides."""
    network = build(PAPER)
    assert _parameters(network) == 28_837_440
    assert sum(p.numel() for p in network.parameters() if not p.requires_grad) == 180
    assert sum(isinstance(module, SinConv) for module in network.modules()) == 5


def test_the_compact_preset_has_at_most_4_million_parameters() -> None:
    """It is meant for a laptop, and half precision must stay below 8 MB."""
    assert _parameters(build(COMPACT)) <= 4_000_000


@pytest.mark.parametrize("preset", [COMPACT, PAPER.replace(architecture="unet")])
@pytest.mark.parametrize(("kind", "extra"), [("sin", 12), ("coordinates", 2), ("none", 0)])
def test_guide_input_is_an_option(preset: object, kind: str, extra: int) -> None:
    """SinConv, CoordConv, and no guide (the paper's ablations) differ in appended maps only."""
    network = build(preset.replace(guide_input=kind))  # type: ignore[attr-defined]
    for layer in network.modules():
        if isinstance(layer, SinConv):
            assert layer.convolution.in_channels % 4 == extra % 4
    output = network.eval()(torch.rand(2, 3, 64, 96), torch.zeros(2, 2))
    assert output.embedding.shape == (2, 12, 64, 96)
    assert (output.foreground is None) == (preset is not COMPACT)


def test_all_layers_hold_the_same_guides_and_training_leaves_them() -> None:
    """They are fitted before, and frozen after."""
    network = build(COMPACT)
    guides = torch.rand(12, 3)
    network.set_guides(guides)
    layers = [module for module in network.modules() if isinstance(module, SinConv)]
    assert all(torch.equal(layer.guides, guides) for layer in layers)
    assert not any(layer.guides.requires_grad for layer in layers)


def test_the_network_sees_where_it_is() -> None:
    """Another origin is another answer; without guides it is the same."""
    image = torch.rand(1, 3, 64, 64)
    for kind, differs in (("sin", True), ("coordinates", True), ("none", False)):
        network = build(COMPACT.replace(guide_input=kind, guided_output=False)).eval()
        here, there = (network(image, torch.tensor([at])).embedding for at in ((0.0, 0.0), (37.0, 11.0)))
        assert bool((here - there).abs().max() > 1e-4) == differs


def test_a_guided_output_turns_the_guides_to_an_objects_mean() -> None:
    """With the true a and b of an object, the head gives its target embedding exactly."""
    network = build(COMPACT)
    assert isinstance(network, CompactNetwork)
    rows, columns = coordinates((32, 32), "pixel")
    labels = torch.zeros(1, 32, 32, dtype=torch.int64)
    labels[0, 4:20, 6:29] = 1
    guides = network.guides
    wanted = targets(labels, torch.ones(1, 32, 32, dtype=torch.bool), evaluate(guides, rows, columns)[None])
    inside = labels[0] > 0
    along, across = torch.zeros(1, 12, 32, 32), torch.zeros(1, 12, 32, 32)
    for row, column in inside.nonzero().tolist():
        here = rows[row] * guides[:, 0] + columns[column] * guides[:, 1]
        there = (rows[:, None, None] * guides[:, 0] + columns[None, :, None] * guides[:, 1])[inside] - here
        along[0, :, row, column], across[0, :, row, column] = there.cos().mean(0), there.sin().mean(0)
    turned = network._turned(torch.cat([along, across], 1), (32, 32), torch.zeros(2))
    np.testing.assert_allclose(turned[0][:, inside].numpy(), wanted.embedding[0][:, inside].numpy(), atol=1e-5)


def test_random_guides_are_an_option() -> None:
    """``fit=False`` keeps them as drawn, of the frequencies asked for."""
    segmenter = registry.create("harmonic", "compact", {"fit": False, "low_frequency": 100, "high_frequency": 200})
    before = segmenter.network.guides.clone()  # type: ignore[attr-defined]
    segmenter.prepare([])
    assert torch.equal(before, segmenter.network.guides)  # type: ignore[attr-defined]
    assert float(before[:6, 0].abs().min()) >= 100


def test_the_paper_preset_stretches_to_its_input() -> None:
    """448 x 448, aspect not kept, whatever the image."""
    segmenter = registry.create("harmonic", "paper")
    geometry = segmenter.geometry_for((100, 300), 1.0)
    assert geometry.padded_shape == (448, 448)
    assert isinstance(segmenter.network, PublishedUNet)  # type: ignore[attr-defined]
