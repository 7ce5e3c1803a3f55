"""What a search for parameters tells while it goes: frozen values, one JSON object each.

Knows nothing of how they are shown, but for the sentence that says what came out.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

from napari_leafseg.core.params import FrozenModel


class Goal(StrEnum):
    """The score that is made as high as possible."""

    MAP = "map"
    AP50 = "ap50"
    SBD = "sbd"

    @property
    def score(self) -> str:
        """As in `analysis.scores.Scores.as_dict`."""
        return {Goal.MAP: "mAP", Goal.AP50: "AP50", Goal.SBD: "SBD"}[self]


class TuningStarted(FrozenModel):
    """The search begins.

    Attributes
    ----------
    images
        How many labelled images it looks at.
    goal
        What it makes as high as possible.
    searched
        Names of the parameters that it may change.
    params
        Where it begins.
    """

    event: Literal["started"] = "started"
    images: int
    goal: Goal
    searched: tuple[str, ...]
    params: dict[str, Any]


class ImageEncoded(FrozenModel):
    """An image went through the network.

    Attributes
    ----------
    name
        Which.
    kept
        Whether there was room for what the network said; if not, it runs again in every round.
    """

    event: Literal["encoded"] = "encoded"
    name: str
    kept: bool


class Tried(FrozenModel):
    """Parameters were tried that differ in one from the best so far.

    Attributes
    ----------
    name, value
        Which one, and what it was set to.
    score, best
        Of these parameters, and of the best so far on the same images.
    images
        How many images they were tried on; less than all where they were given up early.
    verdict
        ``"better"``: from here on the best; ``"equal"``: nothing changed; or ``"not better"``.
    """

    event: Literal["tried"] = "tried"
    name: str
    value: Any
    score: float
    best: float
    images: int
    verdict: Literal["better", "equal", "not better"]


class TuningFinished(FrozenModel):
    """The search is over.

    Attributes
    ----------
    goal
        What was made as high as possible.
    params
        The best.
    changed
        Of these, what differs from the begin: name to value before and after.
    before, after
        Scores of the begin and of the best (`analysis.scores.Scores.as_dict`).
    cross_gain
        Mean gain of the goal when the best is chosen on every other image and measured on the rest, both ways;
        ``None`` with too few images.
    tried
        How many sets of parameters were tried.
    seconds
        Of the whole search.
    """

    event: Literal["finished"] = "finished"
    goal: Goal
    params: dict[str, Any]
    changed: dict[str, tuple[Any, Any]]
    before: dict[str, float]
    after: dict[str, float]
    cross_gain: float | None
    tried: int
    seconds: float

    @property
    def images(self) -> int:
        """How many images the parameters were chosen and measured on."""
        return round(self.after["images"])

    @property
    def gain(self) -> str:
        """In words, for example ``"mAP 0.612 → 0.681 on 12 images"``."""
        name = self.goal.score
        where = f"{self.images} image{'' if self.images == 1 else 's'}"
        return f"{name} {self.before[name]:.3f} → {self.after[name]:.3f} on {where}"

    @property
    def caution(self) -> str:
        """How far the gain can be trusted, in a sentence."""
        if not self.changed:
            return "Nothing that was tried is better."
        if self.cross_gain is None:
            return "Chosen and measured on the same images, which are few: on others it may be less."
        trust = "" if self.cross_gain > 0 else " It may not hold for other images."
        return (
            "Chosen and measured on the same images; chosen on one half and measured on the other, "
            f"the gain is {self.cross_gain:+.3f}.{trust}"
        )


Event = TuningStarted | ImageEncoded | Tried | TuningFinished
