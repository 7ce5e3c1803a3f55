"""With too few images to keep one aside, each is met by weights that never saw it, and the kept ones saw them all."""

from __future__ import annotations

from pathlib import Path

import pytest
from fields import fields

from napari_leafseg.core import registry
from napari_leafseg.core.catalogue import file_hash
from napari_leafseg.core.sample import Sample
from napari_leafseg.core.weights import Card
from napari_leafseg.inference.comparison_file import VALIDATION, read_comparison
from napari_leafseg.training.about import events_of
from napari_leafseg.training.events import Event, Preparing
from napari_leafseg.training.fit import fit
from napari_leafseg.training.leave_one_out import FOLDER, divided
from napari_leafseg.training.options import TrainOptions
from napari_leafseg.training.wishes import wish

PLAIN = TrainOptions(epochs=1, batch=4, crop=64, samples_per_epoch=4, keep_fitted=True, compare=True)
TINY = PLAIN.replace(leave_one_out=True)


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    return fields(3, 64)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    segmenter = registry.create("harmonic")
    segmenter.card = Card(title="drawn nuclei", subject="nuclei")
    path = tmp_path_factory.mktemp("weights") / "start.safetensors"
    segmenter.save(path)
    return path


def trained(
    start: Path,
    samples: list[Sample],
    out: Path,
    options: TrainOptions = TINY,
    *,
    resume: bool = False,
    stop_without: str = "",
) -> list[Event]:
    """Train to the end, or wish a stop when an image of that name is left out."""
    events = []
    for event in fit(registry.load("harmonic", start), samples, [], options, out, device="cpu", resume=resume):
        events.append(event)
        if stop_without and isinstance(event, Preparing) and f"without {stop_without}" in event.what:
            wish(out, "stop")
    return events


def met(out: Path) -> set[str]:
    comparison = read_comparison(out)
    assert comparison is not None
    found = comparison.of(VALIDATION)
    return {row.image for row in found.rows} if found else set()


def test_each_image_is_met_by_weights_of_its_own(start: Path, samples: list[Sample], tmp_path: Path) -> None:
    events = trained(start, samples, tmp_path / "run")
    assert events[-1].kind == "finished" and sum(event.kind == "epoch" for event in events) == 1
    comparison = read_comparison(tmp_path / "run")
    assert comparison is not None
    (found,) = comparison.sets
    assert found.name == VALIDATION and found.what.startswith("Each image, segmented by weights that learned from all")
    assert met(tmp_path / "run") == {sample.name for sample in samples}
    weights = {file_hash(path) for path in (tmp_path / "run" / FOLDER).glob("*/best.safetensors")}
    assert len(weights) == 3 and file_hash(tmp_path / "run" / "best.safetensors") not in weights
    trained(start, samples, tmp_path / "plain", PLAIN)
    kept = [(tmp_path / name / "best.safetensors").read_bytes() for name in ("run", "plain")]
    assert kept[0] == kept[1], "the checks change nothing of the weights that are kept"


def test_a_stop_keeps_what_is_whole_and_a_resumption_does_not_repeat_it(
    start: Path, samples: list[Sample], tmp_path: Path
) -> None:
    events = trained(start, samples, tmp_path, stop_without=samples[1].name)
    assert events[-1].kind == "finished" and events[-1].stopped
    assert met(tmp_path) == {samples[0].name}
    whole = tmp_path / FOLDER / "000" / "best.safetensors"
    before = whole.stat().st_mtime_ns
    _forget_the_end(tmp_path)
    again = trained(start, samples, tmp_path, resume=True)
    repeated = [event.what for event in again if isinstance(event, Preparing) and "without" in event.what]
    assert len(repeated) == 2 and all(samples[0].name not in what for what in repeated)
    assert met(tmp_path) == {sample.name for sample in samples}
    assert whole.stat().st_mtime_ns == before


def _forget_the_end(run: Path) -> None:
    """Leave the folder as if the process had been killed."""
    lines = (run / "events.jsonl").read_text().splitlines()
    assert events_of(run)[-1]["kind"] == "finished"
    (run / "events.jsonl").write_text("\n".join(lines[:-1]) + "\n")


def test_the_minutes_are_divided(samples: list[Sample]) -> None:
    ten = TINY.replace(minutes=10, epochs=None)
    assert divided(samples, [], ten).minutes == 2.5
    assert divided(samples, samples[:1], ten).minutes == 10
    assert divided(samples[:1], [], ten).minutes == 10
    assert divided(samples, [], ten.replace(leave_one_out=False)).minutes == 10
    assert divided(samples, [], TINY) == TINY
