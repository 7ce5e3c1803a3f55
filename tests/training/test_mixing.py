"""Fine-tuned weights keep a part of the first ones, unless the images kept aside suffer from it."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from fields import fields

from napari_leafseg.core import registry
from napari_leafseg.core.sample import Sample
from napari_leafseg.core.segmenter import Segmenter
from napari_leafseg.core.weights import read_header, read_tensors
from napari_leafseg.models.harmonic.segmenter import HarmonicSegmenter
from napari_leafseg.training import mixing
from napari_leafseg.training.events import Event, Finished, Preparing, Validated
from napari_leafseg.training.fit import fit
from napari_leafseg.training.job import Progress
from napari_leafseg.training.options import TrainOptions

OPTIONS = TrainOptions(
    epochs=1, batch=2, crop=64, samples_per_epoch=2, validate_every=1, keep_fitted=True, mixing=0.75, learning_rate=1e-4
)


def test_tensors_lie_on_the_line_between() -> None:
    """In the precision of those learned, though files that ship have half of it; counters are those learned."""
    first = {"weight": np.float16([0, 2]), "count": np.int64(1)}
    learned = {"weight": np.float32([4, 2]), "count": np.int64(7)}
    found = mixing.between(first, learned, 0.75)
    assert found is not None
    np.testing.assert_array_equal(found["weight"], np.float32([3, 2]))
    assert found["weight"].dtype == np.float32 and found["count"] == 7


@pytest.mark.parametrize("other", [{"weight": np.zeros(3)}, {"bias": np.zeros(2)}, {}])
def test_other_networks_are_not_mixed(other: dict[str, np.ndarray]) -> None:
    """As where new classes made a layer larger."""
    assert mixing.between(other, {"weight": np.zeros(2)}, 0.5) is None


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    """Two small drawn fields."""
    return fields(2)


def trained(samples: list[Sample], out: Path, options: TrainOptions = OPTIONS) -> tuple[Segmenter, list[Event]]:
    """Go on for one pass from weights that ship."""
    segmenter = registry.load("harmonic", "nuclei")
    return segmenter, list(fit(segmenter, samples[:1], samples[1:], options, out, device="cpu"))


@pytest.fixture(scope="module")
def plain(samples: list[Sample], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is learned, unmixed."""
    out = tmp_path_factory.mktemp("plain") / "run"
    trained(samples, out, OPTIONS.replace(mixing=1))
    return out


@pytest.fixture(scope="module")
def run(samples: list[Sample], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Segmenter, list[Event]]:
    """The same with a quarter of the first weights; its folder is to be copied before it is changed."""
    out = tmp_path_factory.mktemp("mixed") / "run"
    return (out, *trained(samples, out))


def test_what_is_kept_is_part_of_the_way_back_to_the_first_weights(
    plain: Path, run: tuple[Path, Segmenter, list[Event]]
) -> None:
    """In the file and in the segmenter, and the figures at the end are the mixture's."""
    out, segmenter, events = run
    assert segmenter.source is not None
    wanted = mixing.between(read_tensors(segmenter.source), read_tensors(plain / "best.safetensors"), 0.75)
    assert wanted is not None
    segmenter.save(out.parent / "held.safetensors")
    for file in (out / "best.safetensors", out.parent / "held.safetensors"):
        for name, value in read_tensors(file).items():
            np.testing.assert_array_equal(value, wanted[name])
    assert sum(isinstance(event, Preparing) for event in events) == 1
    last = events[-1]
    assert isinstance(last, Finished) and last.sbd is not None
    assert not (out / "mixed.safetensors").exists()


def test_unless_somebody_says_how_far_the_method_does(
    plain: Path, samples: list[Sample], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some forget little on the way to what they learn, and others much."""
    monkeypatch.setattr(HarmonicSegmenter, "mixing", 0.25)
    segmenter, _ = trained(samples, tmp_path / "run", OPTIONS.replace(mixing=None))
    assert segmenter.source is not None
    wanted = mixing.between(read_tensors(segmenter.source), read_tensors(plain / "best.safetensors"), 0.25)
    assert wanted is not None
    for name, value in read_tensors(tmp_path / "run" / "best.safetensors").items():
        np.testing.assert_array_equal(value, wanted[name])


def test_what_is_mixed_is_not_mixed_again(
    run: tuple[Path, Segmenter, list[Event]], samples: list[Sample], tmp_path: Path
) -> None:
    """A run that was killed while it compared, and is resumed."""
    out = shutil.copytree(run[0], tmp_path / "run")
    before = read_header(out / "best.safetensors").tensor_hash
    segmenter = registry.load("harmonic", "nuclei")
    events = list(fit(segmenter, samples[:1], samples[1:], OPTIONS, out, device="cpu", resume=True))
    assert not any(isinstance(event, Preparing) for event in events)
    assert read_header(out / "best.safetensors").tensor_hash == before


def test_a_mixture_that_is_worse_is_dropped(
    samples: list[Sample], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was learned is kept as it is."""
    monkeypatch.setattr(mixing, "KEPT", 1e9)
    segmenter, events = trained(samples, tmp_path / "run")
    check = next(event for event in events if isinstance(event, Validated))
    assert isinstance(events[-1], Finished) and events[-1].sbd == check.sbd
    segmenter.save(tmp_path / "held.safetensors")
    held, kept = read_tensors(tmp_path / "held.safetensors"), read_tensors(tmp_path / "run" / "best.safetensors")
    for name, value in kept.items():
        np.testing.assert_array_equal(value, held[name])
    assert not (tmp_path / "run" / mixing.MIXED).exists()


@pytest.mark.parametrize(("figures", "is_enough"), [((0.55, 0.55), True), ((0.5, 0.55), False), ((0.9, 0.9), True)])
def test_half_of_what_was_gained_is_enough(figures: tuple[float, float], *, is_enough: bool) -> None:
    """From a sum of 0.8 to 1.4, it is 1.1: much is gained where the first weights did badly, and little elsewhere."""
    assert mixing.is_enough(*figures, Progress(first=0.8, sbd=0.7, ap50=0.7)) is is_enough


def test_without_images_to_check_on_nothing_is_mixed(samples: list[Sample], tmp_path: Path) -> None:
    """Nobody would know whether that is any good."""
    segmenter = registry.load("harmonic", "nuclei")
    events = list(fit(segmenter, samples, [], OPTIONS, tmp_path / "run", device="cpu"))
    assert not any(isinstance(event, Preparing) for event in events)
