"""`synthesize` fills a folder that every reader knows, goes on where it stopped, and overwrites nothing."""

from __future__ import annotations

import csv
import errno
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_leafseg.core.atomic import replacing
from napari_leafseg.data import synthesis
from napari_leafseg.data.layouts import load_sample, open_folder
from napari_leafseg.data.rosette import draw_plant


@pytest.fixture
def synthesize(command: Any, tmp_path: Path) -> Any:
    def run(*more: object, out: str = "set") -> Any:
        return command("synthesize", "--out", tmp_path / out, "--size", 96, *more)

    return run


def _content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("layout", "known_as", "files"),
    [
        ("cvppp", "cvppp", {"plant0000_rgb.png", "plant0000_label.png", "plant0001_rgb.png", "plant0001_label.png"}),
        ("folders", "images_labels", {f"{kind}/plant000{i}.png" for kind in ("images", "labels") for i in range(2)}),
    ],
)
def test_what_is_drawn_is_what_is_read(
    synthesize: Any, tmp_path: Path, layout: str, known_as: str, files: set[str]
) -> None:
    """Training, evaluation and the window open the folder as any other; picture i is the plant of its seed."""
    result = synthesize("--count", 2, "--preset", "tobacco", "--seed", 3, "--layout", layout)
    assert result.exit_code == 0, result.stderr
    assert set(_content(tmp_path / "set")) == files | {"plants.csv", "leaves.csv", "synthesis.json"}
    folder = open_folder(tmp_path / "set")
    assert folder.layout == known_as
    for index, entry in enumerate(folder.entries):
        drawing, sample = draw_plant("tobacco", 3_000_000 + index, 96), load_sample(entry)
        np.testing.assert_array_equal(sample.labels, drawing.labels)
        np.testing.assert_array_equal((sample.image * 255).round(), drawing.image)


def test_the_tables_hold_the_truth(synthesize: Any, tmp_path: Path) -> None:
    """A row per picture, a row per leaf, in pixels, hidden parts included."""
    synthesize("--count", 2, "--preset", "arabidopsis-old")
    drawings = [draw_plant("arabidopsis-old", index, 96) for index in range(2)]
    pictures, leaves = _table(tmp_path / "set" / "plants.csv"), _table(tmp_path / "set" / "leaves.csv")
    assert [int(row["leaves"]) for row in pictures] == [drawing.labels.max() for drawing in drawings]
    assert [row["preset"] for row in pictures] == ["arabidopsis-old"] * 2
    truth = [leaf for drawing in drawings for leaf in drawing.leaves]
    for name in ("id", "area", "visible_area", "length", "width", "angle", "age"):
        assert [float(row[name]) for row in leaves] == [getattr(leaf, name) for leaf in truth]
    record = json.loads((tmp_path / "set" / "synthesis.json").read_text(encoding="utf-8"))
    assert (record["preset"], record["seed"], record["size"]) == ("arabidopsis-old", 0, 96) and record["version"]


def test_nuclei_are_drawn_too(synthesize: Any, tmp_path: Path) -> None:
    """Grey fields, in the same layouts, measured as far as nuclei can be."""
    assert synthesize("--count", 2, "--preset", "nuclei").exit_code == 0
    sample = load_sample(open_folder(tmp_path / "set").entries[0])
    rows = [row for row in _table(tmp_path / "set" / "leaves.csv") if row["image"] == "plant0000"]
    assert len(rows) == sample.labels.max() > 0
    assert all(float(row["length"]) >= float(row["width"]) > 0 and row["age"] == "" for row in rows)


def test_a_longer_set_begins_with_the_shorter_one(synthesize: Any, tmp_path: Path) -> None:
    """Given again with a larger N, it goes on; what is there is not touched; and all is as if drawn at once."""
    synthesize("--count", 2)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "set").glob("*.png")}
    result = synthesize("--count", 4)
    assert "2 drawn" in result.stdout and "2 were there before" in result.stdout
    assert all(path.stat().st_mtime_ns == time for path, time in before.items())
    synthesize("--count", 4, out="at once")
    assert _content(tmp_path / "set") == _content(tmp_path / "at once")


def test_a_set_that_was_cut_off_anywhere_is_completed(synthesize: Any, tmp_path: Path) -> None:
    """A half-written row, a lost file: the picture is drawn again, and nothing is counted twice."""
    synthesize("--count", 3)
    whole, out = _content(tmp_path / "set"), tmp_path / "set"
    leaves = (out / "leaves.csv").read_text(encoding="utf-8")
    (out / "leaves.csv").write_bytes(leaves[: len(leaves) - 9].encode())
    (out / "plant0000_label.png").unlink()
    assert "2 drawn" in synthesize("--count", 3).stdout
    after = _content(out)
    for table in ("leaves.csv", "plants.csv"):
        assert sorted(after.pop(table).splitlines()) == sorted(whole.pop(table).splitlines())
    assert after == whole


def test_several_processes_draw_the_same(tmp_path: Path) -> None:
    """Started anew, as on every system."""
    plan = synthesis.Synthesis(preset="mixed", size=64, seed=0, layout=synthesis.Layout.CVPPP, version="1")
    for processes in (1, 2):
        list(synthesis.synthesize(plan, 3, tmp_path / str(processes), processes=processes))
    assert _content(tmp_path / "1") == _content(tmp_path / "2")


@pytest.mark.parametrize("name", ["plant0000_rgb.png", "photo.jpg", "leaves.csv", "images/a.png"])
def test_a_folder_with_other_things_is_left_as_it_is(synthesize: Any, tmp_path: Path, name: str) -> None:
    """Neither overwritten nor mixed with drawings."""
    other = tmp_path / "set" / name
    other.parent.mkdir(parents=True)
    other.write_bytes(b"mine")
    result = synthesize("--count", 1)
    assert result.exit_code == 2 and "holds other things" in result.stderr
    assert _content(tmp_path / "set") == {name: b"mine"}


def test_two_sets_are_not_mixed(synthesize: Any, tmp_path: Path) -> None:
    """The sentence says what differs."""
    synthesize("--count", 1, "--preset", "mixed")
    before = _content(tmp_path / "set")
    result = synthesize("--count", 1, "--preset", "tobacco")
    assert result.exit_code == 2 and "preset mixed there, tobacco now" in result.stderr
    assert _content(tmp_path / "set") == before


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--preset", "roses"), "no preset 'roses'"),
        (("--size", 8), "64 to 4096"),
        (("--count", 0), "from 1 to"),
        (("--seed", -1), "from 0 to"),
        (("--layout", "heap"), "layout"),
    ],
)
def test_what_cannot_be_drawn_is_refused(
    synthesize: Any, tmp_path: Path, arguments: tuple[object, ...], sentence: str
) -> None:
    """Before anything is written."""
    result = synthesize(*arguments)
    assert result.exit_code == 2 and sentence in " ".join(result.stderr.split())
    assert not (tmp_path / "set").exists()


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (KeyboardInterrupt(), 130, "Stopped after 1 of 3."),
        (OSError(errno.ENOSPC, "No space left on device"), 1, "(No space left on device): choose another folder"),
    ],
    ids=["stop", "full disk"],
)
def test_what_ends_a_run_in_the_middle_keeps_what_is_finished(
    synthesize: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    status: int,
    sentence: str,
) -> None:
    """It says how to go on, and going on makes the whole set."""

    def failing(path: Path) -> Any:
        if path.name == "plant0001_rgb.png":
            raise error
        return replacing(path)

    with monkeypatch.context() as patch:
        patch.setattr("napari_leafseg.data.synthesis.replacing", failing)
        result = synthesize("--count", 3)
    said = " ".join(result.stderr.split())
    assert result.exit_code == status and sentence in said and "run the same command again" in said
    assert "2 drawn" in synthesize("--count", 3).stdout
    synthesize("--count", 3, out="at once")
    assert _content(tmp_path / "set") == _content(tmp_path / "at once")
