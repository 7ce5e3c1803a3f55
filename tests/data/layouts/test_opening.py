"""Every layout is told apart and paired rightly, by names alone."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pytest

from napari_leafseg.core.errors import ImageError
from napari_leafseg.data.layouts import LabelFile, open_folder
from napari_leafseg.data.layouts.dsb2018 import MaskFiles

# layout, the files, and for each entry its name, image, label file and split
FOLDERS: dict[str, tuple[str, list[str], list[tuple[str, str, str | None, str | None]]]] = {
    "plain": (
        "plain",
        ["b10.png", "b9.JPG", "a.tif", "notes.txt", ".hidden.png", "x_seg.npy"],
        [("a", "a.tif", None, None), ("b9", "b9.JPG", None, None), ("b10", "b10.png", None, None)],
    ),
    "one stem twice": (
        "plain",
        ["x.png", "x.tif", "X.bmp", "y.png"],
        [
            ("X.bmp", "X.bmp", None, None),
            ("x.png", "x.png", None, None),
            ("x.tif", "x.tif", None, None),
            ("y", "y.png", None, None),
        ],
    ),
    "only subfolders": (
        "plain",
        ["day 2/x.png", "day 10/x.png", "day 10/deep/y.png", ".git/z.png"],
        [
            ("day 2/x.png", "day 2/x.png", None, None),
            ("day 10/x.png", "day 10/x.png", None, None),
        ],
    ),
    "cvppp": (
        "cvppp",
        ["plant002_rgb.png", "plant001_rgb.png", "plant001_label.png", "plant001_fg.png", "plant001_centers.png"],
        [
            ("plant001_rgb", "plant001_rgb.png", "plant001_label.png", None),
            ("plant002_rgb", "plant002_rgb.png", None, None),
        ],
    ),
    "cvppp nested": (
        "cvppp",
        ["A1/plant1_rgb.png", "A1/plant1_label.png", "A2/plant1_rgb.png", "A2/plant1_label.png", "readme.txt"],
        [
            ("A1/plant1_rgb.png", "A1/plant1_rgb.png", "A1/plant1_label.png", None),
            ("A2/plant1_rgb.png", "A2/plant1_rgb.png", "A2/plant1_label.png", None),
        ],
    ),
    "images and labels": (
        "images_labels",
        ["images/a.jpg", "images/b.png", "labels/a.tif", "labels/other.tif"],
        [("a", "images/a.jpg", "labels/a.tif", None), ("b", "images/b.png", None, None)],
    ),
    "images and masks": (
        "images_labels",
        ["Images/a.png", "Images/b.png", "Masks/a_mask.png", "Masks/b.png"],
        [("a", "Images/a.png", "Masks/a_mask.png", None), ("b", "Images/b.png", "Masks/b.png", None)],
    ),
    "parts in folders": (
        "images_labels",
        ["train/images/a.png", "train/labels/a.png", "valid/images/b.png", "valid/labels/b.png"],
        [
            ("a", "train/images/a.png", "train/labels/a.png", "train"),
            ("b", "valid/images/b.png", "valid/labels/b.png", "val"),
        ],
    ),
    "cellpose": (
        "cellpose",
        ["a.tif", "a_masks.tif", "b_img.png", "b_masks.png", "b_flows.tif", "c.png", "c_cp_masks.png", "d.png"],
        [
            ("a", "a.tif", "a_masks.tif", None),
            ("b_img", "b_img.png", "b_masks.png", None),
            ("c", "c.png", "c_cp_masks.png", None),
            ("d", "d.png", None, None),
        ],
    ),
    "project": (
        "plain",
        ["a.png", "b.png", "c.png", "leafseg/a.png.tif", "leafseg/b.tif", "leafseg/c.json"],
        [
            ("a", "a.png", "leafseg/a.png.tif", None),
            ("b", "b.png", "leafseg/b.tif", None),
            ("c", "c.png", None, None),
        ],
    ),
    "project over another layout": (
        "images_labels",
        ["images/a.png", "images/b.png", "labels/a.png", "labels/b.png", "leafseg/b.tif"],
        [("a", "images/a.png", "labels/a.png", None), ("b", "images/b.png", "leafseg/b.tif", None)],
    ),
    "results of segment": (
        "plain",
        ["a.tif", "record.json", "objects.csv", "overlays/a.png"],
        [("a", "a.tif", None, None)],
    ),
}


@pytest.mark.parametrize("case", FOLDERS)
@pytest.mark.usefixtures("no_opening")
def test_folders_are_listed_by_name(make: Any, case: str) -> None:
    layout, files, expected = FOLDERS[case]
    root = make.empty(*files)
    folder = open_folder(root)
    found = [
        (entry.name, inner(root, entry.image), labels_in(root, entry.labels), entry.split) for entry in folder.entries
    ]
    assert (folder.layout, found) == (layout, expected)


def inner(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()


def labels_in(root: Path, labels: Any) -> str | None:
    assert labels is None or isinstance(labels, LabelFile)
    return None if labels is None else inner(root, labels.path)


@pytest.mark.usefixtures("no_opening")
def test_dsb2018_is_listed_by_name(make: Any) -> None:
    root = make.empty("c1/images/c1.png", "c1/masks/m1.png", "c2/images/c2.png", "stage1_train.csv")
    folder = open_folder(root)
    assert folder.layout == "dsb2018"
    assert [(entry.name, type(entry.labels)) for entry in folder.entries] == [("c1", MaskFiles), ("c2", type(None))]


@pytest.mark.usefixtures("no_opening")
def test_ten_thousand_files_are_listed_at_once(make: Any) -> None:
    root = make.empty("images/0.png", "labels/0.png")
    for index in range(10_000):
        (root / "images" / f"{index}.png").touch()
        (root / "labels" / f"{index}.png").touch()
    began = perf_counter()
    folder = open_folder(root)
    # Takes a fifth of a second; an accidental look into each file takes far longer.
    assert perf_counter() - began < 5
    assert len(folder.entries) == 10_000 and all(entry.labels for entry in folder.entries)
    assert [entry.name for entry in folder.entries[:3]] == ["0", "1", "2"]


def test_the_split_comes_from_the_file_beside(make: Any) -> None:
    root = make.empty("images/a.png", "images/b.png", "images/c.png", "labels/a.png")
    make.text("split.csv", "\ufeffstem,split\na,train\nb.png,val\n")
    assert [entry.split for entry in open_folder(root).entries] == ["train", "val", None]


@pytest.mark.parametrize("text", ["name,part\na,train\n", "", "stem,split\na\n"])
def test_a_split_file_that_says_nothing_is_refused(make: Any, text: str) -> None:
    make.empty("a.png")
    make.text("split.csv", text)
    if not text:
        assert open_folder(make.root).entries[0].split is None
        return
    with pytest.raises(ImageError, match=r"split\.csv cannot be read"):
        open_folder(make.root)


@pytest.mark.parametrize(
    ("path", "reason"),
    [("missing", "no folder"), ("notes.txt", "is a file"), (".", "holds no images"), ("empty", "holds no images")],
)
def test_what_holds_no_images_is_refused(make: Any, path: str, reason: str) -> None:
    make.text("notes.txt", "words")
    (make.root / "empty").mkdir()
    with pytest.raises(ImageError, match=reason):
        open_folder(make.root / path)


def test_labels_of_the_project_come_first(make: Any) -> None:
    make.image("images/a.png")
    make.image("labels/a.png", make.box(0, 0, 2, 2))
    make.image("leafseg/a.tif", make.box(0, 0, 2, 2, 5))
    make.image("leafseg/a.ignore.tif", make.box(4, 4, 6, 6))
    (entry,) = open_folder(make.root).entries
    assert entry.labels is not None
    read = entry.labels.read(make.shape)
    assert read.labels.max() == 5
    assert read.ignore is not None and np.array_equal(read.ignore, make.box(4, 4, 6, 6) > 0)
