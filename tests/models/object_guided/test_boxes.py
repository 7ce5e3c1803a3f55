"""Boxes come out of the heads as they went in."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from napari_leafseg.models.object_guided.boxes import MOST, SizeCode, decode_size, encode_size, find
from napari_leafseg.models.object_guided.network import Detection
from napari_leafseg.models.object_guided.targets import centre_targets, find_objects


def _said(heat: torch.Tensor) -> Detection:
    shape = heat.shape
    return Detection(torch.logit(heat[None], 1e-6), torch.zeros(1, 2, *shape), torch.zeros(1, 2, *shape))


@pytest.mark.parametrize("code", ["linear", "log"])
@pytest.mark.parametrize("stride", [2, 4])
def test_true_heads_give_the_true_boxes(code: SizeCode, stride: int) -> None:
    """Boxes of all sizes, at odd places."""
    labels = np.zeros((128, 128), np.int64)
    for number, (top, left, bottom, right) in enumerate([(3, 5, 11, 18), (40, 41, 93, 90), (100, 10, 128, 40)], 1):
        labels[top:bottom, left:right] = number
    ignore = np.zeros(labels.shape, bool)
    objects = find_objects(labels, ignore)
    wanted = centre_targets([objects], ignore[None], stride, torch.device("cpu"))
    said = _said(wanted.heat[0])
    at = (0, slice(None), wanted.row, wanted.column)
    said.size[at] = encode_size(wanted.extent, code, stride).T
    said.offset[at] = wanted.offset.T
    found = find(said, labels.shape, stride, code, 0.5)
    order = np.lexsort(found.boxes.numpy().T[::-1])
    np.testing.assert_allclose(found.boxes.numpy()[order], objects.boxes, atol=1e-3)


@pytest.mark.parametrize("code", ["linear", "log"])
def test_sizes_are_never_negative_nor_endless(code: SizeCode) -> None:
    wild = decode_size(torch.tensor([-1e4, 0.0, 1e2]), code, 4)
    assert bool((wild >= 0).all()) and bool(torch.isfinite(wild).all())
    huge = find(Detection(torch.full((1, 4, 4), 9.0), torch.full((1, 2, 4, 4), 1e6), torch.zeros(1, 2, 4, 4)),
                (16, 12), 4, code, 0.5).boxes  # fmt: skip
    assert float((huge[:, 2] - huge[:, 0]).max()) <= 32 and float((huge[:, 3] - huge[:, 1]).max()) <= 24


def test_only_maxima_of_their_neighbourhood_count_surest_first() -> None:
    heat = torch.zeros(12, 12)
    heat[2, 2], heat[2, 3], heat[6, 6], heat[9, 9] = 0.5, 0.4, 0.9, 0.2
    found = find(_said(heat), (48, 48), 4, "linear", 0.3)
    np.testing.assert_allclose(found.scores.numpy(), [0.9, 0.5], rtol=1e-4)
    assert found.boxes[:, :2].tolist() == [[24, 24], [8, 8]]


def test_nothing_is_found_in_the_padding() -> None:
    heat = torch.zeros(16, 16)
    heat[3, 14], heat[3, 3] = 0.9, 0.8
    assert len(find(_said(heat), (64, 40), 4, "linear", 0.3).scores) == 1


def test_there_are_at_most_a_thousand_the_surest() -> None:
    heat = torch.zeros(100, 100)
    heat[::2, ::2] = torch.linspace(0.2, 0.9, 2500).reshape(50, 50)
    found = find(_said(heat), (400, 400), 4, "linear", 0.1)
    assert len(found.scores) == MOST == 1000
    assert float(found.scores.min()) > 0.6
