"""Every method on a CUDA device says what it says on the CPU: training, encoding, decoding, prompts."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from overfitting import OVERFIT, drawn_sample

from napari_leafseg.analysis.scores import evaluate_pairs
from napari_leafseg.core import registry
from napari_leafseg.core.errors import ParameterError
from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.core.sample import Sample
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.training.fit import fit

pytestmark = [
    pytest.mark.cuda,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="CUDA not run: there is no CUDA device"),
]

CPU, CUDA = (EncodeOptions(device=device, precision="fp32") for device in ("cpu", "cuda"))


@pytest.fixture(scope="module")
def sample() -> Sample:
    return drawn_sample()


@pytest.fixture(scope="module", params=registry.methods())
def segmenter(request: pytest.FixtureRequest, sample: Sample, tmp_path_factory: pytest.TempPathFactory) -> Segmenter:
    """Each method, trained on the device until it knows one image."""
    made = registry.create(request.param)
    for _ in fit(made, [sample], [sample], OVERFIT, tmp_path_factory.mktemp("run") / "run", device="cuda"):
        pass
    return made


def test_training_on_the_device_learns(segmenter: Segmenter, sample: Sample) -> None:
    """In its own precision, bfloat16."""
    found = segmenter.decode(segmenter.encode(sample.image, EncodeOptions(device="cuda")))
    assert evaluate_pairs([(found.labels, sample.labels)]).sbd >= 0.9


def test_the_device_says_what_the_cpu_says(segmenter: Segmenter, sample: Sample) -> None:
    """The same weights, the same labels but for a pixel on a border."""
    one, two = (segmenter.decode(segmenter.encode(sample.image, options)) for options in (CPU, CUDA))
    assert one.count == two.count
    assert np.mean(one.labels > 0) > 0.05
    assert np.mean((one.labels > 0) != (two.labels > 0)) < 0.002
    assert evaluate_pairs([(one.labels, two.labels)]).sbd > 0.98


def test_decode_after_the_device_is_that_after_the_cpu(segmenter: Segmenter, sample: Sample) -> None:
    """Networks that decode owns stay where they give the same answer."""
    prediction = segmenter.encode(sample.image, CPU)
    before = segmenter.decode(prediction)
    segmenter.encode(sample.image, CUDA)
    after = segmenter.decode(prediction)
    assert evaluate_pairs([(before.labels, after.labels)]).sbd > 0.98


def test_prompts_are_answered_from_what_the_device_said(segmenter: Segmenter, sample: Sample) -> None:
    inside = tuple(int(v.mean()) for v in np.nonzero(sample.labels == 1))
    masks = []
    for options in (CPU, CUDA):
        try:
            masks.append(segmenter.prompt(segmenter.encode(sample.image, options), inside))
        except ParameterError:
            pytest.skip(f"{segmenter.method} answers no points")
    assert masks[0].any()
    assert np.mean(masks[0] != masks[1]) < 0.005
