"""Weights are found by name, run folder or path; what ships is whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from napari_leafseg.core import catalogue, weights
from napari_leafseg.core.catalogue import find
from napari_leafseg.core.errors import WeightsError
from napari_leafseg.core.weights import Header, read_header, write

HEADER = Header(method="threshold", preset="only")
TENSORS = {"a": np.arange(6, dtype=np.float32)}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "weights.safetensors"
    write(file, HEADER, TENSORS)
    return file


def test_a_file_a_run_folder_and_a_shipped_name_are_found(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    write(run / weights.BEST, HEADER, {})
    monkeypatch.setattr(catalogue, "shipped", lambda method=None: {"threshold-cells": path, "threshold-leaves": run})
    assert find("threshold", path) == path
    assert find("threshold", str(run)) == run / weights.BEST
    assert find("threshold", "cells") == path
    assert find("threshold", "threshold-cells") == path
    assert find("threshold", None) == path


@pytest.mark.parametrize("wanted", ["nuclie", "no/such/folder", "\0", ""])
def test_what_is_not_found_is_said_with_what_there_is(
    wanted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(catalogue, "shipped", lambda method=None: {"threshold-cells": tmp_path})
    with pytest.raises(WeightsError, match="give cells, a run folder or a weights file"):
        find("threshold", wanted)


def test_a_method_without_shipped_weights_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "shipped", lambda method=None: {})
    with pytest.raises(WeightsError, match="No weights of threshold come with the plugin"):
        find("threshold", None)


def test_every_shipped_file_is_whole_light_and_says_what_it_is() -> None:
    shipped = catalogue.shipped()
    for name, file in shipped.items():
        header = read_header(file)
        assert name == f"{header.method}-{header.card.subject}"
        assert header.card.licence
        assert header.card.data
        assert header.card.figures
        assert header.card.object_size
        assert file.stat().st_size <= 8 * 2**20
    assert sum(file.stat().st_size for file in shipped.values()) <= 64 * 2**20


def test_the_hash_follows_the_content(path: Path) -> None:
    before = catalogue.file_hash(path)
    assert before == catalogue.file_hash(path)
    assert len(before) == 64
    write(path, HEADER, {"more": np.zeros(99, np.float32)})
    assert catalogue.file_hash(path) != before


def test_what_trainings_may_start_from_ships() -> None:
    assert catalogue.BEST_BACKBONE in catalogue.shipped()
