"""What is asked for is trained, or refused in a sentence that those read, too, who only have the folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fields import fields, write_fields

from napari_leafseg.core import registry
from napari_leafseg.core.errors import LeafsegError, MemoryUsedUpError, TrainingError, WeightsError
from napari_leafseg.core.weights import Card, read_header, read_tensors
from napari_leafseg.inference.comparison_file import ORIGINAL, VALIDATION, read_comparison
from napari_leafseg.training.about import Condition, condition, events_of, read_about
from napari_leafseg.training.events import Event, Finished, Warned
from napari_leafseg.training.fine_tuning import fine_tuning_options
from napari_leafseg.training.fit import fit
from napari_leafseg.training.options import TrainOptions
from napari_leafseg.training.request import Request, carry_out
from napari_leafseg.training.runs import RunFolder
from napari_leafseg.training.wishes import wish

TINY = TrainOptions(epochs=1, batch=4, crop=64, samples_per_epoch=8)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_fields(tmp_path_factory.mktemp("data") / "fields", 5)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of drawn nuclei; they need not be good."""
    segmenter = registry.create("harmonic")
    segmenter.card = Card(title="drawn nuclei", subject="nuclei", data="drawings", licence="CC0 1.0")
    path = tmp_path_factory.mktemp("weights") / "start.safetensors"
    segmenter.save(path)
    return path


def carried_out(asked: Request, out: Path) -> list[Event]:
    run = RunFolder(out)
    run.begin(asked.options, asked.about(out), resume=asked.resume)
    return list(carry_out(asked, run))


def test_the_first_event_comes_before_torch_is_loaded(data: Path, tmp_path: Path) -> None:
    """Loading it takes seconds; a person who pressed Start must see within one that something happens."""
    code = f"""
import sys
from pathlib import Path
from napari_leafseg.training.request import Request, carry_out
from napari_leafseg.training.about import events_of, read_about
from napari_leafseg.training.options import TrainOptions
from napari_leafseg.training.runs import RunFolder
from napari_leafseg.training.wishes import wish
asked, run = Request({str(data)!r}, "harmonic", TrainOptions(epochs=1)), RunFolder(Path({str(tmp_path / "run")!r}))
run.begin(asked.options, asked.about(run.root), resume=False)
event = next(carry_out(asked, run))
print(event.kind, events_of(run.root)[0]["kind"], read_about(run.root).method, "torch" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.split() == ["preparing", "preparing", "harmonic", "False"]


def test_fine_tuning_tells_what_was_gained_and_what_was_forgotten(data: Path, start: Path, tmp_path: Path) -> None:
    """On images that were not learned from, and on new drawings of what the first weights knew."""
    options = fine_tuning_options(
        read_header(start).card, epochs=1, batch=4, crop=64, samples_per_epoch=8, drawn_size=96, validation_images=1
    )
    events = carried_out(Request(str(data), "harmonic", options, weights=str(start)), tmp_path)
    kinds = [event.kind for event in events if event.kind not in {"preparing", "warned", "step"}]
    assert kinds == ["started", "validation", "epoch", "validation", "compared", "compared", "finished"]
    comparison = read_comparison(tmp_path)
    assert comparison is not None
    assert {each.name for each in comparison.sets} == {VALIDATION, ORIGINAL}
    assert [event["kind"] for event in events_of(tmp_path)] == [e.kind for e in events if e.kind != "step"]
    card = read_header(tmp_path / "best.safetensors").card
    assert card.source == "drawn:nuclei" and "started from drawn nuclei" in card.data
    assert read_about(tmp_path).weights_sha256


def test_who_stops_a_run_while_it_compares_gets_it_at_once(data: Path, start: Path, tmp_path: Path) -> None:
    """With the weights, without the comparison; who stopped it before gets both."""
    options = TINY.replace(compare=True)
    asked = Request(str(data), "harmonic", options, weights=str(start))
    run = RunFolder(tmp_path)
    run.begin(options, asked.about(tmp_path), resume=False)
    events = []
    for event in carry_out(asked, run):
        events.append(event)
        if event.kind == "preparing" and "Comparing" in event.what:
            wish(tmp_path, "stop")
    assert isinstance(events[-1], Finished) and events[-1].stopped
    assert read_comparison(tmp_path) is None
    registry.load("harmonic", tmp_path)


def test_weights_that_say_nothing_of_their_training_are_not_replayed(data: Path, tmp_path: Path) -> None:
    """That is said, and the rest is done."""
    segmenter = registry.create("harmonic")
    segmenter.save(tmp_path / "start.safetensors")
    asked = Request(str(data), "harmonic", TINY.replace(replay=0.5), weights=str(tmp_path / "start.safetensors"))
    events = carried_out(asked, tmp_path / "run")
    said = [event.sentence for event in events if isinstance(event, Warned)]
    assert any("do not say what they were trained on" in sentence for sentence in said)
    assert events[-1].kind == "finished"


def test_what_a_method_fitted_before_stays_with_the_weights(data: Path, tmp_path: Path) -> None:
    """Other guides would make an embedding of harmonic mean something else, and all would be forgotten."""
    start = tmp_path / "start.safetensors"
    segmenter: Any = registry.create("harmonic", None, {"fit": True})
    # Others than any data would lead to.
    segmenter.network.set_guides(next(p for n, p in segmenter.network.named_parameters() if n.endswith("guides")) / 3)
    segmenter.save(start)
    for keep in (True, False):
        asked = Request(str(data), "harmonic", TINY.replace(keep_fitted=keep), weights=str(start))
        carried_out(asked, tmp_path / str(keep))
    before, kept, fitted = (
        {name: value for name, value in read_tensors(path).items() if name.endswith("guides")}
        for path in (start, *(tmp_path / str(keep) / "best.safetensors" for keep in (True, False)))
    )
    assert before and all(np.array_equal(kept[name], value) for name, value in before.items())
    assert not all(np.array_equal(fitted[name], value) for name, value in before.items())


def test_an_error_is_the_last_event(tmp_path: Path) -> None:
    """A window may have nothing but the folder."""
    (tmp_path / "data").mkdir()
    with pytest.raises(LeafsegError) as caught:
        carried_out(Request(str(tmp_path / "data"), "harmonic", TINY), tmp_path / "run")
    last = events_of(tmp_path / "run")[-1]
    assert (last["kind"], last["sentence"]) == ("failed", str(caught.value))
    assert condition(tmp_path / "run") is Condition.FAILED


def test_an_error_that_nobody_foresaw_is_told_too(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a sentence; the traceback is for the log."""

    def broken(_self: object, _batch: object) -> dict[str, Any]:
        raise LookupError("no such leaf")

    stage = type(next(iter(registry.create("harmonic").stages())))
    monkeypatch.setattr(stage, "losses", broken)
    with pytest.raises(LookupError):
        carried_out(Request(str(data), "harmonic", TINY), tmp_path)
    assert "LookupError: no such leaf" in events_of(tmp_path)[-1]["sentence"]


@pytest.mark.parametrize(("batch", "smaller"), [(8, 4), (1, None)])
def test_memory_that_runs_out_names_what_may_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int, smaller: int | None
) -> None:
    """As the allocator itself says it, from within the steps."""
    import torch

    def greedy(_self: object, _batch: object) -> dict[str, Any]:
        return {"all": torch.empty(2**55)}

    segmenter = registry.create("harmonic")
    monkeypatch.setattr(type(next(iter(segmenter.stages()))), "losses", greedy)
    with pytest.raises(MemoryUsedUpError, match=r"memory of .* does not suffice") as caught:
        list(fit(segmenter, fields(2), [], TINY.replace(batch=batch), tmp_path, device="cpu"))
    assert caught.value.smaller_batch == smaller


@pytest.mark.parametrize(
    ("changes", "error", "sentence"),
    [
        ({"model": "roses"}, LeafsegError, "no model 'roses'"),
        ({"weights": "nowhere"}, WeightsError, "nowhere"),
        ({"weights": "backbone:nowhere"}, WeightsError, "nowhere"),
        ({"data": "drawn:roses"}, LeafsegError, "no preset 'roses'"),
        ({"weights": "nuclei", "preset": "paper"}, LeafsegError, "--preset cannot be changed"),
        ({"options": TINY.replace(epochs=None)}, TrainingError, "give epochs or minutes"),
    ],
)
def test_what_names_alone_refuse_leaves_no_folder(
    data: Path, tmp_path: Path, changes: dict[str, Any], error: type[LeafsegError], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        carried_out(Request(**{"data": str(data), "model": "harmonic", "options": TINY, **changes}), tmp_path / "run")
    assert not (tmp_path / "run").exists()
