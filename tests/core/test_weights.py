"""A weights file rebuilds its segmenter; a damaged, foreign or newer one is refused in one sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from napari_leafseg.core import weights
from napari_leafseg.core.errors import WeightsError
from napari_leafseg.core.weights import (
    Card,
    Header,
    figures_text,
    read_facts,
    read_header,
    read_tensors,
    rewrite,
    write,
)

HEADER = Header(
    method="threshold",
    preset="only",
    config={"depth": 3, "names": ["a", "b"]},
    params={"threshold": 0.25},
    classes=("old", "young"),
    card=Card(title="Leaves: größer", object_size=31.5, figures={"SBD": 0.7}),
    version="1.2",
)
TENSORS = {"b": np.arange(6, dtype=np.float32).reshape(2, 3) / 3, "a": np.array([1, 2], np.int64), "c": np.array(7)}


def without_hash(header: Header) -> Header:
    return header.replace(tensor_hash="")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "mine.safetensors"
    write(file, HEADER, TENSORS)
    return file


def test_there_and_back(path: Path) -> None:
    assert without_hash(read_header(path)) == HEADER
    tensors = read_tensors(path)
    assert set(tensors) == set(TENSORS)
    for name, value in TENSORS.items():
        np.testing.assert_array_equal(tensors[name], value, strict=True)
        assert tensors[name].dtype == value.dtype


def test_half_precision_is_for_floats_only(tmp_path: Path) -> None:
    write(tmp_path / "half.safetensors", HEADER, TENSORS, half=True)
    tensors = read_tensors(tmp_path / "half.safetensors")
    assert (tensors["a"].dtype, tensors["b"].dtype) == (np.int64, np.float16)


def test_writing_leaves_nothing_else_behind(path: Path) -> None:
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_an_old_file_stays_when_the_new_one_cannot_be_written(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(weights.os, "replace", full)
    with pytest.raises(WeightsError, match=r"cannot be written \(No space left on device\): choose another folder"):
        write(path, HEADER, {})
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_file_in_the_way_of_the_folder_is_said(path: Path) -> None:
    with pytest.raises(WeightsError, match="cannot be written"):
        write(path / "inside.safetensors", HEADER, {})


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])


def cut_in_the_header(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:40])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def text(path: Path) -> None:
    path.write_text("these are no weights at all\n" * 20)


def foreign(path: Path) -> None:
    save_file({"w": np.zeros(3, np.float32)}, path, metadata={"format": "pt"})


def no_metadata(path: Path) -> None:
    save_file({"w": np.zeros(3, np.float32)}, path)


def with_header(value: object) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        content = value if isinstance(value, str) else json.dumps(value)
        save_file({"w": np.zeros(3, np.float32)}, path, metadata={"napari_leafseg": content})

    return spoil


def missing(path: Path) -> None:
    path.unlink()


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


SPOILED = [
    pytest.param(truncated, "damaged", id="truncated"),
    pytest.param(cut_in_the_header, "damaged", id="cut in the header"),
    pytest.param(empty, "damaged", id="zero bytes"),
    pytest.param(text, "no safetensors file", id="text"),
    pytest.param(foreign, "of another program", id="foreign"),
    pytest.param(no_metadata, "of another program", id="no metadata"),
    pytest.param(with_header("{"), "cannot be understood", id="broken JSON"),
    pytest.param(with_header([1, 2]), "cannot be understood", id="a list"),
    pytest.param(with_header({"format": "x"}), "cannot be understood", id="no number"),
    pytest.param(with_header({"format": 1}), "cannot be understood", id="nothing inside"),
    pytest.param(with_header({"format": 1, "method": "m", "preset": "p", "run": "rm"}), "does not know", id="unknown"),
    pytest.param(with_header({"format": 99, "method": "m"}), "newer napari-leafseg", id="newer"),
    pytest.param(
        with_header({"format": 1, "method": "m", "preset": "p", "card": {"mood": "good"}}),
        r"does not know \(mood\): update the plugin",
        id="a newer program's card",
    ),
    pytest.param(missing, "There is no weights file", id="missing"),
    pytest.param(a_folder, "cannot be read", id="a folder"),
]


@pytest.mark.parametrize(("spoil", "says"), SPOILED)
def test_what_is_no_weights_file_is_refused_in_a_sentence(path: Path, spoil: Callable[[Path], None], says: str) -> None:
    spoil(path)
    with pytest.raises(WeightsError, match=says) as refused:
        read_header(path)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


def one_bit_turned(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("spoil", [truncated, empty, text, one_bit_turned])
def test_tensors_of_a_damaged_file_are_refused(path: Path, spoil: Callable[[Path], None]) -> None:
    spoil(path)
    with pytest.raises(WeightsError, match="damaged"):
        read_tensors(path)


def test_tensors_of_no_file_are_refused(path: Path) -> None:
    with pytest.raises(WeightsError, match="There is no weights file"):
        read_tensors(path.with_name("other.safetensors"))


def test_a_file_without_a_hash_is_read(path: Path) -> None:
    save_file({"w": np.zeros(3, np.float32)}, path, metadata={"napari_leafseg": HEADER.model_dump_json()})
    assert not read_header(path).tensor_hash
    assert set(read_tensors(path)) == {"w"}


def test_facts_are_read_without_the_tensors(path: Path) -> None:
    """What normalisation layers count is no parameter."""
    write(path, HEADER, {**TENSORS, "norm.running_mean": np.zeros(100, np.float32)})
    facts = read_facts(path)
    assert (without_hash(facts.header), facts.parameters, facts.nbytes) == (HEADER, 9, path.stat().st_size)
    assert facts.as_text().startswith("only, 0.0 million parameters, ")


def test_another_header_leaves_the_tensors_as_they_are(path: Path, tmp_path: Path) -> None:
    write(path, HEADER, TENSORS, half=True)
    other = HEADER.replace(params={"threshold": 0.75})
    rewrite(path, tmp_path / "copy.safetensors", other)
    rewrite(path, path, other)  # in its own place too
    for file in (path, tmp_path / "copy.safetensors"):
        assert without_hash(read_header(file)) == other
        assert all(array.dtype == read_tensors(file)[name].dtype for name, array in read_tensors(path).items())
    assert read_tensors(path)["b"].dtype == np.float16


def test_figures_are_said_in_words() -> None:
    assert figures_text({"images": 108.0, "AP50": 0.8125}) == "108 images, AP50 0.812"


@pytest.mark.parametrize(
    ("card", "line"),
    [
        (
            Card(subject="nuclei", licence="CC0 1.0: anything", object_size=19.4, figures={"AP50": 0.742, "mAP": 0.5}),
            "nuclei · AP50 0.742 · 19 px · CC0 1.0",
        ),
        (
            Card(
                subject="rosette",
                licence="CC0 1.0: anything",
                object_size=47.3,
                object_sizes=(26, 86),
                figures={"AP50": 0.644, "SBD": 0.693},
            ),
            "rosette · SBD 0.693 · 26-86 px · CC0 1.0",
        ),
        (Card(subject="mine"), "mine · licence not stated"),
    ],
)
def test_a_card_in_one_line(card: Card, line: str) -> None:
    assert card.as_line() == line


@pytest.mark.parametrize(
    ("card", "said"),
    [
        (Card(object_size=47.3, object_sizes=(26, 86)), "found by itself, and brought to 26 to 86 px"),
        (Card(object_size=19.4), "typically 19.4 px across"),
        (Card(), ""),
    ],
)
def test_the_size_of_objects_in_words(card: Card, said: str) -> None:
    assert card.objects_as_text() == said
