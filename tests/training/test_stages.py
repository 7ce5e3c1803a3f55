"""Which weights of a stage are kept: its best, or its last where so few objects do not tell them from the best."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fields import fields

from napari_leafseg.core import registry
from napari_leafseg.core.sample import Sample
from napari_leafseg.training import stages
from napari_leafseg.training.events import Finished, Validated
from napari_leafseg.training.fit import fit
from napari_leafseg.training.options import TrainOptions
from napari_leafseg.training.validation import Figures

OPTIONS = TrainOptions(epochs=3, batch=2, crop=64, samples_per_epoch=4, validate_every=1, validate_first=True)


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    """Two small drawn fields."""
    return fields(2)


def test_the_fewer_objects_the_greater_the_doubt() -> None:
    """Four times as many objects tell twice as much; none at all is no error."""
    few, more, none = (Figures(0.5, 0.5, count, np.zeros((1, 1), np.int32)) for count in (25, 100, 0))
    assert few.doubt == pytest.approx(0.15) and more.doubt == pytest.approx(0.075)
    assert none.doubt > few.doubt


@pytest.mark.parametrize(
    ("scores", "objects", "kept"),
    [
        ((0.2, 1.1, 0.9, 1.0), 25, 3),
        ((0.2, 1.1, 0.9, 1.0), 2500, 1),
        ((0.2, 1.1, 0.9, 0.8), 25, 1),
        ((1.05, 1.1, 0.9, 1.0), 25, 1),
        ((0.2, 0.9, 1.0, 1.1), 25, 3),
    ],
    ids=["a lucky look", "surely worse", "much worse", "worse than the first", "the best"],
)
def test_the_last_weights_are_kept_unless_they_are_surely_worse(
    samples: list[Sample],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    scores: tuple[float, ...],
    objects: int,
    kept: int,
) -> None:
    """The best of many looks at a few objects is the luckiest; what has settled does better on others."""
    looks = iter(scores)

    def looked(*_: object) -> Figures:
        half = next(looks) / 2
        return Figures(half, half, objects, np.zeros((64, 64), np.int32))

    monkeypatch.setattr(stages, "judge", looked)
    told, files = [], []
    segmenter = registry.load("harmonic", "rosette")
    for event in fit(segmenter, samples[:1], samples[1:], OPTIONS, tmp_path, device="cpu"):
        if isinstance(event, Validated):
            told.append(event)
            files.append((tmp_path / "best.safetensors").read_bytes())
        finished = event
    assert files[-1] == files[kept] and len(set(files[kept:])) == 1
    assert kept == 0 or files[kept - 1] != files[kept]
    assert [event.epoch for event in told if event.best][-1] == kept
    assert told[-1].settled == (kept == 3 and scores[3] < max(scores))
    assert isinstance(finished, Finished) and finished.sbd == pytest.approx(scores[kept] / 2)
