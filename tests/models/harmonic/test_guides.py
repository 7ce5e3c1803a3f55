"""Guides: coordinates, values, and a fit that tells neighbours apart."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from napari_leafseg.models.harmonic.guides import coordinates, evaluate, fit_guides, random_guides


def test_crop_coordinates_run_from_0_to_1_corners_included() -> None:
    """As the published weights expect: linspace(0, 1, n), whatever the size."""
    rows, columns = coordinates((3, 5), "crop")
    assert rows.tolist() == [0, 0.5, 1]
    assert columns.tolist() == [0, 0.25, 0.5, 0.75, 1]


@pytest.mark.parametrize("stride", [1, 2, 8])
def test_pixel_coordinates_of_a_coarse_map_are_its_pixels_centres(stride: int) -> None:
    """A guide has one value at one place, at every layer."""
    fine, _ = coordinates((16, 16), "pixel", origin=(40, 0))
    coarse, _ = coordinates((16 // stride, 16), "pixel", stride=stride, origin=(40, 0))
    np.testing.assert_allclose(coarse.numpy(), fine.reshape(-1, stride).mean(1).numpy(), rtol=1e-6)


def test_origins_of_a_batch_shift_each_image() -> None:
    """In training each crop lies somewhere else."""
    rows, columns = coordinates((4, 4), "pixel", origin=torch.tensor([[0.0, 0.0], [256.0, 512.0]]))
    np.testing.assert_allclose((rows[1] - rows[0]).numpy(), 1)
    np.testing.assert_allclose((columns[1] - columns[0]).numpy(), 2)


def test_the_first_frequency_runs_along_rows() -> None:
    """The orientation of the published weights; transposing it would go unnoticed elsewhere."""
    rows, columns = coordinates((5, 7), "crop")
    values = evaluate(torch.tensor([[3.0, 0.0, 0.2], [0.0, 2.0, 0.0], [1.0, 2.0, 0.5]]), rows, columns)
    assert values.shape == (3, 5, 7)
    np.testing.assert_allclose(values[0].numpy(), np.sin(3 * rows[:, None].numpy() + 0.2).repeat(7, 1), atol=1e-6)
    np.testing.assert_allclose(values[1].numpy(), np.sin(2 * columns[None].numpy()).repeat(5, 0), atol=1e-6)
    oblique = np.sin(rows[:, None].numpy() + 2 * columns[None].numpy() + 0.5)
    np.testing.assert_allclose(values[2].numpy(), oblique, atol=1e-6)


@pytest.mark.parametrize(("low", "high"), [(4, 40), (0, 25)])
def test_random_guides_are_axis_aligned_halves(low: float, high: float) -> None:
    """Six along rows, six along columns, magnitudes within the range."""
    guides = random_guides(12, low, high, torch.Generator().manual_seed(1))
    assert torch.count_nonzero(guides[:6, 1]) == 0 and torch.count_nonzero(guides[6:, 0]) == 0
    magnitude = torch.cat([guides[:6, 0], guides[6:, 1]]).abs()
    assert float(magnitude.min()) >= low and float(magnitude.max()) <= high
    assert float(guides[:, 2].min()) >= 0 and float(guides[:, 2].max()) <= 2 * math.pi


def _grid_of_squares(side: int, gap: int, count: int) -> np.ndarray:
    labels = np.zeros((count * side, count * side), np.int32)
    for i in range(count):
        for j in range(count):
            labels[i * side : (i + 1) * side - gap, j * side : (j + 1) * side - gap] = i * count + j + 1
    return labels


@pytest.mark.parametrize("units", ["pixel", "crop"])
def test_the_fit_separates_neighbours_by_the_margin(units: str) -> None:
    """Guides that confuse neighbours before the fit no longer do after it."""
    labels = _grid_of_squares(12, 1, 5)
    slow = random_guides(12, 0, 2, torch.Generator().manual_seed(0))
    fitted = fit_guides([labels], [slow], units, 1.0)  # type: ignore[arg-type]
    before, after = (_closest_neighbours(labels, guides, units) for guides in (slow, fitted))
    assert before < 0.3
    assert after >= 0.99


def _closest_neighbours(labels: np.ndarray, guides: torch.Tensor, units: str) -> float:
    values = evaluate(guides, *coordinates(labels.shape, units)).numpy()  # type: ignore[arg-type]
    means = np.stack([values[:, labels == i].mean(1) for i in range(1, labels.max() + 1)]).reshape(5, 5, -1)
    steps = [np.linalg.norm(np.diff(means, axis=axis), axis=-1).min() for axis in (0, 1)]
    return float(min(steps))


def test_the_fit_of_nothing_changes_nothing() -> None:
    """Images with at most one object ask for no separation."""
    guides = random_guides(12, 4, 40, torch.Generator().manual_seed(0))
    assert torch.equal(fit_guides([np.zeros((8, 8), np.int32)], [guides], "pixel", 1.0), guides)
