"""Which values of a method's live parameters to try next: read off the fields themselves.

A descent by coordinates: one parameter after another, a few values around the best so far, at first
far away, then nearer. Knows parameters only; nothing of images or scores.
"""

from __future__ import annotations

from napari_leafseg.core.params import Params, ParamSpec, specs
from napari_leafseg.core.spacing import Spacing

RADII = (0.4, 0.15, 0.05)
"""How far from the best so far a round looks, in shares of a slider's length."""


def searched(params: Params) -> tuple[ParamSpec, ...]:
    """Return the parameters that can be searched: choices, switches, and numbers between two bounds."""
    return tuple(spec for spec in specs(type(params)) if spec.choices or spec.type is bool or Spacing.of(spec))


def neighbours(params: Params, spec: ParamSpec, radius: float) -> list[Params]:
    """Return parameters that differ from ``params`` in one alone.

    Parameters
    ----------
    params
        The best so far.
    spec
        Which one is to differ.
    radius
        For numbers: values a whole and half a radius below and above, in shares of the slider's length.
        Switches and choices are tried whole.
    """
    now = getattr(params, spec.name)
    if spec.type is bool:
        values: list[object] = [not now]
    elif spec.choices:
        values = [choice for choice in spec.choices if choice != now]
    else:
        values = _around(now, spec, radius)
    return [params.replace(**{spec.name: value}) for value in values]


def _around(now: float, spec: ParamSpec, radius: float) -> list[object]:
    spacing = Spacing.of(spec)
    assert spacing is not None
    places = [spacing.share(now) + radius * part for part in (-1, -0.5, 0.5, 1)]
    values = [spacing.at(min(1.0, max(0.0, place))) for place in places]
    # Near a bound, and where a step is coarse, several places have one value.
    return [value for value in dict.fromkeys(values) if value != now]
