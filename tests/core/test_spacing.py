"""A spacing leads from values to shares and back, to both bounds, in useful steps."""

from __future__ import annotations

import pytest
from threshold_segmenter import ThresholdParams

from napari_leafseg.core.params import specs
from napari_leafseg.core.spacing import Spacing

SPACINGS = [
    Spacing.chosen(0, 1, step=0.01, whole=False, log=False),
    Spacing.chosen(0, 5000, whole=True, log=True),
    Spacing.chosen(49, 3136, whole=True, log=True),
    Spacing.chosen(3, 7, whole=True, log=False),
]


@pytest.mark.parametrize("spacing", SPACINGS, ids=str)
def test_values_come_back_and_bounds_are_reached(spacing: Spacing) -> None:
    assert (spacing.at(0.0), spacing.at(1.0)) == (spacing.low, spacing.high)
    values = [spacing.at(place / 50) for place in range(51)]
    assert values == sorted(values)
    assert [spacing.at(spacing.share(value)) for value in values] == pytest.approx(values)


def test_a_logarithmic_spacing_gives_small_values_more_room() -> None:
    assert SPACINGS[1].at(0.5) < 100
    assert SPACINGS[2].at(0.5) == pytest.approx((49 * 3136) ** 0.5, rel=0.05)


def test_only_numbers_between_bounds_have_a_spacing() -> None:
    spacings = {spec.name: Spacing.of(spec) for spec in specs(ThresholdParams)}
    assert spacings["threshold"] == Spacing(0, 1, 0.01)
    assert spacings["min_area"] == Spacing(0, 10_000, 1.0, whole=True, log=True)
    assert spacings["invert"] is None
