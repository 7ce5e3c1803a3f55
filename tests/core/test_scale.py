"""A scale leads from values to shares and back, to both bounds, in useful steps."""

from __future__ import annotations

import pytest
from threshold_segmenter import ThresholdParams

from napari_leafseg.core.params import specs
from napari_leafseg.core.scale import Scale

SCALES = [
    Scale.chosen(0, 1, step=0.01, whole=False, log=False),
    Scale.chosen(0, 5000, whole=True, log=True),
    Scale.chosen(49, 3136, whole=True, log=True),
    Scale.chosen(3, 7, whole=True, log=False),
]


@pytest.mark.parametrize("scale", SCALES, ids=str)
def test_values_come_back_and_bounds_are_reached(scale: Scale) -> None:
    assert (scale.at(0.0), scale.at(1.0)) == (scale.low, scale.high)
    values = [scale.at(place / 50) for place in range(51)]
    assert values == sorted(values)
    assert [scale.at(scale.share(value)) for value in values] == pytest.approx(values)


def test_a_logarithmic_scale_gives_small_values_more_room() -> None:
    assert SCALES[1].at(0.5) < 100
    assert SCALES[2].at(0.5) == pytest.approx((49 * 3136) ** 0.5, rel=0.05)


def test_only_numbers_between_bounds_have_a_scale() -> None:
    scales = {spec.name: Scale.of(spec) for spec in specs(ThresholdParams)}
    assert scales["threshold"] == Scale(0, 1, 0.01)
    assert scales["min_area"] == Scale(0, 10_000, 1.0, whole=True, log=True)
    assert scales["invert"] is None
