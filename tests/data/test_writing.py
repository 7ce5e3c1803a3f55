"""Label files appear whole or not at all, and come back as they were."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from napari_leafseg.core.errors import ImageError
from napari_leafseg.data.reading import read_labels, write_labels

LABELS = np.array([[0, 1], [2, 2]], np.int32)


@pytest.mark.parametrize(
    ("labels", "stored"),
    [
        (LABELS, np.uint16),
        (LABELS * 40_000, np.int32),
        (LABELS.astype(np.int64), np.uint16),
        (LABELS > 0, np.uint16),
        (np.zeros((3, 5), np.uint8), np.uint16),
        (np.arange(24).reshape(2, 4, 3), np.uint16),
        (np.arange(120).reshape(2, 3, 4, 5), np.uint16),
    ],
)
def test_labels_come_back(tmp_path: Path, labels: Any, stored: type) -> None:
    path = tmp_path / "new folder" / "Blätter 1.tif"
    write_labels(path, labels)
    assert np.array_equal(read_labels(path), labels)
    assert tifffile.imread(path).dtype == stored
    assert [item.name for item in path.parent.iterdir()] == [path.name]


def test_an_older_file_is_replaced(tmp_path: Path) -> None:
    for labels in (LABELS, LABELS * 3):
        write_labels(tmp_path / "a.tif", labels)
    assert read_labels(tmp_path / "a.tif").max() == 6


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        (LABELS - 1, "-1"),
        (LABELS.astype(np.int64) * 2**31, "4294967296"),
        (LABELS / 2, "whole numbers"),
        (np.zeros((0, 4), np.int32), "height and a width"),
        (np.zeros(4, np.int32), "height and a width"),
    ],
)
def test_what_are_no_labels_is_not_written(tmp_path: Path, labels: Any, reason: str) -> None:
    with pytest.raises(ImageError, match=reason):
        write_labels(tmp_path / "a.tif", labels)
    assert not list(tmp_path.iterdir())


def full(*_args: Any) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("broken", ["replace", "fsync"])
def test_a_full_disk_leaves_the_older_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    path = tmp_path / "a.tif"
    write_labels(path, LABELS)
    monkeypatch.setattr(os, broken, full)
    with pytest.raises(ImageError, match=r"a\.tif cannot be written \(.+\): choose another folder"):
        write_labels(path, LABELS * 3)
    assert read_labels(path).max() == 2
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    # A file where a folder should be: refused for the superuser too, unlike a read-only folder.
    (tmp_path / "file").write_text("")
    with pytest.raises(ImageError, match=r"a\.tif cannot be written"):
        write_labels(tmp_path / "file" / "a.tif", LABELS)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is read-only for the superuser")
def test_a_read_only_folder_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(ImageError, match=r"a\.tif cannot be written"):
        write_labels(tmp_path / "a.tif", LABELS)
    tmp_path.chmod(0o700)
