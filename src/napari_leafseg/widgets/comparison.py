"""What a run's ``comparison.json`` says: figures before and after, of whole sets and image by image.

Knows the file's form; no window. What is not as it should be is left out.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, ValidationError

from napari_leafseg.core.params import FrozenModel

COMPARISON = "comparison.json"
FIGURES = "SBD", "FBD", "|DiC|", "AP50", "mAP"
SMALLER_IS_BETTER = "|DiC|"
VALIDATION, ORIGINAL = "validation", "original"

_log = logging.getLogger(__name__)


class _Read(FrozenModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Row(_Read):
    """One image, with paths of its label images within the run's folder."""

    image: str
    path: str = ""
    before: dict[str, float | None]
    after: dict[str, float | None]
    before_labels: str = ""
    after_labels: str = ""


class Compared(_Read):
    """One set of images; ``what`` is a sentence."""

    name: str
    what: str = ""
    images: int = 0
    before: dict[str, float | None]
    after: dict[str, float | None]
    rows: tuple[Row, ...] = ()


class Comparison(_Read):
    """All sets, and what they say together."""

    sets: tuple[Compared, ...] = ()
    better: bool = False
    sentence: str = ""

    def of(self, name: str) -> Compared | None:
        """The set of that name."""
        return next((each for each in self.sets if each.name == name), None)


def read_comparison(run: Path) -> Comparison | None:
    """Read what a run compared; ``None`` if it did not, or not yet."""
    try:
        return Comparison.model_validate(json.loads((run / COMPARISON).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, ValidationError) as error:
        _log.warning("%s cannot be read: %s", run / COMPARISON, error)
        return None


def is_gain(figure: str, before: float, after: float) -> bool:
    """Whether a figure got better."""
    return after < before if figure == SMALLER_IS_BETTER else after > before


def figure_of(figures: dict[str, Any], name: str) -> float | None:
    """A figure, if it is known."""
    value = figures.get(name)
    return None if value is None else float(value)
