"""A project is a layout: what was corrected is learned from, and nothing that nobody has looked at."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_leafseg.core.errors import DamagedLabelsError
from napari_leafseg.data.layouts import labels_of, load_sample, open_folder, samples_of
from napari_leafseg.data.project import Change, Project, Status
from napari_leafseg.data.project.files import staged_name


@pytest.fixture
def root(make: Any) -> Path:
    """Four images, of which two have labels of their own, and a project."""
    for name in "abcd":
        make.image(f"images/{name}.png")
    for name in "ab":
        make.image(f"labels/{name}.png", make.box(0, 0, 2, 2))
    return make.root


def save(root: Path, name: str, labels: Any, status: Status, **values: Any) -> None:
    with Project(root) as project:
        project.save(root / f"images/{name}.png", Change(labels=np.asarray(labels), status=status, **values))


def test_corrected_images_teach_and_predictions_do_not(root: Path, make: Any) -> None:
    save(root, "b", make.box(0, 0, 4, 4, 3), Status.PREDICTED)
    save(root, "c", make.box(0, 0, 4, 4, 5), Status.CORRECTED)
    folder = open_folder(root)
    assert (folder.layout, [entry.teaches for entry in folder.entries]) == ("images_labels", [True, False, True, False])
    assert [(sample.name, sample.labels.max()) for sample in samples_of(folder, "range")] == [("a", 1), ("c", 5)]
    # For the window the prediction is there all the same.
    shown = labels_of(folder.entries[1])
    assert shown is not None and shown.max() == 3


def test_a_partly_corrected_image_teaches_its_checked_objects(root: Path, make: Any) -> None:
    labels = make.box(0, 0, 2, 2, 1) + make.box(0, 6, 2, 8, 2)
    save(root, "c", labels, Status.IN_WORK, checked=[1])
    sample = load_sample(open_folder(root).entries[2])
    assert sample.ignore is not None
    assert sample.ignore[labels == 2].all() and not sample.ignore[labels == 1].any()
    assert not sample.ignore[0, 4] and sample.ignore[5, 5]


def test_the_region_to_ignore_is_handed_on(root: Path, make: Any) -> None:
    region = make.box(3, 3, 5, 5) > 0
    save(root, "c", make.box(0, 0, 2, 2), Status.CORRECTED, ignore=region)
    sample = load_sample(open_folder(root).entries[2])
    assert sample.ignore is not None and np.array_equal(sample.ignore, region)


def test_values_alone_leave_the_labels_that_came_with_the_image(root: Path, make: Any) -> None:
    with Project(root) as project:
        project.save(root / "images/a.png", Change(uncertainty=0.5))
        project.save(root / "images/d.png", Change(uncertainty=0.5))
    folder = open_folder(root)
    assert [entry.teaches for entry in folder.entries] == [True, True, False, False]
    assert load_sample(folder.entries[0]).labels.max() == 1 and folder.entries[3].labels is None


def test_classes_are_numbered_alike_for_all_images(root: Path, make: Any) -> None:
    save(root, "c", make.box(0, 0, 2, 2), Status.CORRECTED, classes={1: "weed"})
    save(root, "d", make.box(0, 0, 2, 2, 4), Status.CORRECTED, classes={4: "crop"})
    folder = open_folder(root)
    assert folder.classes == ("weed", "crop")
    assert [load_sample(entry).classes for entry in folder.entries] == [{}, {}, {1: 0}, {4: 1}]


@pytest.mark.parametrize("where", [".", "leafseg"])
def test_a_project_is_opened_as_the_folder_it_lies_in(root: Path, make: Any, where: str) -> None:
    save(root, "d", make.box(0, 0, 2, 2), Status.CORRECTED)
    folder = open_folder(root / where)
    assert folder.root == root and [entry.name for entry in folder.entries] == list("abcd")
    assert folder.entries[3].teaches


def test_projects_of_subfolders_count_too(make: Any) -> None:
    for name in ("day 1/a.png", "day 2/a.png"):
        make.image(name)
    with Project(make.root / "day 2") as project:
        project.save(make.root / "day 2/a.png", Change(labels=make.box(0, 0, 2, 2, 6), status=Status.CORRECTED))
    entries = open_folder(make.root).entries
    assert [entry.teaches for entry in entries] == [False, True]
    assert load_sample(entries[1]).labels.max() == 6


def test_a_training_reads_while_a_window_has_the_project_open(root: Path, make: Any) -> None:
    with Project(root) as project:
        project.save(root / "images/c.png", Change(labels=make.box(0, 0, 2, 2), status=Status.CORRECTED))
        assert load_sample(open_folder(root).entries[2]).labels.max() == 1


def test_labels_whose_renaming_was_cut_short_are_read(root: Path, make: Any) -> None:
    save(root, "c", make.box(0, 0, 2, 2, 8), Status.CORRECTED)
    labels = root / "leafseg/images/c.png.tif"
    labels.rename(staged_name(labels))
    assert load_sample(open_folder(root).entries[2]).labels.max() == 8
    assert staged_name(labels).exists()


def test_a_damaged_label_file_is_named_and_a_damaged_json_teaches_nothing(root: Path, make: Any) -> None:
    for name in "cd":
        save(root, name, make.box(0, 0, 2, 2), Status.CORRECTED)
    (root / "leafseg/images/c.png.tif").write_bytes(b"II*\0")
    (root / "leafseg/images/d.png.json").write_text("{")
    entries = open_folder(root).entries
    with pytest.raises(DamagedLabelsError, match=r"c\.png\.tif cannot be read"):
        load_sample(entries[2])
    assert not entries[3].teaches


def test_an_image_that_is_not_the_one_that_was_labelled_is_named(
    root: Path, make: Any, caplog: pytest.LogCaptureFixture
) -> None:
    save(root, "c", make.box(0, 0, 2, 2), Status.CORRECTED)
    make.image("images/c.png", 200)
    with caplog.at_level(logging.WARNING):
        load_sample(open_folder(root).entries[2])
    assert "c.png was changed since it was labelled" in caplog.text
