"""What batch norms averaged over many images is not averaged anew over a person's few."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from fields import fields
from numpy.typing import NDArray
from torch import nn

from napari_leafseg.core import registry
from napari_leafseg.core.weights import read_tensors
from napari_leafseg.training.fit import fit
from napari_leafseg.training.norms import hold_norms
from napari_leafseg.training.options import TrainOptions

WEIGHT = "encoder.stages.0.0.first.0.weight"
OPTIONS = TrainOptions(
    epochs=1,
    batch=2,
    crop=64,
    samples_per_epoch=2,
    validate_every=1,
    validate_first=True,
    keep_fitted=True,
    keep_norms=True,
)


def test_held_norms_average_nothing_but_learn() -> None:
    """Until the next time that the network is told to train."""
    network = nn.Sequential(nn.Conv2d(1, 2, 1), nn.BatchNorm2d(2), nn.Dropout())
    network.train()
    hold_norms(network)
    norm = network[1]
    network(torch.randn(4, 1, 8, 8) + 5).sum().backward()
    assert norm.running_mean.abs().max() == 0 and norm.bias.grad is not None
    assert network[2].training
    network.train()
    network(torch.randn(4, 1, 8, 8) + 5)
    assert norm.running_mean.abs().max() > 0


@pytest.mark.parametrize(("weights", "is_held"), [("nuclei", True), ("rosette", False)])
def test_a_fine_tuning_holds_averages_of_the_same_subject_only(tmp_path: Path, weights: str, *, is_held: bool) -> None:
    """Those of leaves would suit no nuclei."""
    samples, segmenter = fields(2), registry.load("harmonic", weights)
    assert segmenter.source is not None
    first = read_tensors(segmenter.source)
    list(fit(segmenter, samples[:1], samples[1:], OPTIONS, tmp_path / "run", device="cpu"))
    state = torch.load(tmp_path / "run" / "state.pt", weights_only=True)["stage"]
    averaged = [name for name in first if name.endswith(("running_mean", "running_var"))]
    same = [np.array_equal(first[name].astype(np.float32), _end(state, name)) for name in averaged]
    assert all(same) if is_held else not any(same)
    assert not np.array_equal(first[WEIGHT].astype(np.float32), _end(state, WEIGHT))


def _end(state: dict[str, torch.Tensor], name: str) -> NDArray[np.float32]:
    """Find a network's tensor among those of its stage."""
    [found] = [value for key, value in state.items() if key == name or key.endswith(f".{name}")]
    return found.numpy()
