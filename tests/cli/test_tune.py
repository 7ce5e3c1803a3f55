"""`tune` finds better parameters on any labelled folder, and what it writes is used by `segment`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from threshold_segmenter import ThresholdSegmenter

from napari_leafseg.core.catalogue import file_hash
from napari_leafseg.core.registry import load
from napari_leafseg.data.reading import read_labels


@pytest.fixture
def data(tmp_path: Path, nuclei_image: Any) -> Path:
    """Dim discs, which the default threshold misses; one image is for testing, with labels that fit nothing."""
    image, labels = nuclei_image
    root = tmp_path / "dim"
    for part in ("images", "labels"):
        (root / part).mkdir(parents=True)
    for index in range(3):
        Image.fromarray(image // 3).save(root / "images" / f"{index}.png")
        truth = labels if index < 2 else np.ones_like(labels)
        Image.fromarray(truth.astype(np.uint8)).save(root / "labels" / f"{index}.png")
    (root / "split.csv").write_text("stem,split\n0,train\n1,train\n2,test\n", encoding="utf-8")
    return root


@pytest.fixture
def tune(command: Any, data: Path, threshold_weights: Path) -> Any:
    def run(*more: object) -> Any:
        return command("tune", "--data", data, "--model", "threshold", "--weights", threshold_weights, *more)

    return run


def _last(result: Any) -> dict[str, Any]:
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout.splitlines()[-1])


def test_a_person_reads_what_was_tried_the_gain_and_the_best(tune: Any) -> None:
    result = tune()
    assert result.exit_code == 0, result.stderr
    assert "2 images, 3 parameters: threshold, min_area, invert." in result.stdout
    assert "mAP 0.000 → 1.000 on 2 images" in result.stdout
    assert "Chosen and measured on the same images" in result.stdout
    assert any(line.split()[:2] == ["invert", "True"] and "not better" in line for line in result.stdout.splitlines())
    assert "(was 0.5)" in result.stdout


def test_json_is_all_that_standard_output_gets(tune: Any) -> None:
    events = [json.loads(line) for line in tune("--json").stdout.splitlines()]
    assert [event["event"] for event in events[:3]] == ["started", "encoded", "encoded"]
    assert events[-1]["event"] == "finished"
    assert {event["event"] for event in events[3:-1]} == {"tried"}
    assert events[-1]["after"]["AP50"] == 1


def test_the_record_is_run_by_segment(tune: Any, command: Any, data: Path, tmp_path: Path, nuclei_image: Any) -> None:
    """One mechanism: what `tune` writes is what a folder run writes, and `--from-record` reads."""
    file = tmp_path / "new folder" / "tuned.json"
    params = _last(tune("--out", file, "--json"))["params"]
    assert json.loads(file.read_text(encoding="utf-8"))["params"] == params
    result = command("segment", data / "images" / "0.png", "--from-record", file, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.stderr
    np.testing.assert_array_equal(read_labels(tmp_path / "out" / "0.tif") > 0, nuclei_image[1] > 0)
    record = json.loads((tmp_path / "out" / "record.json").read_text(encoding="utf-8"))
    assert record["params"] == params


def test_the_object_size_is_tuned_with_and_kept_in_the_record(tune: Any, tmp_path: Path) -> None:
    _last(tune("--object-size", 15, "--out", tmp_path / "tuned.json", "--json"))
    assert json.loads((tmp_path / "tuned.json").read_text(encoding="utf-8"))["options"]["object_size"] == 15


def test_a_copy_of_the_weights_has_them_as_defaults(tune: Any, threshold_weights: Path, tmp_path: Path) -> None:
    before = file_hash(threshold_weights)
    params = _last(tune("--out", tmp_path / "mine.safetensors", "--json"))["params"]
    segmenter = load("threshold", tmp_path / "mine.safetensors")
    assert segmenter.defaults.model_dump(mode="json") == params
    assert segmenter.card.figures["AP50"] == 1
    assert segmenter.card.measured_on == "2 images of dim, on which the parameters were chosen"
    assert file_hash(threshold_weights) == before


def test_images_called_val_come_first(tune: Any, data: Path) -> None:
    (data / "split.csv").write_text("stem,split\n0,val\n1,train\n2,test\n", encoding="utf-8")
    lines = tune("--json").stdout.splitlines()
    assert [json.loads(line)["name"] for line in lines if json.loads(line)["event"] == "encoded"] == ["0"]


def test_many_images_are_thinned(tune: Any) -> None:
    assert json.loads(tune("--images", 1, "--json").stdout.splitlines()[0])["images"] == 1


def test_the_score_can_be_chosen(tune: Any) -> None:
    assert "SBD 0.000 → " in tune("--score", "sbd").stdout


def test_other_images_show_how_far_it_holds(command: Any, data: Path, tmp_path: Path, nuclei_image: Any) -> None:
    """With eight images, the gain is measured on halves too."""
    for index in range(3, 9):
        Image.fromarray(nuclei_image[0] // 3).save(data / "images" / f"{index}.png")
        Image.fromarray(nuclei_image[1].astype(np.uint8)).save(data / "labels" / f"{index}.png")
    ThresholdSegmenter().save(tmp_path / "w.safetensors")
    result = command("tune", "--data", data, "--model", "threshold", "--weights", tmp_path / "w.safetensors")
    assert "the gain is +1.000" in result.stdout


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (("--out", "best.txt"), ".json or .safetensors"),
        (("--weights", "nowhere"), "nowhere"),
        (("--object-size", "large"), "--object-size"),
        (("--data", "nowhere"), "nowhere"),
    ],
)
def test_wrong_usage_is_answered_in_a_sentence(tune: Any, more: tuple[object, ...], sentence: str) -> None:
    result = tune(*more)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr


def test_a_folder_without_labels_is_refused(command: Any, images: Path, threshold_weights: Path) -> None:
    result = command("tune", "--data", images, "--model", "threshold", "--weights", threshold_weights)
    assert result.exit_code == 2
    assert "no labelled image" in result.stderr
