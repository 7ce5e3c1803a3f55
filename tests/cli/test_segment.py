"""`segment` writes what a script would, speaks JSON purely, and answers wrong usage in a sentence."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from threshold_segmenter import ThresholdSegmenter

from napari_leafseg.core.options import EncodeOptions
from napari_leafseg.core.registry import load
from napari_leafseg.data.reading import read_image, read_labels

TESTS = Path(__file__).parents[1]
# The real entry point in a process of its own, with the torch-free method among the models.
PROGRAM = (
    f"import sys; sys.path.insert(0, {str(TESTS)!r}); from threshold_segmenter import METHOD; "
    "from napari_leafseg.core.registry import register; register(METHOD); "
    "from napari_leafseg.cli import main; main()"
)


@pytest.fixture
def segment(command: Any, images: Path, threshold_weights: Path, tmp_path: Path) -> Any:
    """Segment the images; more arguments come after, and the last of a kind counts."""

    def run(*more: object, inputs: tuple[Path, ...] = (images,)) -> Any:
        return command(
            "segment", *inputs, "--model", "threshold", "--weights", threshold_weights, "--out", tmp_path / "out", *more
        )

    return run


def one_sentence(text: str) -> bool:
    lines = text.strip().splitlines()
    return len(lines) == 1 and lines[0].endswith((".", "?")) and "Traceback" not in text


# --- what comes out -------------------------------------------------------------------


def test_labels_are_those_of_a_script(segment: Any, images: Path, threshold_weights: Path, tmp_path: Path) -> None:
    result = segment("--set", "threshold=0.3", "--set", "min_area=150", "--object-size", 40)
    assert result.exit_code == 0, result.output
    assert "3 segmented" in result.stdout and "CPU" in result.stdout
    segmenter = load("threshold", threshold_weights)
    params = segmenter.defaults.replace(threshold=0.3, min_area=150)
    for file in images.iterdir():
        prediction = segmenter.encode(read_image(file).array, EncodeOptions(object_size=40))
        expected = segmenter.decode(prediction, params).labels
        labels = read_labels(tmp_path / "out" / f"{file.stem}.tif")
        np.testing.assert_array_equal(labels, expected)
        assert labels.max() > 0


def test_files_and_folders_may_be_mixed(segment: Any, images: Path, tmp_path: Path, nuclei_image: Any) -> None:
    tifffile.imwrite(tmp_path / "more.tif", nuclei_image[0])
    assert segment(inputs=(tmp_path / "more.tif", images, images / "plant 0.png")).exit_code == 0
    assert {path.stem for path in (tmp_path / "out").glob("*.tif")} == {"more", "plant 0", "plant 1", "plant 2"}


def test_axes_can_be_said(segment: Any, tmp_path: Path, nuclei_image: Any) -> None:
    tifffile.imwrite(tmp_path / "s.tif", np.stack([nuclei_image[0]] * 3), photometric="minisblack")
    assert segment("--axes", "CYX", inputs=(tmp_path / "s.tif",)).exit_code == 0
    assert read_labels(tmp_path / "out" / "s.tif").ndim == 2
    assert segment("--axes", "TYX", "--out", tmp_path / "stack", inputs=(tmp_path / "s.tif",)).exit_code == 0
    assert read_labels(tmp_path / "stack" / "s.tif").shape[0] == 3


def test_outputs_inside_the_input_folder_are_not_taken_for_images(segment: Any, images: Path) -> None:
    for _ in range(2):
        assert segment("--out", images / "labels", "--overlay").exit_code == 0
    assert len(list((images / "labels").glob("*.tif"))) == 3


def test_again_skips_what_is_finished(segment: Any, images: Path) -> None:
    segment()
    (images / "plant 9.png").write_bytes((images / "plant 0.png").read_bytes())
    result = segment()
    assert result.exit_code == 0
    assert "1 segmented" in result.stdout and "3 finished before" in result.stdout


# --- JSON -----------------------------------------------------------------------------


def test_json_is_one_object_per_event_and_nothing_else(segment: Any, images: Path) -> None:
    (images / "bad.png").write_bytes(b"")
    result = segment("--json")
    assert result.exit_code == 1
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert [event["event"] for event in events] == ["started", "image_failed", *["image_done"] * 3, "finished"]
    assert events[0]["record"]["method"] == "threshold"
    assert result.stdout.isascii()
    assert "bad.png" in result.stderr


def test_what_libraries_print_does_not_reach_the_json(segment: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    encode_piece = ThresholdSegmenter.encode_piece

    def chatty(*arguments: Any) -> Any:
        sys.stdout.write("downloading nothing\n")
        return encode_piece(*arguments)

    monkeypatch.setattr(ThresholdSegmenter, "encode_piece", chatty)
    result = segment("--json")
    assert all(json.loads(line)["event"] for line in result.stdout.splitlines())
    assert "downloading" in result.stderr


# --- bad files and wrong usage --------------------------------------------------------


def test_a_bad_file_is_named_at_the_end_and_the_status_is_1(segment: Any, images: Path, tmp_path: Path) -> None:
    (images / "a text.png").write_text("I am no image")
    result = segment()
    assert result.exit_code == 1
    assert "a text.png" in result.stderr and one_sentence(result.stderr)
    assert "3 segmented" in result.stdout and "1 failed" in result.stdout
    assert len(list((tmp_path / "out").glob("*.tif"))) == 3


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--model", "treshold"), "Did you mean 'threshold'?"),
        (("--model", "nonsense"), "no model 'nonsense'"),
        (("--model", ""), "No model was given"),
        (("--weights", "nowhere.safetensors"), "no weights 'nowhere.safetensors'"),
        (("--set", "bandwith=1"), "no parameter 'bandwith'"),
        (("--set", "self=1"), "no parameter 'self'"),
        (("--set", "threshold=2"), "threshold takes a number from 0 to 1"),
        (("--set", "threshold=nan"), "threshold takes a number from 0 to 1"),
        (("--set", "min_area=many"), "min_area takes a whole number from 0 to 10000 px"),
        (("--set", "invert=perhaps"), "invert takes true or false"),
        (("--set", "threshold"), "--set takes name=value"),
        (("--object-size", "big"), "--object-size takes auto or a number"),
        (("--object-size", "0"), "object_size"),
        (("--object-size", "nan"), "object_size"),
        (("--tile", "some"), "--tile takes auto, off or a number"),
        (("--tile", "8"), "tile = 8 is too small"),
        (("--axes", "TTX"), "axes 'TTX' are not usable"),
        (("--from-record", "gone.json"), "gone.json cannot be read"),
    ],
)
def test_wrong_usage_is_one_sentence_and_status_2(
    segment: Any, tmp_path: Path, arguments: tuple[str, ...], says: str
) -> None:
    result = segment(*arguments)
    assert result.exit_code == 2
    assert says in result.stderr
    assert one_sentence(result.stderr)
    assert result.stdout == ""
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda folder: None, "There is no file or folder"),
        (lambda folder: folder.mkdir(), "no image"),
        (lambda folder: (folder.mkdir(), (folder / "notes.txt").write_text("")), "no image"),
    ],
    ids=["missing", "empty folder", "nothing readable"],
)
def test_inputs_without_images_are_wrong_usage(segment: Any, tmp_path: Path, make: Any, says: str) -> None:
    make(tmp_path / "pots")
    result = segment(inputs=(tmp_path / "pots",))
    assert result.exit_code == 2
    assert says in result.stderr and one_sentence(result.stderr)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "damaged"),
        (b"PK\x03\x04 a zip, that is a pickle", "damaged"),
        (None, "weights of other, not of threshold"),
    ],
    ids=["empty", "foreign", "wrong method"],
)
def test_weights_that_do_not_fit_are_wrong_usage(
    segment: Any, tmp_path: Path, content: bytes | None, says: str
) -> None:
    from napari_leafseg.core.weights import Header, write

    path = tmp_path / "w.safetensors"
    if content is None:
        write(path, Header(method="other", preset="only"), {})
    else:
        path.write_bytes(content)
    result = segment("--weights", path)
    assert result.exit_code == 2
    assert says in result.stderr and one_sentence(result.stderr)


def test_an_out_folder_that_cannot_be_written_is_told_at_once(segment: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = segment("--out", tmp_path / "file" / "out")
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr and one_sentence(result.stderr)


def test_a_folder_of_another_record_is_refused(segment: Any) -> None:
    segment()
    result = segment("--set", "threshold=0.25")
    assert result.exit_code == 2
    assert "threshold 0.5 there, 0.25 now" in result.stderr and one_sentence(result.stderr)


def test_a_folder_that_breaks_on_the_way_says_how_to_go_on(segment: Any, tmp_path: Path) -> None:
    segment(inputs=(tmp_path / "meine Töpfe" / "plant 0.png",))
    (tmp_path / "out" / "plant 1.tif" / "x").mkdir(parents=True)
    result = segment()
    assert result.exit_code == 1
    assert "plant 1.tif cannot be written" in result.stderr and "same command again" in result.stderr


# --- records --------------------------------------------------------------------------


def labels_in(folder: Path) -> dict[str, Any]:
    return {path.name: read_labels(path).tolist() for path in folder.glob("*.tif")}


def test_a_record_is_run_again(segment: Any, command: Any, images: Path, tmp_path: Path) -> None:
    segment("--set", "threshold=0.25", "--object-size", 30, "--tile", 96, "--axes", "YX")
    record = tmp_path / "out" / "record.json"
    result = command("segment", images, "--from-record", record, "--out", tmp_path / "again")
    assert result.exit_code == 0, result.output
    assert labels_in(tmp_path / "again") == labels_in(tmp_path / "out")
    assert json.loads((tmp_path / "again" / "record.json").read_text()) == json.loads(record.read_text())


def test_a_record_of_a_layer_is_run_too(segment: Any, command: Any, images: Path, tmp_path: Path) -> None:
    segment()
    record = json.loads((tmp_path / "out" / "record.json").read_text())
    (tmp_path / "layer.json").write_text(json.dumps({"status": "done", "napari_leafseg": record}))
    result = command("segment", images, "--from-record", tmp_path / "layer.json", "--out", tmp_path / "again")
    assert result.exit_code == 0, result.output


def lose(weights: Path, record: Path) -> None:
    weights.unlink()


def change(weights: Path, record: Path) -> None:
    ThresholdSegmenter(delay=1).save(weights)


def forget(weights: Path, record: Path) -> None:
    record.write_text(json.dumps({**json.loads(record.read_text()), "weights": "", "weights_hash": ""}))


def spoil(weights: Path, record: Path) -> None:
    record.write_text(record.read_text()[:50])


@pytest.mark.parametrize(
    ("damage", "more", "says"),
    [
        (lose, (), "is not there"),
        (change, (), "SHA-256 differs"),
        (forget, (), "never saved"),
        (spoil, (), "holds no record"),
        (lambda *_: None, ("--set", "threshold=0.1"), "leave out --set"),
        (lambda *_: None, ("--tile", "off", "--axes", "YX"), "leave out --tile and --axes"),
        (lambda *_: None, ("--model", "harmonic"), "not of harmonic"),
    ],
)
def test_a_record_that_cannot_be_run_says_why(
    segment: Any, command: Any, images: Path, threshold_weights: Path, tmp_path: Path, damage: Any, more: Any, says: str
) -> None:
    segment()
    record = tmp_path / "out" / "record.json"
    damage(threshold_weights, record)
    result = command("segment", images, "--from-record", record, "--out", tmp_path / "again", *more)
    assert result.exit_code == 2
    assert says in result.stderr and one_sentence(result.stderr)
    assert not (tmp_path / "again").exists()


def test_moved_weights_are_taken_if_they_are_the_same(
    segment: Any, command: Any, images: Path, threshold_weights: Path, tmp_path: Path
) -> None:
    segment()
    moved = threshold_weights.rename(tmp_path / "moved.safetensors")
    record = tmp_path / "out" / "record.json"
    arguments = ("segment", images, "--from-record", record, "--out", tmp_path / "again")
    assert command(*arguments, "--weights", moved).exit_code == 0


# --- as a process of its own ----------------------------------------------------------


def start(*arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent to a child process there")
def test_after_ctrl_c_the_same_command_goes_on(images: Path, tmp_path: Path) -> None:
    ThresholdSegmenter(delay=0.05).save(tmp_path / "slow.safetensors")
    arguments = ("segment", images, "--model", "threshold", "--weights", tmp_path / "slow.safetensors")
    arguments = (*arguments, "--out", tmp_path / "out", "--json")
    process = start(*arguments)
    assert process.stdout is not None
    for line in process.stdout:
        if "image_done" in line:
            break
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    rest, errors = process.communicate(timeout=30)
    assert time.monotonic() - began < 5
    assert process.returncode == 130
    assert "run the same command again" in errors and one_sentence(errors.replace("Stopped. ", ""))
    assert all(json.loads(line) for line in rest.splitlines())
    again = start(*arguments)
    events = [json.loads(line)["event"] for line in again.communicate(timeout=60)[0].splitlines()]
    assert again.returncode == 0
    assert 1 <= events.count("image_skipped") <= 2 and events.count("image_skipped") + events.count("image_done") == 3


def test_names_that_the_terminal_cannot_show_do_not_end_the_run(
    images: Path, threshold_weights: Path, tmp_path: Path
) -> None:
    (images / "漢.png").write_bytes(b"")
    arguments = ("segment", images, "--model", "threshold", "--weights", threshold_weights, "--out", tmp_path / "öut")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *map(str, arguments)],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert b"3 segmented" in done.stdout and b"Traceback" not in done.stderr
