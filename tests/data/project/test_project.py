"""What is saved comes back: nothing before the first change, no collisions, moved folders, changed images."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from project_parts import SHAPE, labels_with

from napari_leafseg.core.errors import ImageError, ParameterError, ProjectError
from napari_leafseg.core.provenance import Record
from napari_leafseg.data.project import Change, Project, Status

Opened = Callable[..., Project]
RECORD = Record(method="harmonic", weights="/far/away/x.safetensors", weights_hash="0", options={"object_size": None})


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_nothing_is_written_before_the_first_change(folder: Path, opened: Opened) -> None:
    before = names(folder)
    project = opened()
    assert project.load(folder / "a.png") is None and project.versions(folder / "a.png") == []
    assert not project.summaries and project.place is None
    project.close()
    assert names(folder) == before and not (folder / "leafseg").exists()


def test_all_that_is_saved_comes_back_in_another_sitting(folder: Path, opened: Opened) -> None:
    region = np.zeros(SHAPE, bool)
    region[:2] = True
    first = opened()
    change = Change(
        labels=labels_with(1, 5),
        ignore=region,
        status=Status.PREDICTED,
        checked={5},
        classes={5: "leaf"},
        scores={1: 0.25, 5: 0.9},
        uncertainty=0.5,
        record=RECORD,
        what=("predicted",),
    )
    first.save(folder / "a.png", change)
    first.close()
    stored = opened().load(folder / "a.png")
    assert stored is not None and stored.labels is not None and stored.ignore is not None
    assert np.array_equal(stored.labels, labels_with(1, 5)) and np.array_equal(stored.ignore, region)
    read = stored.sidecar
    assert (read.status, read.checked, read.classes) == (Status.PREDICTED, (5,), {5: "leaf"})
    assert (read.scores, read.uncertainty, read.record, read.objects) == ({1: 0.25, 5: 0.9}, 0.5, RECORD, 2)
    assert [step.what for step in read.steps] == ["predicted", "status: predicted"]
    assert not stored.image_changed and not stored.notices


@pytest.mark.parametrize(("highest", "stored"), [(9, np.uint16), (70_000, np.int32)])
def test_labels_are_plain_files_that_other_programs_read(
    folder: Path, opened: Opened, highest: int, stored: type
) -> None:
    opened().save(folder / "a.png", Change(labels=labels_with(1, highest)))
    read = tifffile.imread(folder / "leafseg" / "a.png.tif")
    assert read.dtype == stored and np.array_equal(read, labels_with(1, highest))


def test_images_of_one_stem_do_not_meet(folder: Path, opened: Opened) -> None:
    project = opened()
    for index, name in enumerate(("a.png", "a.tif", "sub/a.png"), start=1):
        project.save(folder / name, Change(labels=labels_with(index), uncertainty=index))
    for index, name in enumerate(("a.png", "a.tif", "sub/a.png"), start=1):
        stored = project.load(folder / name)
        assert stored is not None and stored.labels is not None
        assert stored.labels.max() == index and stored.sidecar.uncertainty == index
    assert set(project.summaries) == {"a.png", "a.tif", "sub/a.png"}


def test_stacks_are_kept(folder: Path, opened: Opened) -> None:
    stack = np.stack([labels_with(1), labels_with(0, 2), labels_with(3)])
    project = opened()
    project.save(folder / "a.tif", Change(labels=stack))
    stored = project.load(folder / "a.tif")
    assert stored is not None and np.array_equal(stored.labels, stack) and stored.sidecar.objects == 3


def test_what_is_not_changed_stays(folder: Path, opened: Opened) -> None:
    project = opened()
    project.save(folder / "a.png", Change(labels=labels_with(1, 2, 3), checked=[1, 2], classes={1: "x", 3: "y"}))
    project.save(folder / "a.png", Change(uncertainty=0.1))
    project.save(folder / "a.png", Change(labels=labels_with(1, 3)))
    stored = project.load(folder / "a.png")
    assert stored is not None
    # Object 2 is gone, and with it what was said of it.
    assert (stored.sidecar.checked, stored.sidecar.classes) == ((1,), {1: "x", 3: "y"})
    assert stored.sidecar.uncertainty == 0.1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Status.NEW, Status.IN_WORK),
        (Status.PREDICTED, Status.IN_WORK),
        (Status.IN_WORK, Status.IN_WORK),
        (Status.CORRECTED, Status.CORRECTED),
    ],
)
def test_an_edit_takes_an_image_into_work(folder: Path, opened: Opened, before: Status, after: Status) -> None:
    project = opened()
    project.save(folder / "a.png", Change(labels=labels_with(1), status=before))
    assert project.save(folder / "a.png", Change(labels=labels_with(1, 2))).status is after


def test_the_history_says_who_did_what_and_grows_only_by_new_things(folder: Path, opened: Opened) -> None:
    for _ in range(2):
        project = opened()
        for count in range(5):
            project.save(folder / "a.png", Change(labels=labels_with(*range(1, count + 2)), what=("split",)))
        project.close()
    stored = opened().load(folder / "a.png")
    assert stored is not None
    whats = [step.what for step in stored.sidecar.steps]
    # A sitting that begins within the same second is the same sitting here.
    assert whats.count("split") in (1, 2) and whats.count("status: in work") == 1
    assert all(step.who and step.since <= step.until for step in stored.sidecar.steps)


def test_a_moved_folder_still_opens(folder: Path, opened: Opened, tmp_path: Path) -> None:
    project = opened()
    project.save(folder / "sub/a.png", Change(labels=labels_with(4), status=Status.CORRECTED))
    project.close()
    moved = tmp_path / "elsewhere" / "renamed"
    moved.parent.mkdir()
    shutil.move(folder, moved)
    project = opened(moved)
    stored = project.load(moved / "sub/a.png")
    assert stored is not None and stored.labels is not None and stored.labels.max() == 4
    assert project.summaries["sub/a.png"].status is Status.CORRECTED
    assert not project.take_notices() and not stored.notices
    texts = [path.read_text() for path in (moved / "leafseg").rglob("*.json")]
    assert texts and not any(str(folder) in text for text in texts)


def test_an_image_changed_since_it_was_labelled_is_noticed(folder: Path, opened: Opened) -> None:
    project = opened()
    image = folder / "a.png"
    project.save(image, Change(labels=labels_with(1)))
    Image.fromarray(np.full(SHAPE, 99, np.uint8)).save(image)
    # Saving what was painted over the old picture does not hide it.
    project.save(image, Change(labels=labels_with(1, 2)))
    project.close()
    project = opened()
    stored = project.load(image)
    assert stored is not None and stored.image_changed
    assert "a.png was changed since it was labelled" in stored.notices[0]
    # The person saw the new picture, and saves: from now on the labels are of this one.
    project.save(image, Change(labels=labels_with(1)))
    again = project.load(image)
    assert again is not None and not again.image_changed


def test_an_image_that_was_only_copied_is_not_taken_for_changed(folder: Path, opened: Opened) -> None:
    project = opened()
    image = folder / "a.png"
    project.save(image, Change(labels=labels_with(1)))
    os.utime(image, (1, 1))
    stored = project.load(image)
    assert stored is not None and not stored.image_changed
    # From now on its size and time tell, and nothing has to be read for it.
    assert project.summaries["a.png"].image_modified == 10**9


def test_classes_keep_their_numbers(folder: Path, opened: Opened) -> None:
    project = opened()
    project.save(folder / "a.png", Change(labels=labels_with(1), classes={1: "weed"}))
    project.save(folder / "b.png", Change(labels=labels_with(1, 2), classes={1: "crop", 2: "weed"}))
    assert project.classes == ("weed", "crop")
    project.close()
    assert opened().classes == ("weed", "crop")


@pytest.mark.parametrize("labels", [labels_with(1) - 1.5, labels_with(1).astype(int) - 2])
def test_what_are_no_labels_is_refused_and_changes_nothing(folder: Path, opened: Opened, labels: np.ndarray) -> None:
    project = opened()
    project.save(folder / "a.png", Change(labels=labels_with(3)))
    before = names(folder)
    with pytest.raises(ImageError):
        project.save(folder / "a.png", Change(labels=labels))
    with pytest.raises(ParameterError):
        project.save(folder / "a.png", Change(uncertainty=float("nan")))
    stored = project.load(folder / "a.png")
    assert stored is not None and stored.labels is not None and stored.labels.max() == 3
    assert names(folder) == before


def test_an_image_of_another_folder_is_refused(folder: Path, opened: Opened) -> None:
    with pytest.raises(ProjectError, match="does not lie in"):
        opened().save(folder.parent / "x.png", Change(labels=labels_with(1)))
    assert not (folder / "leafseg").exists()


def test_labels_and_region_must_be_of_one_size(folder: Path, opened: Opened) -> None:
    with pytest.raises(ImageError, match="give both the size of the image"):
        opened().save(folder / "a.png", Change(labels=labels_with(1), ignore=np.ones((3, 4), bool)))


def test_a_closed_project_is_not_written(folder: Path, opened: Opened) -> None:
    project = opened()
    project.save(folder / "a.png", Change(labels=labels_with(1)))
    project.close()
    with pytest.raises(ProjectError, match="was closed"):
        project.save(folder / "a.png", Change(labels=labels_with(2)))


def test_going_through_the_images_is_not_disturbed_by_a_save(folder: Path, opened: Opened) -> None:
    project = opened()
    project.save(folder / "a.png", Change(labels=labels_with(1)))
    for key in project.summaries:
        project.save(folder / "b.png", Change(labels=labels_with(1)))
        assert key == "a.png"
    assert len(project.summaries) == 2


def test_a_training_that_goes_on_is_left_alone(folder: Path, opened: Opened) -> None:
    """Its folder lies in the project, and is no image's; what it is just writing is not cleared away."""
    project = opened()
    project.save(folder / "a.png", Change(labels=labels_with(1)))
    run = folder / "leafseg" / "runs" / "mine"
    run.mkdir(parents=True)
    for name in ("run.json", ".best.safetensors.1.tmp", "preview.png.json"):
        (run / name).write_text("{}")
    project.close()
    again = opened()
    assert list(again.summaries) == ["a.png"] and not again.take_notices()
    assert {path.name for path in run.iterdir()} == {"run.json", ".best.safetensors.1.tmp", "preview.png.json"}
