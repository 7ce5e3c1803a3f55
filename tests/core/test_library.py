"""Weights that a person keeps are known by name everywhere, and nothing is taken, replaced or lost unasked."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file
from threshold_segmenter import ThresholdSegmenter

from napari_leafseg.core import catalogue, library
from napari_leafseg.core.catalogue import file_hash, find, find_any
from napari_leafseg.core.errors import WeightsError
from napari_leafseg.core.registry import load
from napari_leafseg.core.weights import BEST, Card, Header, read_header, write

CARD = Card(title="My plants", subject="rosette", licence="as your images'", figures={"SBD": 0.8})


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threshold_method: object) -> Path:
    """Give each test a library of its own."""
    monkeypatch.setenv("LEAFSEG_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Write the folder of a run that is done."""
    ThresholdSegmenter(card=CARD).save(tmp_path / "run" / BEST)
    return tmp_path / "run"


def refused(*arguments: object, **options: object) -> str:
    with pytest.raises(WeightsError) as caught:
        library.keep(*arguments, **options)  # type: ignore[arg-type]
    return str(caught.value)


def test_what_is_kept_is_found_by_its_name_and_is_the_same_file(run: Path) -> None:
    kept = library.keep(run, "my plants")
    assert file_hash(kept) == file_hash(run / BEST)
    assert library.names("threshold") == ["my plants"]
    assert find("threshold", "my plants") == find_any("threshold-my plants") == kept
    segmenter = load("threshold", "my plants")
    assert segmenter.card == CARD and segmenter.source == kept


def test_the_methods_own_name_in_front_may_be_left_out(run: Path) -> None:
    assert library.keep(run, "threshold-mine") == find("threshold", "mine") == find("threshold", "threshold-mine")


def test_without_leafseg_home_the_library_is_the_users_own(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LEAFSEG_HOME")
    kept = library.keep(run, "mine")
    assert kept.is_relative_to(Path.home()) and "napari-leafseg" in kept.parts
    library.remove("mine")


@pytest.mark.parametrize(
    "name", ["", "../out", "a/b", "a\\b", "c:d", ".hidden", "end.", "a\nb", "x" * 65, "best.safetensors", "--json"]
)
def test_a_name_that_is_no_plain_word_is_refused(run: Path, home: Path, name: str) -> None:
    assert "is no name for weights" in refused(run, name)
    assert not home.exists()


@pytest.mark.parametrize("name", ["imagenet", "Best", "anything", "ANYTHING"])
def test_a_name_that_the_plugin_uses_itself_cannot_be_taken(
    run: Path, threshold_weights: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(library, "shipped", lambda method=None: {threshold_weights.stem: threshold_weights})
    assert "belongs to the plugin itself" in refused(run, name, replace=True)


def test_nothing_is_replaced_unasked(run: Path, tmp_path: Path) -> None:
    kept = library.keep(run, "mine")
    before = kept.read_bytes()
    ThresholdSegmenter(card=CARD.replace(title="Others")).save(tmp_path / "other.safetensors")
    assert refused(tmp_path / "other.safetensors", "mine").endswith("choose another name, or remove them first.")
    assert "only in case" in refused(tmp_path / "other.safetensors", "Mine", replace=True)
    assert kept.read_bytes() == before
    library.keep(tmp_path / "other.safetensors", "mine", replace=True)
    assert read_header(kept).card.title == "Others"


def test_foreign_damaged_and_missing_files_are_refused_in_a_sentence(run: Path, tmp_path: Path, home: Path) -> None:
    foreign, damaged, unknown = (tmp_path / f"{name}.safetensors" for name in ("foreign", "damaged", "unknown"))
    save_file({"a": np.zeros(3, np.float32)}, foreign)
    write(damaged, Header(method="threshold", preset="only"), {"a": np.zeros(999, np.float32)})
    damaged.write_bytes(damaged.read_bytes()[:-100])
    write(unknown, Header(method="seventh", preset="only"), {})
    (tmp_path / "text.safetensors").write_text("not weights at all")
    assert "of another program" in refused(foreign, "mine")
    assert "damaged" in refused(damaged, "mine")
    assert "damaged" in refused(tmp_path / "text.safetensors", "mine")
    assert "the method 'seventh', which is not installed" in refused(unknown, "mine")
    assert "There are no weights in" in refused(tmp_path, "mine")
    assert not home.exists()


@pytest.mark.skipif(os.name == "nt" or not hasattr(os, "geteuid") or os.geteuid() == 0, reason="may write anywhere")
def test_a_read_only_library_is_a_sentence(run: Path, home: Path) -> None:
    home.mkdir(mode=0o500)
    assert "set LEAFSEG_HOME" in refused(run, "mine")


def test_a_library_that_cannot_be_written_is_a_sentence_and_leaves_nothing(run: Path, home: Path) -> None:
    home.write_text("a file where the folder should be")
    assert "cannot be written" in refused(run, "mine") and "set LEAFSEG_HOME" in refused(run, "mine")


def test_a_file_goes_to_a_colleague_and_back_with_card_and_licence(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = library.keep(run, "mine")
    handed = library.export("mine", tmp_path)
    assert handed == tmp_path / "threshold-mine.safetensors"
    with pytest.raises(WeightsError, match="is there already"):
        library.export("threshold-mine", handed)
    monkeypatch.setenv("LEAFSEG_HOME", str(tmp_path / "colleague"))
    theirs = library.import_file(handed)
    assert theirs.name == "threshold-mine.safetensors" and file_hash(theirs) == file_hash(kept)
    assert read_header(theirs).card == CARD


def test_a_name_of_two_methods_must_be_said_whole(run: Path, tmp_path: Path, home: Path) -> None:
    library.keep(run, "mine")
    write(home / "weights" / "harmonic-mine.safetensors", Header(method="harmonic", preset="compact"), {})
    with pytest.raises(WeightsError, match="say which of harmonic-mine, threshold-mine"):
        library.export("mine", tmp_path / "x.safetensors")
    assert library.remove("mine", "harmonic").name == "harmonic-mine.safetensors"
    assert library.names("harmonic") == [] and library.names("threshold") == ["mine"]


def test_only_ones_own_can_be_removed(run: Path, threshold_weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (library, catalogue):
        monkeypatch.setattr(module, "shipped", lambda method=None: {threshold_weights.stem: threshold_weights})
    with pytest.raises(WeightsError, match="come with the plugin and stay"):
        library.remove("anything")
    library.keep(run, "mine")
    with pytest.raises(WeightsError, match=r"there are threshold-mine\. Did you mean 'mine'"):
        library.remove("mime")
    assert threshold_weights.exists()


def test_a_name_taken_before_an_update_ships_it_keeps_its_meaning(
    run: Path, threshold_weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = library.keep(run, "anything")
    monkeypatch.setattr(catalogue, "shipped", lambda method=None: {threshold_weights.stem: threshold_weights})
    assert find("threshold", "anything") == kept
