"""The verdict on weights before and after says what the figures say: better, worse, no better, or some of both."""

from __future__ import annotations

import pytest

from napari_leafseg.inference.comparison_file import VALIDATION, ComparedSet
from napari_leafseg.inference.verdict import verdict


def compared(before: tuple[float, float], after: tuple[float, float]) -> ComparedSet:
    """Figures of six images, without the images."""
    old, new = (dict(zip(("SBD", "AP50"), figures, strict=True)) for figures in (before, after))
    return ComparedSet(name=VALIDATION, what="", images=6, before=old, after=new, rows=())


@pytest.mark.parametrize(
    ("before", "after", "better", "said"),
    [
        ((0.60, 0.50), (0.70, 0.55), True, "The new weights are better on 6 images"),
        ((0.60, 0.50), (0.60, 0.55), True, "The new weights are better on 6 images"),
        ((0.60, 0.50), (0.57, 0.58), False, "better by AP50 but worse by SBD"),
        ((0.60, 0.50), (0.70, 0.48), False, "better by SBD but worse by AP50"),
        ((0.60, 0.50), (0.601, 0.501), False, "no better than the old ones"),
        ((0.60, 0.50), (0.55, 0.52), False, "The new weights are worse"),
    ],
)
def test_what_rose_and_what_fell_is_told(
    before: tuple[float, float], after: tuple[float, float], better: bool, said: str
) -> None:
    found, sentence = verdict([compared(before, after)])
    assert found is better
    assert said in sentence
    assert ("Open the images" in sentence) is ("but worse" in sentence)
