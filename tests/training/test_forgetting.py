"""What is forgotten is measured picture by picture, on drawings that are used for nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from napari_leafseg.training.drawn import TRAINING, VALIDATION, to_choose_on, to_replay, to_validate_on
from napari_leafseg.training.forgetting import MOST, fall


def test_one_plant_that_is_missed_counts_for_no_more_than_others() -> None:
    """Nor does one that is found by luck."""
    before = np.array([0.9, 0.8, 0.8, 0.1])
    assert fall(before, before) == 0
    assert fall(before, before - [0.02, 0, 0, 0]) == pytest.approx(0.005)
    assert fall(before, np.array([0.0, 0.8, 0.8, 0.1])) == pytest.approx(MOST / 4)
    assert fall(before, np.array([0.9, 0.8, 0.8, 0.9])) == pytest.approx(-MOST / 4)


def test_plants_to_choose_by_are_no_others() -> None:
    """Neither learned from nor reported on, and the same in every run."""
    chosen = to_choose_on(("mixed",), 64, "range", 3)
    others = [*to_validate_on(("mixed",), 64, "range", 3), *to_replay(("mixed",), 64, "range", 0)[:3]]
    pictures = {sample.image.tobytes() for sample in (*chosen, *others)}
    assert len(pictures) == 9
    again = to_choose_on(("mixed",), 64, "range", 3)
    assert all(np.array_equal(one.image, other.image) for one, other in zip(chosen, again, strict=True))
    assert TRAINING < VALIDATION
