"""Where a project is kept when its folder cannot be written, and disks that are full."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from project_parts import SHAPE, labels_with

from napari_leafseg.core.errors import ProjectError
from napari_leafseg.data.layouts import load_sample, open_folder
from napari_leafseg.data.project import Autosave, Change, Project, Status
from napari_leafseg.data.project.places import users_own

Opened = Callable[..., Project]


@pytest.fixture(autouse=True)
def _users_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what is the user's apart for each test, on every system."""
    monkeypatch.setattr("napari_leafseg.data.project.places.user_data_path", lambda *_, **__: tmp_path / "user")


def is_found_again_elsewhere(folder: Path, opened: Opened) -> None:
    """Correct an image in a folder that cannot be written, and come back."""
    own = users_own(folder)
    project = opened(folder)
    project.save(folder / "a.png", Change(labels=labels_with(8), status=Status.CORRECTED))
    assert project.place == own
    (said,) = project.take_notices()
    assert str(own) in said and str(folder) in said and "cannot be written" in said
    project.close()
    again = opened(folder)
    stored = again.load(folder / "a.png")
    assert stored is not None and stored.labels is not None and stored.labels.max() == 8
    assert not again.take_notices()
    # A training finds it too.
    entry = next(entry for entry in open_folder(folder).entries if entry.image.name == "a.png")
    assert entry.teaches and load_sample(entry).labels.max() == 8


def test_a_folder_that_cannot_hold_a_project_gets_one_elsewhere(folder: Path, opened: Opened) -> None:
    # A file where the folder should be: refused for the superuser too, unlike a read-only folder.
    (folder / "leafseg").write_text("something else")
    is_found_again_elsewhere(folder, opened)
    assert (folder / "leafseg").read_text() == "something else"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is read-only for the superuser")
def test_a_read_only_folder_gets_a_project_elsewhere(folder: Path, opened: Opened) -> None:
    folder.chmod(0o500)
    is_found_again_elsewhere(folder, opened)
    folder.chmod(0o700)


def system(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Mount small file systems; the test is skipped, and says why, where that is not allowed."""
    places: list[Path] = []

    def mount(options: str) -> Path:
        place = tmp_path / "mounted"
        place.mkdir(exist_ok=True)
        if not sys.platform.startswith("linux"):
            pytest.skip("file systems in memory are mounted on Linux only")
        try:
            system("mount", "-t", "tmpfs", "-o", options, "none", str(place))
        except (OSError, subprocess.CalledProcessError) as error:
            pytest.skip(f"no file system can be mounted here: {error}")
        places.append(place)
        return place

    yield mount
    for place in places:
        system("umount", str(place))


def test_a_folder_on_a_read_only_disk_gets_a_project_elsewhere(mounted: Callable[..., Path], opened: Opened) -> None:
    folder = mounted("size=4m")
    Image.fromarray(np.zeros(SHAPE, np.uint8)).save(folder / "a.png")
    system("mount", "-o", "remount,ro", str(folder))
    is_found_again_elsewhere(folder, opened)


def test_a_project_that_can_only_be_read_is_gone_on_with_elsewhere(
    mounted: Callable[..., Path], opened: Opened
) -> None:
    folder = mounted("size=4m")
    for name in ("a.png", "b.png"):
        Image.fromarray(np.zeros(SHAPE, np.uint8)).save(folder / name)
    with opened(folder) as project:
        for name in ("a.png", "b.png"):
            project.save(folder / name, Change(labels=labels_with(1)))
    system("mount", "-o", "remount,ro", str(folder))
    project = opened(folder)
    assert len(project.summaries) == 2 and "can only be read" in project.take_notices()[0]
    project.save(folder / "a.png", Change(labels=labels_with(1, 2)))
    assert project.place == users_own(folder)
    # What was there before was taken along.
    other = project.load(folder / "b.png")
    assert other is not None and other.labels is not None and other.labels.max() == 1
    project.close()


def test_a_full_disk_keeps_the_older_labels_and_loses_no_newer(mounted: Callable[..., Path], opened: Opened) -> None:
    folder = mounted("size=1m")
    image = folder / "a.png"
    Image.fromarray(np.zeros((600, 600), np.uint8)).save(image)
    filler = folder / "filler"
    labels = np.zeros((600, 600), np.uint16)
    said: list[str] = []
    with opened(folder) as project:
        auto = Autosave(project, saved=lambda *_: None, failed=lambda _, sentence: said.append(sentence))
        labels[:9, :9] = 1
        auto.labels(image, labels)
        assert auto.flush(20)
        filler.write_bytes(bytes(os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize - 8192))
        labels[...] = np.random.default_rng(0).integers(2, 60_000, labels.shape)
        auto.labels(image, labels)
        assert not auto.flush(20) and "free some space" in said[0]
        stored = project.load(image)
        assert stored is not None and stored.labels is not None and stored.labels.max() == 1
        filler.unlink()
        assert auto.close(20)
        stored = project.load(image)
        assert stored is not None and np.array_equal(stored.labels, labels)


def test_a_folder_that_is_gone_is_named(folder: Path, opened: Opened) -> None:
    project = opened()
    folder.rename(folder.with_name("away"))
    with pytest.raises(ProjectError, match="is gone"):
        project.save(folder / "a.png", Change(labels=labels_with(1)))
    assert not folder.exists()
