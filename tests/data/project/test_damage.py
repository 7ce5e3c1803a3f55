"""Whatever is damaged or deleted, the project opens, says so in a sentence, and offers what is left."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from project_parts import labels_with

from napari_leafseg.core.errors import DamagedLabelsError, ProjectError
from napari_leafseg.data.project import Change, Project, Status
from napari_leafseg.data.project.commit import digest
from napari_leafseg.data.project.files import ImageFiles, staged_name
from napari_leafseg.data.project.index import INDEX
from napari_leafseg.data.project.sidecar import Sidecar
from napari_leafseg.data.reading import read_labels
from napari_leafseg.data.writing import packed_labels, write_labels

Opened = Callable[..., Project]


@pytest.fixture
def place(folder: Path, opened: Opened) -> Path:
    """A project of two images: one corrected in two sittings, one new."""
    with opened() as project:
        project.save(folder / "a.png", Change(labels=labels_with(1, 2), status=Status.CORRECTED))
        project.save(folder / "sub/a.png", Change(labels=labels_with(5), uncertainty=0.25))
    with opened() as project:
        project.save(folder / "a.png", Change(labels=labels_with(1, 2, 3)))
        project.save(folder / "a.png", Change(labels=labels_with(1, 2, 3, 9), classes={9: "weed"}))
    assert project.place is not None
    return project.place


# --- the index ------------------------------------------------------------------------


def test_a_deleted_index_is_made_again_from_the_files(place: Path, opened: Opened) -> None:
    with opened() as project:
        before = dict(project.summaries)
    (place / INDEX).unlink()
    project = opened()
    assert {key: row.status for key, row in project.summaries.items()} == {
        "a.png": Status.CORRECTED,
        "sub/a.png": Status.IN_WORK,
    }
    assert project.summaries["a.png"].objects == before["a.png"].objects == 4
    assert project.summaries["sub/a.png"].uncertainty == 0.25
    (said,) = project.take_notices()
    assert "index was missing" in said and "2 images" in said
    assert (place / INDEX).is_file()


@pytest.mark.parametrize("kind", ["rubbish", "cut", "other tables", "false values", "middle"])
def test_a_damaged_index_is_made_again_from_the_files(place: Path, opened: Opened, kind: str) -> None:
    index = place / INDEX
    content = bytearray(index.read_bytes())
    if kind == "rubbish":
        index.write_bytes(b"no database at all" * 100)
    elif kind == "cut":
        index.write_bytes(content[: len(content) // 2])
    elif kind == "middle":
        content[4096:] = b"\xff" * (len(content) - 4096)
        index.write_bytes(content)
    else:
        connection = sqlite3.connect(index)
        with connection:
            if kind == "other tables":
                connection.execute("DROP TABLE images")
            else:
                connection.execute("UPDATE images SET status = 'finished'")
        connection.close()
    project = opened()
    assert set(project.summaries) == {"a.png", "sub/a.png"}
    assert project.summaries["a.png"].status is Status.CORRECTED
    assert "index was damaged" in project.take_notices()[0]
    project.save(project.folder / "b.png", Change(labels=labels_with(1)))
    project.close()
    again = opened()
    assert len(again.summaries) == 3 and not again.take_notices()


def test_an_index_that_is_behind_is_brought_up(place: Path, opened: Opened) -> None:
    """As after a copy that took the files but an older index, or a JSON changed by hand."""
    file = place / "sub/a.png.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"status": "corrected"}))
    (place / "a.png.json").unlink()
    project = opened()
    assert {key: row.status for key, row in project.summaries.items()} == {"sub/a.png": Status.CORRECTED}
    assert not project.take_notices()


# --- labels ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["cut", "rubbish", "empty", "gone", "bits"])
def test_a_damaged_label_file_offers_the_last_good_version(
    folder: Path, place: Path, opened: Opened, kind: str
) -> None:
    path, image = place / "a.png.tif", folder / "a.png"
    content = bytearray(path.read_bytes())
    content[-40:] = b"\x55" * 40
    damaged = {"cut": content[:-60], "rubbish": b"rubbish" * 50, "empty": b"", "bits": content}
    if kind == "gone":
        path.unlink()
    else:
        path.write_bytes(damaged[kind])
    project = opened()
    with pytest.raises(DamagedLabelsError, match=r"a\.png\.tif .*restore the version of .*\(the save before\)"):
        project.load(image)
    newest, older = project.versions(image)
    assert (newest.what, older.what) == ("the save before", "before this sitting")
    project.restore(image, newest)
    stored = project.load(image)
    assert stored is not None and np.array_equal(stored.labels, labels_with(1, 2, 3))
    assert stored.sidecar.status is Status.IN_WORK and stored.sidecar.checked == ()
    assert "restored the labels of" in stored.sidecar.steps[-2].what
    # The damaged file did not take the place of a good one, and is still there.
    assert [version.path for version in project.versions(image)]
    assert kind == "gone" or (place / "a.png.damaged.tif").read_bytes() == bytes(damaged[kind])


def test_without_an_older_version_nothing_is_offered(folder: Path, place: Path, opened: Opened) -> None:
    (place / "sub/a.png.tif").write_bytes(b"II*\0")
    project = opened()
    with pytest.raises(DamagedLabelsError, match="no older version"):
        project.load(folder / "sub/a.png")
    project.save(folder / "sub/a.png", Change(labels=labels_with(3)))
    assert project.load(folder / "sub/a.png") is not None


def test_the_labels_before_this_sitting_are_kept(folder: Path, place: Path, opened: Opened) -> None:
    project = opened()
    image = folder / "a.png"
    for index in (11, 12, 13):
        project.save(image, Change(labels=labels_with(index)))
    before = {version.what: version.path for version in project.versions(image)}
    read = ImageFiles(place, "a.png")
    assert before == {"before this sitting": read.before, "the save before": read.previous}
    project.restore(image, next(v for v in project.versions(image) if v.path == read.before))
    stored = project.load(image)
    assert stored is not None and np.array_equal(stored.labels, labels_with(1, 2, 3, 9))


def test_labels_changed_by_another_program_are_taken_and_named(folder: Path, place: Path, opened: Opened) -> None:
    write_labels(place / "a.png.tif", labels_with(1, 2))
    stored = opened().load(folder / "a.png")
    assert stored is not None and stored.sidecar.objects == 2 and stored.sidecar.classes == {}
    assert "changed by another program" in stored.notices[0]


def test_a_label_file_put_there_by_hand_is_taken(folder: Path, place: Path, opened: Opened) -> None:
    write_labels(place / "b.png.tif", labels_with(1, 2))
    project = opened()
    stored = project.load(folder / "b.png")
    assert stored is not None and stored.sidecar.objects == 2
    row = project.save(folder / "b.png", Change(uncertainty=0.5))
    assert (row.status, row.objects) == (Status.IN_WORK, 2)
    again = project.load(folder / "b.png")
    assert again is not None and np.array_equal(again.labels, labels_with(1, 2)) and not again.notices


def test_a_region_of_another_size_is_named(folder: Path, place: Path, opened: Opened) -> None:
    write_labels(place / "a.png.ignore.tif", np.ones((3, 4), int))
    with pytest.raises(DamagedLabelsError, match=r"a\.png\.ignore\.tif has another size"):
        opened().load(folder / "a.png")


# --- what an interruption leaves ------------------------------------------------------


def test_a_save_that_stopped_before_its_json_never_was(folder: Path, place: Path, opened: Opened) -> None:
    waiting = staged_name(place / "a.png.tif")
    waiting.write_bytes(packed_labels(labels_with(77), "x"))
    (place / ".a.png.json.1.2.tmp").write_text("half")
    stored = opened().load(folder / "a.png")
    assert stored is not None and stored.labels is not None and stored.labels.max() == 9
    assert not list(place.glob(".*"))


def test_a_save_that_stopped_after_its_json_is_finished(folder: Path, place: Path, opened: Opened) -> None:
    files = ImageFiles(place, "a.png")
    content = packed_labels(labels_with(77), "x")
    staged_name(files.labels).write_bytes(content)
    old = Sidecar.from_text(files.sidecar.read_bytes(), "a.png")
    files.sidecar.write_text(old.replace(labels_hash=digest(content), checked=(77,)).to_text())
    project = opened()
    stored = project.load(folder / "a.png")
    assert stored is not None and stored.sidecar.checked == (77,)
    assert files.labels.read_bytes() == content and not list(place.glob(".*"))
    assert np.array_equal(read_labels(project.versions(folder / "a.png")[0].path), labels_with(1, 2, 3, 9))


# --- the JSON files -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (None, "damaged"),
        ({"status": "finished"}, "damaged"),
        ({"version": 2}, "another version"),
        ({"image": "../../secret.png"}, "speaks of"),
        ({"image": "b.png"}, "speaks of"),
        ({"surprise": 1}, "damaged"),
    ],
)
def test_a_json_that_cannot_be_used_costs_no_labels(
    folder: Path, place: Path, opened: Opened, change: dict[str, object] | None, reason: str
) -> None:
    file = place / "a.png.json"
    text = "{" if change is None else json.dumps(json.loads(file.read_text()) | change)
    file.write_text(text)
    project = opened()
    assert any("a.png.json" in said and reason in said for said in project.take_notices())
    assert project.summaries["a.png"].status is Status.IN_WORK and len(project.summaries) == 2
    stored = project.load(folder / "a.png")
    assert stored is not None and np.array_equal(stored.labels, labels_with(1, 2, 3, 9))
    assert stored.sidecar.status is Status.IN_WORK and reason in stored.notices[0]
    project.save(folder / "a.png", Change(status=Status.CORRECTED))
    again = project.load(folder / "a.png")
    assert again is not None and not again.notices and again.sidecar.objects == 4
    assert (place / "a.png.damaged.json").read_text() == text


def test_json_files_of_others_are_left_alone(place: Path, opened: Opened) -> None:
    (place / "annotations.json").write_text('{"images": [{"file_name": "../../x.png"}]}')
    (place / "settings.json").write_text("{")
    project = opened()
    assert len(project.summaries) == 2 and not project.take_notices()


@pytest.mark.parametrize("text", ["{", None])
def test_the_classes_are_found_again_in_the_images(place: Path, opened: Opened, text: str | None) -> None:
    about = place / "project.json"
    if text is None:
        about.unlink()
    else:
        about.write_text(text)
    assert opened().classes == ("weed",)
    assert "weed" in about.read_text()


def test_a_project_of_a_newer_program_is_left_alone(place: Path, opened: Opened) -> None:
    (place / "project.json").write_text('{"format": "napari-leafseg project", "version": 2, "layers": []}')
    before = {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}
    with pytest.raises(ProjectError, match="newer version"):
        opened()
    assert before == {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}


@pytest.mark.parametrize("key", ["../a.png", "/etc/a.png", "sub/../../a.png", ""])
def test_no_name_leads_out_of_the_project(place: Path, key: str) -> None:
    with pytest.raises(ProjectError, match="leads out"):
        ImageFiles(place, key)


def test_no_link_leads_out_of_the_project(folder: Path, place: Path, opened: Opened, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    try:
        (place / "linked").symlink_to(outside, target_is_directory=True)
    except OSError:
        pytest.skip("this system lets nobody but administrators make links")
    with pytest.raises(ProjectError, match="leads out"):
        opened().save(folder / "linked/a.png", Change(labels=labels_with(1)))
    assert not list(outside.iterdir())
