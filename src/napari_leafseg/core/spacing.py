"""How a number between two bounds is spaced: a slider's way, and the search's.

Knows numbers only; nothing of sliders or searches.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

from napari_leafseg.core.params import ParamSpec


@dataclass(frozen=True)
class Spacing:
    """A number's bounds and how it runs from one to the other.

    Attributes
    ----------
    low, high
        Bounds, both included.
    step
        Smallest useful change.
    whole
        Whether only whole numbers are allowed.
    log
        Whether equal shares are equal factors; from a low bound of zero on, nearly so.
    """

    low: float
    high: float
    step: float
    whole: bool = False
    log: bool = False

    @classmethod
    def chosen(cls, low: float, high: float, *, step: float | None = None, whole: bool, log: bool) -> Self:
        """Make a spacing; the step is chosen by the span if not given."""
        return cls(low, high, step or (1.0 if whole else round_step((high - low) / 200)), whole, log)

    @classmethod
    def of(cls, spec: ParamSpec) -> Self | None:
        """Return the spacing of a parameter; ``None`` for one that is no number between two bounds."""
        if spec.type not in (int, float) or spec.low is None or spec.high is None:
            return None
        return cls.chosen(spec.low, spec.high, step=spec.step, whole=spec.type is int, log=spec.log)

    def share(self, value: float) -> float:
        """Where a value lies, 0 to 1."""
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.0
        return math.log1p(share * self._curve) / math.log1p(self._curve) if self.log else share

    def at(self, share: float) -> float:
        """Return the value at a share from 0 to 1, rounded to what is useful."""
        if self.log:
            share = math.expm1(share * math.log1p(self._curve)) / self._curve
        return min(self.high, max(self.low, self._rounded(self.low + share * (self.high - self.low))))

    def _rounded(self, value: float) -> float:
        if self.whole:
            return round(value)
        # On a logarithmic scale one step is too coarse at the low end: keep three digits.
        step = min(self.step, round_step(abs(value) / 100)) if self.log and value else self.step
        return round(self.low + round((value - self.low) / step) * step, 10)

    @property
    def _curve(self) -> float:
        """Ratio of the bounds; from zero, of the high bound and one step."""
        return (self.high - self.low) / (self.low if self.low > 0 else self.step)


def round_step(step: float) -> float:
    """Return the power of ten at or below a step."""
    return 10.0 ** math.floor(math.log10(step)) if step > 0 else 1.0
