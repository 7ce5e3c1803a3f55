"""The published network takes seconds to make: made once, with a small input."""

from __future__ import annotations

import pytest

from napari_leafseg.core import registry
from napari_leafseg.models.object_guided.segmenter import ObjectGuidedSegmenter


@pytest.fixture(scope="session")
def paper() -> ObjectGuidedSegmenter:
    segmenter = registry.create("object_guided", "paper", {"input_size": 128})
    assert isinstance(segmenter, ObjectGuidedSegmenter)
    segmenter.network.eval()
    return segmenter


@pytest.fixture(scope="session")
def compact() -> ObjectGuidedSegmenter:
    segmenter = registry.create("object_guided")
    assert isinstance(segmenter, ObjectGuidedSegmenter)
    segmenter.network.eval()
    return segmenter
