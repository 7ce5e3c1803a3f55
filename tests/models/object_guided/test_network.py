"""The networks: size for size as published, and options that change what they say."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from napari_leafseg.core import registry
from napari_leafseg.core.errors import ParameterError
from napari_leafseg.models.object_guided.network import build
from napari_leafseg.models.object_guided.params import COMPACT, PAPER
from napari_leafseg.models.object_guided.segmenter import ObjectGuidedSegmenter


def _parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def test_the_paper_preset_has_the_published_size(paper: ObjectGuidedSegmenter) -> None:
    """62,293,960: backbone 23.5 M, modules B 27.5 M, modules S 6.76 M, width-height head 3.24 M."""
    network = paper.network
    print(f"object_guided paper: {_parameters(network):,} parameters")  # noqa: T201 - shown by pytest -s
    assert _parameters(network) == 62_293_960
    assert _parameters(network.encoder) == pytest.approx(23.5e6, rel=0.005)
    assert _parameters(network.decoder) == pytest.approx(27.5e6, rel=0.005)
    assert _parameters(network.branch.combine) == pytest.approx(6.76e6, rel=0.005)
    assert _parameters(network.size) == pytest.approx(3.24e6, rel=0.005)


def test_the_compact_preset_has_at_most_4_million_parameters() -> None:
    """It is meant for a laptop, and half precision must stay below 8 MB."""
    print(f"object_guided compact: {_parameters(build(COMPACT)):,} parameters")  # noqa: T201 - shown by pytest -s
    assert _parameters(build(COMPACT)) <= 4_000_000


def test_published_levels_and_heads(paper: ObjectGuidedSegmenter) -> None:
    """c1 at full size, c2 from conv1, c3 to c5 from the detection decoder; the heads at stride 4."""
    with torch.inference_mode():
        said, levels = paper.network(torch.rand(1, 3, 64, 96))
    assert [tuple(level.shape[1:]) for level in levels] == [
        (64, 64, 96), (64, 32, 48), (256, 16, 24), (512, 8, 12), (1024, 4, 6),
    ]  # fmt: skip
    assert said.heat.shape == (1, 16, 24) and said.size.shape == said.offset.shape == (1, 2, 16, 24)
    heads = {"heat": paper.network.heat, "size": paper.network.size, "offset": paper.network.offset}
    kernels = {name: [m.kernel_size[0] for m in head if isinstance(m, nn.Conv2d)] for name, head in heads.items()}
    assert kernels == {"heat": [3, 1], "size": [7, 7], "offset": [3, 1]}


def test_published_colours_are_reversed_and_centred(
    paper: ObjectGuidedSegmenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = torch.rand(1, 3, 32, 32)
    with torch.inference_mode():
        published = paper.network(image)[0].heat.numpy()
        monkeypatch.setattr(paper.network, "config", PAPER.replace(colour="rgb"))
        np.testing.assert_allclose(published, paper.network(image[:, [2, 1, 0]] - 0.5)[0].heat.numpy(), atol=1e-4)
        assert np.abs(published - paper.network(image)[0].heat.numpy()).max() > 1e-3


@pytest.mark.parametrize("subcells", [1, 2])
def test_subcells_make_the_heatmap_finer(subcells: int) -> None:
    network = build(COMPACT.replace(subcells=subcells)).eval()
    said, levels = network(torch.rand(2, 3, 64, 96))
    assert network.stride == 4 // subcells
    assert said.heat.shape == (2, 16 * subcells, 24 * subcells)
    assert levels[0].shape == (2, 3, 64, 96)


def test_at_first_centres_are_as_likely_as_the_bias_says(compact: ObjectGuidedSegmenter) -> None:
    """Before anything is learned, most cells say about 0.1."""
    with torch.inference_mode():
        said, _ = compact.network(torch.rand(1, 3, 64, 64))
    assert float(said.heat.sigmoid().mean()) == pytest.approx(0.1, abs=0.05)


def test_the_published_input_is_a_square_that_keeps_the_aspect(
    paper: ObjectGuidedSegmenter, compact: ObjectGuidedSegmenter
) -> None:
    """512 in the preset; a square of 128 here."""
    assert PAPER.input_size == 512
    geometry = paper.geometry_for((100, 300), 1.0)
    assert geometry.padded_shape == (128, 128) and geometry.scaled_shape == (43, 128)
    assert compact.geometry_for((100, 300), 1.0).padded_shape == (128, 320)


def test_wrong_options_are_refused_in_a_sentence() -> None:
    with pytest.raises(ParameterError, match="expand"):
        registry.create("object_guided", "compact", {"expand": 0.5})
