"""The loop: it learns, resumes exactly, keeps the best, and stops in a sentence."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from napari_leafseg.core import registry
from napari_leafseg.core.errors import Cancelled, TrainingError
from napari_leafseg.core.sample import Batch, Sample
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.core.weights import read_tensors
from napari_leafseg.data.nuclei import draw_nuclei
from napari_leafseg.nets.stage import NetworkStage
from napari_leafseg.training.events import EpochDone, Event, Finished, Started, Stepped, Validated
from napari_leafseg.training.fit import fit
from napari_leafseg.training.options import TrainOptions

TINY = TrainOptions(epochs=2, batch=4, crop=64, samples_per_epoch=8, validate_every=1, rotate=0)


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    """Three small drawn fields."""
    found = []
    for seed in range(3):
        image, labels = draw_nuclei(size=96, count=6, seed=seed)
        grey = image.astype(np.float32) / 255
        found.append(Sample(f"field {seed}", np.repeat(grey[:, :, np.newaxis], 3, axis=2), labels))
    return found


def _run(segmenter: Segmenter, samples: list[Sample], out: Path, options: TrainOptions, **more: object) -> list[Event]:
    return list(fit(segmenter, samples[:2], samples[2:], options, out, device="cpu", **more))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def segmenter() -> Segmenter:
    """What the one run trains; to be looked at only."""
    return registry.create("harmonic")


@pytest.fixture(scope="module")
def finished(
    segmenter: Segmenter, samples: list[Sample], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[Event]]:
    """One run of two epochs; its folder is to be copied before it is changed."""
    out = tmp_path_factory.mktemp("runs") / "run"
    return out, _run(segmenter, samples, out, TINY)


def test_events_tell_the_run_in_order(finished: tuple[Path, list[Event]]) -> None:
    """What a progress bar, a curve and a script listen to."""
    kinds = [event.kind for event in finished[1]]
    assert kinds == ["started", *["step", "step", "epoch", "validation"] * 2, "finished"]
    started, last = finished[1][0], finished[1][-1]
    assert isinstance(started, Started) and (started.train, started.validation) == (2, 1)
    assert isinstance(last, Finished) and last.epochs == 2
    steps = [event for event in finished[1] if isinstance(event, Stepped)]
    assert [event.progress for event in steps] == sorted(event.progress for event in steps)
    assert set(steps[0].losses) == {"embedding", "background", "foreground"}


def test_the_run_folder_tells_the_same(finished: tuple[Path, list[Event]]) -> None:
    """Options, events and metrics are files anybody can read."""
    out, events = finished
    written = [json.loads(line)["kind"] for line in (out / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    assert written == [event.kind for event in events if event.kind != "step"]
    assert json.loads((out / "options.json").read_text(encoding="utf-8"))["epochs"] == 2
    table = (out / "metrics.csv").read_text(encoding="utf-8").splitlines()
    assert table[0] == "stage,epoch,kind,name,value"
    assert sum(",validation,SBD," in row for row in table) == 2


def test_the_run_folder_is_a_weights_choice(finished: tuple[Path, list[Event]]) -> None:
    """Nothing needs to be exported first."""
    assert registry.load("harmonic", finished[0]).source == finished[0] / "best.safetensors"


def test_equal_seeds_give_equal_weights(
    finished: tuple[Path, list[Event]], samples: list[Sample], tmp_path: Path
) -> None:
    """The window's training is the script's, byte for byte."""
    _run(registry.create("harmonic"), samples, tmp_path / "again", TINY)
    assert (tmp_path / "again" / "best.safetensors").read_bytes() == (finished[0] / "best.safetensors").read_bytes()


def test_a_stopped_run_resumes_to_the_same_weights(
    finished: tuple[Path, list[Event]], samples: list[Sample], tmp_path: Path
) -> None:
    """Stopped in the second epoch, resumed from the first: the same as never stopped."""
    steps = fit(registry.create("harmonic"), samples[:2], samples[2:], TINY, tmp_path / "run", device="cpu")
    for event in steps:
        if isinstance(event, Stepped) and event.epoch == 1:
            break
    steps.close()  # type: ignore[attr-defined]
    events = _run(registry.create("harmonic"), samples, tmp_path / "run", TINY, resume=True)
    assert isinstance(events[0], Started) and events[0].resumed_at_epoch == 1
    assert sum(isinstance(event, EpochDone) for event in events) == 1
    assert (tmp_path / "run" / "best.safetensors").read_bytes() == (finished[0] / "best.safetensors").read_bytes()


def test_the_segmenter_is_left_with_the_best_weights(segmenter: Segmenter, finished: tuple[Path, list[Event]]) -> None:
    """Not with the last: validation decides."""
    out, events = finished
    assert any(isinstance(event, Validated) and event.best for event in events)
    kept = read_tensors(out / "best.safetensors")
    for name, value in segmenter.network.state_dict().items():  # type: ignore[attr-defined]
        np.testing.assert_array_equal(value.numpy(), kept[name])


def test_a_cancelled_run_can_be_resumed(samples: list[Sample], tmp_path: Path) -> None:
    """Cancelled is raised from within, and what was saved stays good."""
    asked = time.monotonic() + 2

    def check() -> None:
        if time.monotonic() > asked:
            raise Cancelled

    long = TINY.replace(epochs=500)
    with pytest.raises(Cancelled):
        _run(registry.create("harmonic"), samples, tmp_path / "run", long, check=check)
    assert time.monotonic() - asked < 2
    assert list(fit(registry.create("harmonic"), samples[:2], [], TINY, tmp_path / "run", device="cpu", resume=True))


def test_a_time_budget_ends_the_run(samples: list[Sample], tmp_path: Path) -> None:
    """Whatever epoch it is in."""
    start = time.monotonic()
    options = TINY.replace(epochs=None, minutes=0.05, samples_per_epoch=4000)
    events = _run(registry.create("harmonic"), samples, tmp_path / "run", options)
    assert isinstance(events[-1], Finished)
    assert time.monotonic() - start < 60
    assert (tmp_path / "run" / "best.safetensors").exists()


class _Broken(NetworkStage):
    """A stage whose second loss explodes."""

    name = "broken"

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        return {"calm": self.weight.sum(), "wild": (self.weight * float("inf")).sum()}


def test_a_non_finite_loss_stops_with_its_name(
    samples: list[Sample], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The person sees which loss it was and what to do."""
    segmenter = registry.create("harmonic")
    monkeypatch.setattr(type(segmenter), "stages", lambda self: iter([_Broken()]))
    with pytest.raises(TrainingError, match=r"wild = inf.*lower the learning rate"):
        _run(segmenter, samples, tmp_path / "run", TINY)


class _Watched(NetworkStage):
    """A stage that notes what it is told, with a part that must not move."""

    share = 0.5

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.told: list[float] = []
        self.moving, self.still = (nn.Parameter(torch.ones(1)) for _ in range(2))

    def advance(self, done: float) -> None:
        self.told.append(done)

    def groups(self) -> list[dict[str, Any]]:
        return [{"params": [self.moving], "factor": 1.0}, {"params": [self.still], "factor": 0.0}]

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        return {"both": (self.moving + self.still).square().sum()}


def test_each_stage_is_told_how_far_it_is_and_sets_its_own_rates(
    samples: list[Sample], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For curricula, and for backbones that learn slower than the rest."""
    segmenter = registry.create("harmonic")
    stages = [_Watched("first"), _Watched("second")]
    monkeypatch.setattr(type(segmenter), "stages", lambda self: iter(stages))
    events = _run(segmenter, samples, tmp_path / "run", TINY.replace(epochs=4))
    for stage in stages:
        assert stage.told == [0, 0.25, 0.5, 0.75]
        assert float(stage.still.detach()) == 1 and float(stage.moving.detach()) < 1
    started = events[0]
    assert isinstance(started, Started)
    assert (started.stages, started.shares) == (("first", "second"), (0.5, 0.5))
    # The second stage keeps its own best, even if the first one's figure was higher.
    assert next(e.best for e in events if isinstance(e, Validated) and e.stage == "second")


@pytest.mark.parametrize(
    ("images", "options", "sentence"),
    [
        (0, TINY, "no labelled image"),
        (2, TINY.replace(epochs=None), "give epochs or minutes"),
    ],
)
def test_a_run_that_cannot_start_says_why(
    samples: list[Sample], tmp_path: Path, images: int, options: TrainOptions, sentence: str
) -> None:
    """Before anything is written."""
    with pytest.raises(TrainingError, match=sentence):
        list(fit(registry.create("harmonic"), samples[:images], [], options, tmp_path / "run", device="cpu"))
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("existing", "resume", "sentence"), [(True, False, "holds a run already"), (False, True, "no run")]
)
def test_runs_are_not_mixed(
    finished: tuple[Path, list[Event]],
    samples: list[Sample],
    tmp_path: Path,
    existing: bool,
    resume: bool,
    sentence: str,
) -> None:
    """A new run wants a new folder; a resumption wants an old one."""
    out = finished[0] if existing else tmp_path / "none"
    with pytest.raises(TrainingError, match=sentence):
        _run(registry.create("harmonic"), samples, out, TINY, resume=resume)


def test_a_damaged_state_is_refused(finished: tuple[Path, list[Event]], samples: list[Sample], tmp_path: Path) -> None:
    """Half a file from a full disk is no reason for a traceback."""
    shutil.copytree(finished[0], tmp_path / "run")
    (tmp_path / "run" / "state.pt").write_bytes(b"half a file")
    with pytest.raises(TrainingError, match="damaged"):
        _run(registry.create("harmonic"), samples, tmp_path / "run", TINY, resume=True)


def test_without_validation_the_last_weights_are_kept(samples: list[Sample], tmp_path: Path) -> None:
    """Three images cannot spare one."""
    events = list(fit(registry.create("harmonic"), samples, [], TINY, tmp_path / "run", device="cpu"))
    assert isinstance(events[-1], Finished) and events[-1].sbd is None
    assert registry.load("harmonic", tmp_path / "run")
