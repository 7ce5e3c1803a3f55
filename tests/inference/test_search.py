"""What is tried is read off the parameters themselves, stays within bounds, and changes one at a time."""

from __future__ import annotations

from enum import StrEnum

import pytest

from napari_leafseg.core.params import Params, param, specs
from napari_leafseg.core.registry import methods
from napari_leafseg.inference.search import RADII, neighbours, searched


class _Order(StrEnum):
    ONE = "one"
    TWO = "two"
    THREE = "three"


class _Every(Params):
    """One parameter of each kind."""

    level: float = param(0.5, title="Level", help="A level.", low=0, high=1, step=0.01)
    area: int = param(20, title="Area", help="An area.", low=0, high=5000, log=True)
    count: int = param(2, title="Count", help="A count.", low=0, high=4)
    order: _Order = param(_Order.ONE, title="Order", help="An order.")
    split: bool = param(True, title="Split", help="A switch.")


SPECS = {spec.name: spec for spec in specs(_Every)}


def _values(name: str, radius: float = 0.2, **now: object) -> list[object]:
    return [getattr(params, name) for params in neighbours(_Every.parse(now), SPECS[name], radius)]


def test_numbers_are_tried_around_the_best_so_far() -> None:
    assert sorted(_values("level")) == [0.3, 0.4, 0.6, 0.7]  # type: ignore[type-var]
    assert sorted(_values("level", 0.1)) == [0.4, 0.45, 0.55, 0.6]  # type: ignore[type-var]


def test_a_logarithmic_number_is_tried_by_factors() -> None:
    below, near_below, near_above, above = sorted(_values("area"))  # type: ignore[type-var]
    assert 1 <= below < near_below < 20 < near_above < above < 200  # type: ignore[operator]


def test_coarse_numbers_are_tried_once_each() -> None:
    assert sorted(_values("count")) == [1, 3]  # type: ignore[type-var]
    assert _values("count", 0.05) == []


def test_nothing_beyond_the_bounds() -> None:
    assert set(_values("level", level=0.95)) == {0.75, 0.85, 1.0}


def test_switches_and_choices_are_tried_whole() -> None:
    assert _values("split") == [False]
    assert _values("order") == [_Order.TWO, _Order.THREE]


def test_all_else_stays() -> None:
    for name, spec in SPECS.items():
        for params in neighbours(_Every(), spec, 0.2):
            changed = {key for key, value in params.model_dump().items() if value != getattr(_Every(), key)}
            assert changed == {name}


@pytest.mark.parametrize("name", list(methods()))
def test_every_parameter_of_every_method_is_searched(name: str) -> None:
    """A parameter without bounds would never be tuned, and nobody would notice."""
    params = methods()[name].type().params_type()
    assert [spec.name for spec in searched(params)] == list(type(params).model_fields)
    assert all(neighbours(params, spec, RADII[0]) for spec in searched(params))
