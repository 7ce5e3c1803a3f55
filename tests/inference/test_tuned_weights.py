"""A tuned copy of a weights file is the same network with other defaults, and its card stays true."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from napari_leafseg.core.registry import create, load
from napari_leafseg.core.weights import Card, read_header, read_tensors
from napari_leafseg.inference.tuned_weights import write_tuned
from napari_leafseg.inference.tuning_events import Goal, TuningFinished

SCORES = {"AP50": 0.7, "AP75": 0.5, "mAP": 0.4321, "SBD": 0.8, "FBD": 0.9, "DiC": -1.0, "|DiC|": 2.0, "images": 5.0}


def test_only_defaults_and_figures_change(tmp_path: Path) -> None:
    segmenter = create("harmonic")
    segmenter.card = Card(title="Mine", licence="CC0", figures={"AP50": 0.1}, measured_on="something else")
    segmenter.save(tmp_path / "a.safetensors")
    params = segmenter.defaults.replace(bandwidth=0.77).model_dump(mode="json")
    found = TuningFinished(
        goal=Goal.MAP, params=params, changed={"bandwidth": (0.5, 0.77)}, before=SCORES, after=SCORES,
        cross_gain=None, tried=3, seconds=1,
    )  # fmt: skip
    write_tuned(tmp_path / "a.safetensors", tmp_path / "b.safetensors", found, "plants")
    assert load("harmonic", tmp_path / "b.safetensors").defaults.bandwidth == 0.77  # type: ignore[attr-defined]
    before, after = (read_tensors(tmp_path / f"{name}.safetensors") for name in "ab")
    assert before.keys() == after.keys()
    assert all(np.array_equal(before[name], after[name]) for name in before)
    old, new = (read_header(tmp_path / f"{name}.safetensors") for name in "ab")
    assert new.config == old.config
    assert (new.card.title, new.card.licence) == ("Mine", "CC0")
    assert new.card.figures == {"AP50": 0.7, "mAP": 0.432, "SBD": 0.8, "|DiC|": 2.0}
    assert new.card.measured_on == "5 images of plants, on which the parameters were chosen"
