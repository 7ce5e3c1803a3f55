"""The published networks have their published size, the compact ones stay compact."""

from __future__ import annotations

import pytest
from torch import nn

from napari_leafseg.core import registry
from napari_leafseg.nets.segmenter import NetworkSegmenter

PUBLISHED = {
    "leafmask": 57_351_135,
    # Embedding network without the ImageNet classifier, and ClusterNet.
    "deep_embedding": 82_635_808 + 34_525_889,
    "harmonic": 28_837_440,
    "object_guided": 62_293_960,
    # Encoder without the ImageNet classifier, and decoder at D = 64.
    "rsis": 44_459_112 + 540_620,
}
"""Parameters of the authors' own networks."""
COMPACT = 4_000_000


def _parameters(method: str, preset: str) -> int:
    segmenter = registry.create(method, preset)
    assert isinstance(segmenter, NetworkSegmenter) and isinstance(segmenter.network, nn.Module)
    count = sum(parameter.numel() for parameter in segmenter.network.parameters())
    print(f"{method:<15}{preset:<9}{count:>12,}")  # noqa: T201 - read by those who compare with the papers
    return count


@pytest.mark.parametrize("method", registry.methods())
def test_the_published_network_has_its_size(method: str) -> None:
    """Within one per cent: what is compared with a paper must be the paper's network."""
    assert _parameters(method, "paper") == pytest.approx(PUBLISHED[method], rel=0.01)


@pytest.mark.parametrize("method", registry.methods())
def test_the_compact_network_is_small(method: str) -> None:
    """So that it runs on a laptop and its weights ship with the package."""
    assert _parameters(method, "compact") <= COMPACT
